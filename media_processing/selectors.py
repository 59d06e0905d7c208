"""Reads of sessions, recordings, jobs and observations, and of the weights in use."""

from functools import lru_cache
from pathlib import Path

from media_processing.inference.manifest import NetworkEntry, read_manifest, verified_path

WEIGHTS_DIR = Path(__file__).resolve().parent / "weights"


def networks() -> list[NetworkEntry]:
    return list(read_manifest(WEIGHTS_DIR).values())


@lru_cache(maxsize=1)
def _checked(manifest_changed_ns: int) -> None:
    for entry in networks():
        verified_path(entry, WEIGHTS_DIR)


def check_weights() -> None:
    """Raise WeightsError where a file is missing or is not the one that the manifest names."""
    _checked((WEIGHTS_DIR / "manifest.toml").stat().st_mtime_ns)
