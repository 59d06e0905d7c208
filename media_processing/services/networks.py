"""The networks of the manifest in the inventory of everything that takes part in a score."""

from media_processing.selectors import networks
from scoring.models import ModelVersion
from scoring.services import model_versions


def sync_inventory() -> int:
    """Register every estimator and network in use; return how many are new."""
    new_networks = sum(
        model_versions.register(
            ModelVersion.Kind.NETWORK,
            name=network.name,
            version=network.version,
            file=network.file,
            sha256=network.sha256,
            licence=network.licence,
            commercial=network.commercial,
            trained_on=network.trained_on,
            card=network.card,
            classes=list(network.classes),
        )
        for network in networks()
    )
    return model_versions.sync_from_manifest() + new_networks
