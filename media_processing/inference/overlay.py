"""The folder of weights in which an installation's own networks take the place of shipped ones."""

from collections.abc import Sequence
from pathlib import Path

from media_processing.inference.manifest import NetworkEntry, read_manifest, write_manifest
from scoring.engine import overlay as overlays

Placed = overlays.Placed[NetworkEntry]
MANIFEST = overlays.Manifest(read_manifest, write_manifest)


def overlay(base_dir: Path, own: Sequence[Placed], overlays_dir: Path) -> Path:
    """Return ``base_dir`` with ``own`` in place, as :func:`scoring.engine.overlay.overlay` does."""
    return overlays.overlay(base_dir, own, overlays_dir, MANIFEST)
