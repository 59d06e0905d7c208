"""The inventory of estimators and networks, kept in step with the manifests on disk."""

from collections.abc import Iterable

from django.db import transaction

from scoring.engine.artifacts import read_manifest
from scoring.models import ModelVersion
from scoring.paths import ARTIFACTS_DIR

State = ModelVersion.State


def sync_from_manifest() -> int:
    """Register every estimator of the manifest; return how many are new."""
    return sum(
        register(
            ModelVersion.Kind.ESTIMATOR,
            name=entry.name,
            version=entry.version,
            role=entry.role,
            file=entry.file,
            sha256=entry.sha256,
            licence=entry.licence,
            commercial=entry.commercial,
            trained_on=entry.trained_on,
            card=entry.card,
        )
        for entry in read_manifest(ARTIFACTS_DIR).values()
    )


@transaction.atomic
def register(
    kind: str, *, name: str, sha256: str, trained_on: Iterable[str], **fields: object
) -> bool:
    """Register one file of the release; return whether it is new.

    It comes into force, unless the installation has put a network of its own in that place: two
    people decided that, and a new release does not undo it. A file that the installation registered
    itself keeps its state: that too is for two people to change.
    """
    if ModelVersion.objects.filter(name=name, sha256=sha256, is_own=True).exists():
        return False
    in_force = ModelVersion.objects.filter(name=name, state=State.ACTIVE)
    has_own = in_force.filter(is_own=True).exists()
    if not has_own:
        in_force.exclude(sha256=sha256).update(state=State.RETIRED)
    __, is_new = ModelVersion.objects.update_or_create(
        name=name,
        sha256=sha256,
        defaults={
            "kind": kind,
            "trained_on": list(trained_on),
            "state": State.RETIRED if has_own else State.ACTIVE,
            **fields,
        },
    )
    return is_new
