"""A journal that a run left behind is cut, flipped or worse, at its last records and elsewhere: jalond starts, ships what is
intact, and tells each damage with file and offset. tests/unit/core/store/journal_damage_test.c goes through every offset
and bit of a journal's bytes; here the whole way is gone, for a sample of them."""
import http.client
import pathlib
import shutil

import pytest

import journals
from clickers import add_links
from programs import LIMIT_S, PHONE, Installation, RedisServer, times, wait_for

SEGMENT = 65536
LAST = 10  # records at the end that are spoiled


def click_ids(site, path, count):
    """Clicks one after the other, so that they stand in the journal in this order."""
    connection = http.client.HTTPConnection(*site.addresses["public"], timeout=LIMIT_S)
    got = []
    for _ in range(count):
        connection.request("GET", path, headers={"User-Agent": PHONE})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 302
        got.append(answer.headers["Location"].split("jclid=")[1])
    connection.close()
    return got


class Left:
    """What a killed run left: a journal of three segments that the store has nothing of, to be spoiled again and again."""

    def __init__(self):
        self.server = RedisServer()
        self.site = Installation(settings={
            "JALON_STORE_REDIS": self.server.url, "JALON_SERVER_WORKERS": "1",
            "JALON_JOURNAL_SEGMENT_SIZE": str(SEGMENT)})
        self.links = add_links(self.site)
        path = self.links[0].path
        self.site.start()
        assert self.site.request("HEAD", path, headers={"User-Agent": PHONE}).status == 302
        self.server.kill()
        wait_for(lambda: self.site.metric("jalond_store_connections") == 0, "the loss to be noticed")
        self.ids = []
        while len(self.segments()) < 4 or len(journals.clicks(self.segments()[2])) < 2 * LAST:
            self.ids += click_ids(self.site, path, 100)
        wait_for(lambda: len(self.segments()) == 4, "the next segment to be prepared")
        self.site.kill()
        self.copies = [(pathlib.Path(folder), pathlib.Path(folder + ".copy"))
                       for folder in (self.site.folder, self.server.folder)]
        for folder, copy in self.copies:
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.sock"))
        entries = [(segment, entry) for segment in self.segments() for entry in journals.clicks(segment)]
        self.placed = list(zip(entries, self.ids, strict=True))

    def segments(self):
        return sorted(journals.incarnations(self.site)[0].glob("*.seg"))

    def remove(self):
        self.site.remove()
        self.server.remove()
        for _, copy in self.copies:
            shutil.rmtree(copy)

    def restore(self):
        """Journal and store as they were left."""
        self.site.stop()
        self.server.kill()
        for folder, copy in self.copies:
            shutil.rmtree(folder)
            shutil.copytree(copy, folder)
        self.server.start()

    def last(self):
        """The last segment's path and records."""
        written = self.segments()
        path = [segment for segment in written if journals.clicks(segment)][-1]
        return path, journals.entries(path)

    def ids_but(self, is_lost):
        return {click_id for (place, click_id) in self.placed if not is_lost(*place)}

    def check(self, expected_ids, told):
        """jalond starts, ships `expected_ids` and tells of the damage at each place of `told`; doctor did before."""
        says = " ".join(self.site.jalon("doctor", check=False).stdout.split())  # as if on one line
        if told:
            assert f"{len(told)} damaged places, the first at {told[0]}: " in says, says
        else:
            assert "damaged" not in says, says
        self.site.start()
        wait_for(lambda: self.site.metric("jalond_journals_of_earlier_runs") == 0, "the journal to be shipped")
        rows = [row["click_id"] for row in self.site.exported_clicks()]
        assert len(rows) == len(set(rows))
        assert set(rows) == expected_ids, (len(rows), len(expected_ids))
        lines = [line for line in self.site.log_text().splitlines() if "journal damaged at " in line]
        tellings = [line.split("journal damaged at ")[1].split(": ")[0] for line in lines]
        assert tellings == told, lines
        assert self.site.metric("jalond_journal_damage_total") == len(told)
        new = click_ids(self.site, self.links[0].path, 1)[0]
        wait_for(lambda: new in {row["click_id"] for row in self.site.exported_clicks()}, "a new click to be shipped")


@pytest.fixture(scope="module")
def left():
    """One for all tests of the module; each restores it first."""
    kept = Left()
    yield kept
    kept.remove()


def test_an_intact_journal_is_shipped_without_a_word(left):
    left.restore()
    left.check(set(left.ids), [])


