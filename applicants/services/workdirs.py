"""Private folders for decrypted media: in memory where there is room, gone when the stage ends."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  # the folder that mkdtemp makes there is private
PREFIX = "creditweb-stage-"
# A stage holds the source, the canonical files and a little of its own.
COPIES = 3
# Half an hour of canonical media, whatever the upload weighed.
RESERVE_BYTES = 1024**3


@contextmanager
def private_workdir(media_bytes: int) -> Iterator[Path]:
    """Give a folder of mode 0700 that is removed at the end, whatever happens.

    What a killed worker left is removed first: its lock on the folder died with it.
    """
    base = _base(media_bytes)
    remove_abandoned(base)
    folder, handle = _locked_folder(base)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _locked_folder(base: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        try:
            handle = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue  # another worker took it for abandoned before it was locked
        fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.exists():
            return folder, handle
        os.close(handle)


def _base(media_bytes: int) -> Path:
    needed = COPIES * media_bytes + RESERVE_BYTES
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > needed:
        return MEMORY
    return Path(tempfile.gettempdir())


def remove_abandoned(base: Path | None = None) -> int:
    """Remove the folders of workers that were killed; return how many."""
    removed = 0
    for place in [base] if base else [MEMORY, Path(tempfile.gettempdir())]:
        for folder in place.glob(f"{PREFIX}*"):
            removed += _remove_if_abandoned(folder)
    return removed


def _remove_if_abandoned(folder: Path) -> bool:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False  # somebody else's, or just removed
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
