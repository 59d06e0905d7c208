import pytest

from scoring.models import ModelVersion
from scoring.services import model_versions

pytestmark = pytest.mark.django_db


def test_the_manifest_becomes_the_inventory_once() -> None:
    assert model_versions.sync_from_manifest() > 0
    assert model_versions.sync_from_manifest() == 0
    champions = ModelVersion.objects.filter(role="champion")
    assert {champion.name for champion in champions} == {"scorecard", "business_scorecard"}
    champion = champions.get(name="scorecard")
    assert (champion.state, champion.commercial) == ("active", False)
    assert "Give Me Some Credit" in champion.trained_on[0]


def test_a_new_file_takes_the_place_of_the_old_one() -> None:
    common = {"version": "1", "file": "a.onnx", "licence": "MIT", "card": "a.md"}
    kind = ModelVersion.Kind.NETWORK
    assert model_versions.register(kind, name="face", sha256="a", trained_on=["x"], **common)
    assert model_versions.register(kind, name="face", sha256="b", trained_on=["x"], **common)
    assert list(ModelVersion.objects.filter(state="active").values_list("sha256", flat=True)) == [
        "b"
    ]


def test_a_release_changes_no_state_of_a_file_that_was_installed_as_own() -> None:
    kind = ModelVersion.Kind.NETWORK
    ModelVersion.objects.create(
        kind=kind, name="face", sha256="b", is_own=True, state="candidate", version="own"
    )
    common = {"version": "2", "file": "f", "licence": "MIT", "commercial": True, "card": "c"}
    assert not model_versions.register(kind, name="face", sha256="b", trained_on=["x"], **common)
    assert ModelVersion.objects.get(sha256="b").state == "candidate"


def test_a_new_release_leaves_an_own_network_in_force() -> None:
    kind = ModelVersion.Kind.NETWORK
    own = ModelVersion.objects.create(kind=kind, name="face", sha256="own", is_own=True)
    common = {"version": "2", "file": "f", "licence": "MIT", "commercial": True, "card": "c"}
    assert model_versions.register(kind, name="face", sha256="b", trained_on=["x"], **common)
    own.refresh_from_db()
    assert own.state == "active"
    assert ModelVersion.objects.get(sha256="b").state == "retired"
