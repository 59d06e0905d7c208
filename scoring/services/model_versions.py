"""The inventory of estimators and networks, kept in step with the manifests on disk."""

from collections.abc import Iterable

from django.db import transaction

from scoring.engine.artifacts import read_manifest
from scoring.models import ModelVersion
from scoring.paths import ARTIFACTS_DIR


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
    """Register one file as the version of its name in use; return whether it is new."""
    __, is_new = ModelVersion.objects.update_or_create(
        name=name,
        sha256=sha256,
        defaults={"kind": kind, "trained_on": list(trained_on), "in_use": True, **fields},
    )
    ModelVersion.objects.filter(name=name).exclude(sha256=sha256).update(in_use=False)
    return is_new
