"""The folder of a tenant's network: files named by their content, and a manifest that names them.

Readers see the old files or the new ones. What the manifest no longer names is gone at once: an
old vocabulary holds the tokens of a key that was given up, perhaps because it was stolen.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from scoring.engine.artifacts import ArtifactEntry, ArtifactError, verified_bytes, write_manifest

MANIFEST = "manifest.toml"
Content = TypeVar("Content")


def place(
    target: Path,
    source: Path,
    entries: Mapping[str, ArtifactEntry],
    contents: Mapping[str, bytes],
) -> None:
    """Put files and manifest into ``target``, and remove every other file there.

    ``contents`` stand for files that are not in ``source``. Raises ArtifactError.
    """
    target.mkdir(parents=True, exist_ok=True)
    with _alone(target), tempfile.TemporaryDirectory(dir=target) as made:
        unfinished, placed = Path(made), []
        for name, entry in entries.items():
            file = f"{name}-{entry.sha256[:16]}{Path(entry.file).suffix}"
            (unfinished / file).write_bytes(contents.get(name) or verified_bytes(entry, source))
            (unfinished / file).replace(target / file)
            placed.append(replace(entry, file=file))
        write_manifest(placed, unfinished)
        (unfinished / MANIFEST).replace(target / MANIFEST)
        _clear(target, {MANIFEST, unfinished.name, *(entry.file for entry in placed)})


def remove(target: Path) -> None:
    """Remove the folder; its manifest, without which there is no tenant, goes first."""
    with _alone(target):
        (target / MANIFEST).unlink()
        shutil.rmtree(target)


def read_whole(read: Callable[[], Content]) -> Content:
    """Return what ``read`` does, once more where its files were replaced under its hands."""
    try:
        return read()
    except ArtifactError:
        return read()


def _clear(target: Path, kept: set[str]) -> None:
    for path in target.iterdir():
        if path.name in kept:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other command places files into the folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
