"""Which estimator files decide on a financial score, as a record names them."""

from pathlib import Path

from scoring.engine.artifacts import read_manifest
from scoring.services.rescore import DECIDING_ARTIFACTS


def deciding_models(artifacts_dir: Path) -> list[dict[str, str]]:
    """Return name, version and sha256 of each estimator of a folder that may decide."""
    manifest = read_manifest(artifacts_dir)
    entries = [manifest[name] for name in DECIDING_ARTIFACTS]
    return [{"name": each.name, "version": each.version, "sha256": each.sha256} for each in entries]
