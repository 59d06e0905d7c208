"""The inventory names every file that takes part in a score, and is filled once."""

from io import StringIO

import pytest
from django.core.management import call_command

from media_processing.selectors import networks
from scoring.engine.artifacts import read_manifest
from scoring.models import ModelVersion
from scoring.paths import ARTIFACTS_DIR

pytestmark = pytest.mark.django_db


def _sync() -> str:
    out = StringIO()
    call_command("sync_model_versions", stdout=out)
    return out.getvalue()


def test_every_estimator_and_network_is_registered_once() -> None:
    expected = len(networks()) + len(read_manifest(ARTIFACTS_DIR))
    assert _sync() == f"{expected} new files registered.\n"
    assert _sync() == "0 new files registered.\n"
    registered = ModelVersion.objects.filter(kind=ModelVersion.Kind.NETWORK)
    assert set(registered.values_list("sha256", flat=True)) == {n.sha256 for n in networks()}
