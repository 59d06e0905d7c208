"""A folder of artifacts in which an installation's own estimators take the place of shipped ones.

Everything that scores reads one folder with one manifest. Where own estimators are in force that
folder is made of links: to the release for the rest, to the own files for these.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scoring.engine.artifacts import ArtifactEntry, read_manifest, write_manifest


@dataclass(frozen=True, slots=True)
class Placed:
    """An artifact and the folder in which it lies."""

    entry: ArtifactEntry
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / self.entry.file


def overlay(base_dir: Path, own: Sequence[Placed], overlays_dir: Path) -> Path:
    """Return the folder of ``base_dir`` with ``own`` in place; ``base_dir`` where there is none.

    The folder lies below ``overlays_dir`` under a name made of its content: it is made once, by
    whichever process needs it first, and never changes.
    """
    if not own:
        return base_dir
    final = overlays_dir / _digest(base_dir, own)
    if not final.is_dir():
        _make(base_dir, own, final)
    return final


def _digest(base_dir: Path, own: Sequence[Placed]) -> str:
    lines = sorted(f"{placed.entry} {placed.path.resolve()}" for placed in own)
    content = [str(base_dir.resolve()), (base_dir / "manifest.toml").read_text("utf-8"), *lines]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()[:24]


def _make(base_dir: Path, own: Sequence[Placed], final: Path) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".making-", dir=final.parent))
    try:
        shipped = [Placed(entry, base_dir) for entry in read_manifest(base_dir).values()]
        names = {each.entry.name: each for each in (*shipped, *own)}
        write_manifest([_linked(each, staging) for each in names.values()], staging)
        staging.chmod(0o755)
        staging.rename(final)
    except OSError:
        # Another process was first: its folder holds the same.
        if not final.is_dir():
            raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _linked(placed: Placed, folder: Path) -> ArtifactEntry:
    file = f"{placed.entry.name}{placed.path.suffix}"
    (folder / file).symlink_to(placed.path.resolve())
    return replace(placed.entry, file=file)
