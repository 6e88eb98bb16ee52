"""Redis servers that come back as something else than they were."""
import contextlib
import pathlib
import shutil
import tempfile


def come_back_empty(server):
    """Killed, and another without any of its data stands in its place."""
    server.kill()
    for path in pathlib.Path(server.folder).iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    server.start()


@contextlib.contextmanager
def backup(server):
    """A copy of its data as it is now, to come back to."""
    server.kill()  # what it has acknowledged is in the kernel by now
    with tempfile.TemporaryDirectory(prefix="backup-", dir="/tmp") as folder:
        shutil.copytree(server.folder, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
        server.start()
        yield folder


def come_back_older(server, folder):
    """Killed, and started on the data of a backup."""
    server.kill()
    shutil.rmtree(server.folder)
    shutil.copytree(folder, server.folder)
    server.start()
