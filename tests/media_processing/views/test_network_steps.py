"""A bank's own network on its pages: seen, compared, proposed, approved, and taken back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

pytest.importorskip("onnx")

from applicants.models import Officer
from media_processing.inference.manifest import read_manifest
from media_processing.models import CaptureSession, NetworkProposal, ShadowRun
from media_processing.selectors import WEIGHTS_DIR, own_folder
from media_processing.services.installing import install
from scoring.models import ModelVersion
from tests.factories import RecordingFactory
from tests.media_processing.own_networks import write_own_network

pytestmark = [pytest.mark.django_db, pytest.mark.training]
SHIPPED = read_manifest(WEIGHTS_DIR)["face_emotion"]
ClientOf = Callable[[Officer], Client]
CARD = reverse("media:model_card", args=["face_emotion"])


@pytest.fixture(autouse=True)
def own_weights(tmp_path: Path, settings: Any) -> None:
    settings.OWN_WEIGHTS_DIR = tmp_path / "own_weights"
    settings.SHADOW_MIN_RECORDINGS = 1


@pytest.fixture
def version(tmp_path: Path) -> ModelVersion:
    write_own_network(tmp_path / "given", commercial=False, licence="CC-BY-NC-4.0")
    pictures = tmp_path / "given" / "pictures"
    pictures.mkdir()
    (pictures / "face_emotion_curve.svg").write_text("<svg/>")
    return install(tmp_path / "given")[0]


def _page(client: Client, version: ModelVersion) -> str:
    answer = client.get(reverse("media:network_version", args=[version.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def _step(client: Client, version: ModelVersion, action: str, **more: str) -> str:
    url = reverse("media:network_step", args=[version.pk])
    return client.post(url, {"action": action, **more}, follow=True).content.decode()


def _compared(version: ModelVersion, session: CaptureSession) -> None:
    ShadowRun.objects.create(
        version=version, recording=RecordingFactory(session=session), modality="face",
        beside_sha256=SHIPPED.sha256, compared=200, agreed=150, distance_sum=50.0,
        labels_in_force=[0, 0, 0, 200, 0, 0, 0], labels_in_shadow=[0, 0, 0, 150, 0, 50, 0],
    )  # fmt: skip


def test_the_list_names_every_network_and_what_waits(
    client_of: ClientOf, auditor: Officer, analyst: Officer, version: ModelVersion
) -> None:
    page = client_of(auditor).get(reverse("media:networks")).content.decode()
    for name in ("silero_vad", "face_emotion", "voice_emotion", "gait_i3d"):
        assert name in page
    assert "bank-1" not in page
    _step(client_of(analyst), version, "shadow")
    NetworkProposal.objects.create(version=version, author=analyst, reason="Because.")
    page = client_of(auditor).get(reverse("media:networks")).content.decode()
    assert "bank-1 waits for a second person" in page


def test_a_candidate_shows_its_own_card_licence_and_picture(
    client_of: ClientOf, officer: Officer, version: ModelVersion
) -> None:
    client = client_of(officer)
    page = _page(client, version)
    assert "Measured on <em>our</em> recordings." in page
    assert "CC-BY-NC-4.0" in page and "not for commercial use" in page
    assert "Run in shadow" not in page
    picture = reverse("media:version_picture", args=[version.pk, "face_emotion_curve.svg"])
    assert client.get(picture).status_code == 200
    absent = reverse("media:version_picture", args=[version.pk, "face_emotion_absent.svg"])
    assert client.get(absent).status_code == 404
    assert "bank-1" in client.get(CARD).content.decode()


def test_from_shadow_to_force_and_back_on_the_pages(
    client_of: ClientOf,
    analyst: Officer,
    senior: Officer,
    version: ModelVersion,
    session: CaptureSession,
) -> None:
    one, other = client_of(analyst), client_of(senior)
    assert "Nothing compared yet" in _step(one, version, "shadow")
    assert "once it was compared on 1 recordings" in _page(one, version)
    _compared(version, session)
    page = _page(one, version)
    assert "75.0\N{NO-BREAK SPACE}%" in page and "0.250" in page
    assert "\N{MINUS SIGN}25.0" in page and "+25.0" in page

    page = _step(one, version, "propose", reason="Better on our own cameras.")
    assert "Better on our own cameras." in page and "Approve" not in page
    proposal = NetworkProposal.objects.get()
    decide = reverse("media:proposal_step", args=[proposal.pk])
    assert "Another person than the author" in _posted(one, decide, "approve")
    assert "Approve and put in force" in _page(other, version)
    _posted(other, decide, "approve")
    assert "Measured on <em>our</em> recordings." in other.get(CARD).content.decode()
    assert other.get(f"{CARD}pictures/face_emotion_curve.svg").status_code == 200

    shipped = ModelVersion.objects.get(name="face_emotion", is_own=False)
    page = _step(other, shipped, "propose", reason="Our new cameras are misread.")
    assert "Our new cameras are misread." in page
    back = NetworkProposal.objects.get(state="open")
    _posted(one, reverse("media:proposal_step", args=[back.pk]), "approve")
    version.refresh_from_db()
    assert version.state == "retired"
    assert "Measured on <em>our</em>" not in other.get(CARD).content.decode()


def _posted(client: Client, url: str, action: str) -> str:
    return client.post(url, {"action": action}, follow=True).content.decode()


def test_an_author_takes_a_proposal_back_and_a_short_reason_is_refused(
    client_of: ClientOf, analyst: Officer, version: ModelVersion, session: CaptureSession
) -> None:
    client = client_of(analyst)
    _step(client, version, "shadow")
    _compared(version, session)
    assert "Give a reason of at least 10 characters." in _step(
        client, version, "propose", reason="no"
    )
    assert "Take it back" in _step(client, version, "propose", reason="Better on our cameras.")
    decide = reverse("media:proposal_step", args=[NetworkProposal.objects.get().pk])
    assert "nothing changed" in _posted(client, decide, "refuse")
    _step(client, version, "stop")
    version.refresh_from_db()
    assert version.state == "candidate"


@pytest.mark.parametrize("reason", ["", "a\0b because of the cameras", "x" * 2001])
def test_a_reason_that_cannot_be_kept_is_told(
    client_of: ClientOf,
    analyst: Officer,
    version: ModelVersion,
    session: CaptureSession,
    reason: str,
) -> None:
    client = client_of(analyst)
    _step(client, version, "shadow")
    _compared(version, session)
    assert "Proposed." not in _step(client, version, "propose", reason=reason)
    assert not NetworkProposal.objects.exists()


def test_a_version_without_its_files_says_so(
    client_of: ClientOf, admin: Officer, version: ModelVersion
) -> None:
    (own_folder(version.name, version.sha256) / "manifest.toml").unlink()
    client = client_of(admin)
    assert "The files of this version are missing" in _page(client, version)
    assert "install it again" in _step(client, version, "shadow")


def test_a_step_that_is_none_changes_nothing(
    client_of: ClientOf, admin: Officer, version: ModelVersion
) -> None:
    _step(client_of(admin), version, "delete")
    version.refresh_from_db()
    assert version.state == "candidate"