def test_cut(left, rng):
    for number in range(times(4, 60)):
        left.restore()
        path, entries = left.last()
        first = entries[-LAST].at
        size = rng.randrange(first, entries[-1].end) if number else entries[-1].at  # one at a record's edge
        with path.open("r+b") as file:
            file.truncate(size)
        begun = next(entry for entry in entries if entry.end > size)
        left.check(left.ids_but(lambda segment, entry: segment == path and entry.end > size),
                   [journals.where(path, begun.at)])


def test_flipped_bit(left, rng):
    for _ in range(times(4, 60)):
        left.restore()
        path, entries = left.last()
        at = rng.randrange(entries[-LAST].at, entries[-1].end)
        journals.flip(path, at, rng.randrange(8))
        hit = next(entry for entry in entries if entry.end > at)
        is_padding = at >= hit.payload_end  # zeros up to the next multiple of 8, which nobody reads
        left.check(left.ids_but(lambda segment, entry: not is_padding and (segment, entry) == (path, hit)),
                   [] if is_padding else [journals.where(path, hit.at)])


def test_zeros(left, rng):
    for number in range(times(3, 60)):
        left.restore()
        path, entries = left.last()
        at = rng.randrange(entries[-LAST].at, entries[-1].end) if number else entries[-2].at
        content = path.read_bytes()
        lost = [entry for entry in entries if entry.end > at and any(content[max(at, entry.at):entry.end])]
        journals.overwrite(path, at, bytes(len(content) - at))
        is_within = bool(lost) and at > lost[0].at
        left.check(left.ids_but(lambda segment, entry: segment == path and entry in lost),
                   [journals.where(path, lost[0].at)] if is_within else [])


def test_flipped_header(left, rng):
    for at in [rng.randrange(journals.HEADER) for _ in range(times(1, 20))]:
        left.restore()
        path, _ = left.last()
        journals.flip(path, at, rng.randrange(8))
        left.check(set(left.ids), [journals.where(path, 0)])


@pytest.mark.parametrize("number", range(2))
def test_missing_segment(left, number):
    left.restore()
    path = left.segments()[number + 1]  # the one behind the last is there, too, and empty
    path.unlink()
    left.check(left.ids_but(lambda segment, entry: segment == path), [journals.where(path, 0)])


def test_missing_first_segment(left):
    """What the store was never given and nobody has any more is a gap."""
    left.restore()
    path = left.segments()[0]
    path.unlink()
    left.check(left.ids_but(lambda segment, entry: segment == path), [])
    assert left.site.metric("jalond_journal_gaps_total") == 16
    assert f"journal {path.parent.name}: the store asks for 16 partitions" in left.site.log_text()
    note = left.site.jalon("report", "links", "--campaign", "spring-trail", "--format", "json").stdout
    assert "Clicks were lost before they reached the store" in note


def test_empty_file(left):
    left.restore()
    path, _ = left.last()
    with path.open("wb"):
        pass
    left.check(left.ids_but(lambda segment, entry: segment == path), [journals.where(path, 0)])


def test_garbage(left, rng):
    left.restore()
    path, _ = left.last()
    path.write_bytes(rng.randbytes(SEGMENT))
    left.check(left.ids_but(lambda segment, entry: segment == path),
               [journals.where(path, 0), journals.where(path, journals.HEADER)])


def test_foreign_names(left):
    left.restore()
    incarnation = left.segments()[0].parent
    for name in ("x.seg", "00000001.seg.bak", "00000009.new", "1.seg", "99999999999999999999.seg", ".hidden"):
        (incarnation / name).write_bytes(b"rubbish")
    (incarnation / "folder").mkdir()
    for name in ("README", "lost+found", "0123"):
        (incarnation.parent / name).write_bytes(b"rubbish")
    (incarnation.parent / "0123456789abcdef").mkdir()  # an incarnation's name, and nothing in it
    (incarnation.parent / "0123456789abcdee").write_bytes(b"a file")
    (incarnation.parent / "0123456789abcded").symlink_to("nowhere")
    left.check(set(left.ids), [])


def test_a_folder_in_a_segments_place(left):
    """It can't be read, now or ever: what is before it is shipped, and it is told."""
    left.restore()
    path, _ = left.last()
    path.unlink()
    path.mkdir()
    left.site.start()
    expected = left.ids_but(lambda segment, entry: segment == path)
    wait_for(lambda: {row["click_id"] for row in left.site.exported_clicks()} == expected,
             "what is before it to be shipped")
    assert f"journal {path.parent.name} can't be read" in left.site.log_text()
    new = click_ids(left.site, left.links[0].path, 1)[0]
    wait_for(lambda: new in {row["click_id"] for row in left.site.exported_clicks()}, "a new click to be shipped")
