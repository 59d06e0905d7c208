"""A folder in which an installation's own files take the place of shipped ones.

Everything that scores, or runs a network, reads one folder with one manifest. Where own files are
in force that folder is made of links: to the release for the rest, to the own files for these.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

# An entry of a manifest: a data class with ``name`` and ``file``, of an estimator or of a network.
Entry = TypeVar("Entry", bound=Any)


@dataclass(frozen=True)
class Placed(Generic[Entry]):
    """An entry of a manifest and the folder in which its file lies."""

    entry: Entry
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / str(self.entry.file)


@dataclass(frozen=True, slots=True)
class Manifest(Generic[Entry]):
    """How the manifest of a folder is read, by name, and written."""

    read: Callable[[Path], Mapping[str, Entry]]
    write: Callable[[Iterable[Entry], Path], None]


def overlay(
    base_dir: Path,
    own: Sequence[Placed[Entry]],
    overlays_dir: Path,
    manifest: Manifest[Entry],
) -> Path:
    """Return the folder of ``base_dir`` with ``own`` in place; ``base_dir`` where there is none.

    The folder lies below ``overlays_dir`` under a name made of its content: it is made once, by
    whichever process needs it first, and never changes.
    """
    if not own:
        return base_dir
    final = overlays_dir / _digest(base_dir, own)
    if not final.is_dir():
        _make(base_dir, own, final, manifest)
    return final


def _digest(base_dir: Path, own: Sequence[Placed[Entry]]) -> str:
    lines = sorted(f"{placed.entry} {placed.path.resolve()}" for placed in own)
    content = [str(base_dir.resolve()), (base_dir / "manifest.toml").read_text("utf-8"), *lines]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()[:24]


def _make(
    base_dir: Path, own: Sequence[Placed[Entry]], final: Path, manifest: Manifest[Entry]
) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".making-", dir=final.parent))
    try:
        shipped = [Placed(entry, base_dir) for entry in manifest.read(base_dir).values()]
        names = {each.entry.name: each for each in (*shipped, *own)}
        manifest.write([_linked(each, staging) for each in names.values()], staging)
        staging.chmod(0o755)
        staging.rename(final)
    except OSError:
        # Another process was first: its folder holds the same.
        if not final.is_dir():
            raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _linked(placed: Placed[Entry], folder: Path) -> Entry:
    file = f"{placed.entry.name}{placed.path.suffix}"
    (folder / file).symlink_to(placed.path.resolve())
    linked: Entry = replace(placed.entry, file=file)
    return linked
