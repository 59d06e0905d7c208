"""Which estimator files decide on a financial score, as a record names them."""

from scoring.engine.artifacts import read_manifest
from scoring.paths import ARTIFACTS_DIR
from scoring.services.rescore import DECIDING_ARTIFACTS


def deciding_models() -> list[dict[str, str]]:
    """Return name, version and sha256 of each estimator that may decide."""
    manifest = read_manifest(ARTIFACTS_DIR)
    entries = [manifest[name] for name in DECIDING_ARTIFACTS]
    return [{"name": each.name, "version": each.version, "sha256": each.sha256} for each in entries]
