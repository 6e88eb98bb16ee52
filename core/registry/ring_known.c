/* Ids are kept as text, parted by blanks, the newest first: in DIR/keys.known with a newline behind, and in the store as
 * the field "ids" of key_ring_ids(), a record {"v":1,"ids":TEXT}.
 *
 * A ring is ours when one of its ids is known: rotation adds a key and keeps the others, so the rings of redirectors that
 * were rotated at different times have some in common. The folder learns at the first contact with the store, not
 * in `init`: a second redirector is made by putting the first one's key file into a new folder. */
#include "core/registry/ring_known.h"

#include "core/registry/lookup.h"
#include "core/registry/thing.h"
#include "core/registry/view_reader.h"
#include "core/sign/key_ring.h"
#include "core/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define IDS_MAX 256 /* remembered; the oldest are forgotten */
#define TEXT_MAX (IDS_MAX * (2 * KEY_ID_BYTES + 1))
#define FIELD SLICE("ids")
#define ATTEMPTS 8

int ring_known_check(const jalon_keys *keys, const char *path, struct problem *problem)
{
    const char *why;
    if (!key_ring_check(keys, &why))
        return JALON_OK;
    return problem_set(problem, PROBLEM_INVALID, "%s: %s", path, why);
}

static bool has_id(struct slice ids, const char *id)
{
    while (ids.size)
        if (slice_is(slice_take(&ids, ' '), id))
            return true;
    return false;
}

/* Is one of the ring's keys among `ids`, or is nothing known yet? */
static bool is_ours(struct slice ids, const jalon_keys *keys)
{
    for (size_t i = 0; i < key_ring_size(keys); i++) {
        struct key_view key = key_ring_view(keys, i);
        if (has_id(ids, key.id))
            return true;
    }
    return ids.size == 0;
}

static void add_id(struct buffer *out, struct slice id)
{
    if (out->size + 1 + id.size > TEXT_MAX)
        return; /* the oldest come last */
    if (out->size)
        buffer_append_byte(out, ' ');
    buffer_append(out, id);
}

/* The ring's ids, then what was known beside them. */
static void merge(struct buffer *out, struct slice ids, const jalon_keys *keys)
{
    for (size_t i = 0; i < key_ring_size(keys); i++) {
        struct key_view key = key_ring_view(keys, i);
        add_id(out, slice_of_string(key.id));
    }
    size_t own = out->size;
    while (ids.size) {
        struct slice id = slice_take(&ids, ' ');
        char text[2 * KEY_ID_BYTES + 1];
        if (slice_to_string(text, sizeof text, id) == JALON_OK &&
            !has_id(slice_of(out->data, own), text))
            add_id(out, id);
    }
}

static int refuse(struct problem *problem, const char *whom)
{
    return problem_set(
        problem, PROBLEM_INVALID,
        "the key ring is not this installation's: %s knows none of its keys, so no link made here "
        "so far would hold. Put the right key file back (see docs/deployment.md)",
        whom);
}

static int read_file(const char *folder, char ret_text[TEXT_MAX + 1], struct slice *ret_ids)
{
    char path[FOLDER_PATH_MAX];
    int err = folder_path(path, folder, RING_KNOWN_FILE);
    if (err)
        return err;
    *ret_ids = SLICE_NONE;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? JALON_OK : JALON_IO;
    size_t size;
    err = file_read_at(fd, ret_text, TEXT_MAX + 1, 0, &size);
    (void)close(fd); /* only read */
    if (!err)
        *ret_ids =
            slice_first(slice_of(ret_text, size), slice_find(slice_of(ret_text, size), '\n', 0));
    return err;
}

int ring_known_check_folder(const char *folder, const jalon_keys *keys, struct problem *problem)
{
    char text[TEXT_MAX + 1];
    struct slice ids;
    int err = read_file(folder, text, &ids);
    if (err)
        return problem_set(problem, PROBLEM_INTERNAL, "%s/" RING_KNOWN_FILE " can't be read: %s",
                           folder, strerror(errno));
    return is_ours(ids, keys) ? JALON_OK : refuse(problem, "this folder (" RING_KNOWN_FILE ")");
}

int ring_known_teach_folder(const char *folder, const jalon_keys *keys)
{
    char text[TEXT_MAX + 1], merged[TEXT_MAX + 1];
    struct slice ids;
    int err = read_file(folder, text, &ids);
    if (err)
        return err;
    struct buffer out;
    buffer_over(&out, merged, sizeof merged);
    merge(&out, ids, keys);
    if (slice_equal(buffer_slice(&out), ids))
        return JALON_OK;
    buffer_append_byte(&out, '\n');
    err = buffer_error(&out);
    return err ? err : folder_write(folder, RING_KNOWN_FILE, buffer_slice(&out), 0600);
}

static int put_ids(struct store *store, uint64_t version, struct slice ids)
{
    struct thing thing;
    thing_start(&thing);
    thing_put_number(&thing, "v", RECORD_VERSION);
    thing_put_text(&thing, "ids", ids);
    json_t *json;
    int err = thing_end(&thing, &json);
    if (err)
        return err;
    struct buffer text;
    buffer_init(&text, 2 * TEXT_MAX);
    err = thing_write(&text, json);
    if (!err) {
        struct key key = key_ring_ids();
        struct put put = {
            .key = &key, .field = FIELD, .json = buffer_slice(&text), .expected_version = version};
        err = store_put(store, &put);
    }
    buffer_done(&text);
    return err;
}

/* JALON_INVALID: not ours; JALON_CONFLICT: another writer was in between. */
static int check_and_learn(struct store *store, const jalon_keys *keys)
{
    struct record record = {0};
    struct key key = key_ring_ids();
    int err = store_get(store, &record, &key, FIELD);
    if (err)
        return err;
    json_t *known = record.version ? json_loadb(record.json.data, record.json.size, 0, NULL) : NULL;
    struct slice ids = known ? thing_text(known, "ids") : SLICE_NONE;
    char merged[TEXT_MAX + 1];
    struct buffer out;
    buffer_over(&out, merged, sizeof merged);
    merge(&out, ids, keys);
    if (record.version && !known)
        err = JALON_DAMAGED;
    else if (!is_ours(ids, keys))
        err = JALON_INVALID;
    else if (!slice_equal(buffer_slice(&out), ids))
        err = put_ids(store, record.version, buffer_slice(&out));
    json_decref(known);
    record_done(&record);
    return err;
}

int ring_known_check_store(struct store *store, const jalon_keys *keys, struct problem *problem)
{
    int err = JALON_CONFLICT;
    for (int i = 0; i < ATTEMPTS && err == JALON_CONFLICT; i++)
        err = check_and_learn(store, keys);
    if (err == JALON_INVALID)
        return refuse(problem, "the store");
    return err ? lookup_failed(problem, err) : JALON_OK;
}
