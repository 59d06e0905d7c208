"""Which estimator files decide on a financial score, as a record names them."""

from pathlib import Path

from scoring.engine.artifacts import read_manifest
from scoring.services.rescore import DECIDING_ARTIFACTS, DECIDING_FOR_BUSINESSES


def deciding_models(artifacts_dir: Path) -> list[dict[str, str]]:
    """Return name, version and sha256 of each estimator of a folder that may decide."""
    manifest = read_manifest(artifacts_dir)
    names = dict.fromkeys((*DECIDING_ARTIFACTS, *DECIDING_FOR_BUSINESSES))
    entries = [manifest[name] for name in names if name in manifest]
    return [{"name": each.name, "version": each.version, "sha256": each.sha256} for each in entries]
