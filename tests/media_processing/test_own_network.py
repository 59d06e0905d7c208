"""The whole road of a bank's own network: trained, installed, in shadow, in force, and back."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

pytest.importorskip("torch")

from applicants.models import Officer
from media_processing import pipeline
from media_processing.demo_media.drawn_face import HAPPY, SURPRISED, draw_face
from media_processing.demo_media.film import write_film
from media_processing.inference.manifest import (
    NetworkEntry,
    read_manifest,
    write_manifest,
)
from media_processing.models import CaptureSession, Recording, ShadowRun
from media_processing.selectors import WEIGHTS_DIR
from media_processing.services import intake, placing
from scoring.models import Evidence, ModelVersion
from tests.media_processing.training.face_pack import CLASSES, write_pack

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.training]
SHIPPED = read_manifest(WEIGHTS_DIR)["face_emotion"]
RATE_HZ = 10


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that learnt from two dozen made-up pictures, with manifest and card."""
    data, out = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("out")
    write_pack(data)
    call_command("train_model", "face", data=data, out=out, seed=1, epochs=1)
    entry = NetworkEntry(
        name="face_emotion", version="bank-1", file="face_emotion.onnx",
        sha256=hashlib.sha256((out / "face_emotion.onnx").read_bytes()).hexdigest(),
        licence="Our own recordings", commercial=True, trained_on=("24 made-up pictures",),
        card="face_emotion.md", classes=CLASSES,
    )  # fmt: skip
    (out / "face_emotion.md").write_text("# face_emotion bank-1\n\nLearnt next to nothing.\n")
    write_manifest([entry], out)
    return out


@pytest.fixture
def film(tmp_path: Path) -> bytes:
    happy, surprised = (draw_face(face, width_px=240, height_px=240) for face in (HAPPY, SURPRISED))
    path = tmp_path / "film.mp4"
    write_film(path, [*[happy] * 20, *[surprised] * 20], rate_hz=RATE_HZ)
    return path.read_bytes()


def _processed(session: CaptureSession, content: bytes, name: str) -> Recording:
    """Take a recording in and run every stage over it, as workers do."""
    # Another byte at the end makes another file of the same film.
    recording, queued = intake.accept(
        [content, name.encode()], session=session, kind="interview", name=name,
        size_bytes=len(content) + len(name), officer=session.created_by,
    )  # fmt: skip
    while queued:
        queued += pipeline.run(queued.pop(0))
    return recording


def _observed_by(recording: Recording) -> set[str]:
    return set(recording.observations.values_list("network_sha256", flat=True))


def test_trained_installed_in_shadow_in_force_and_back(
    trained: Path,
    film: bytes,
    session: CaptureSession,
    analyst: Officer,
    senior: Officer,
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.OWN_WEIGHTS_DIR = tmp_path / "own_weights"
    settings.SHADOW_MIN_RECORDINGS = 1
    call_command("install_network", str(trained))
    own = ModelVersion.objects.get(is_own=True)

    placing.start_shadow(own, officer=analyst)
    first = _processed(session, film, "1")
    assert _observed_by(first) == {SHIPPED.sha256}
    run = ShadowRun.objects.get(version=own, recording=first)
    assert (run.error, run.compared) == ("", first.observations.count())
    evidence = Evidence.objects.get(recording_id=first.pk, modality="face")
    assert [each["sha256"] for each in evidence.models_used] == [SHIPPED.sha256]

    proposal = placing.propose(own, officer=analyst, reason="It saw our own cameras.")
    placing.approve(proposal, officer=senior)
    second = _processed(session, film, "2")
    assert _observed_by(second) == {own.sha256}
    assert second.job.stages.get(name="face").network_version == "bank-1"
    assert _observed_by(first) == {SHIPPED.sha256}

    shipped = ModelVersion.objects.get(sha256=SHIPPED.sha256)
    back = placing.propose(shipped, officer=senior, reason="It learnt next to nothing.")
    placing.approve(back, officer=analyst)
    assert _observed_by(_processed(session, film, "3")) == {SHIPPED.sha256}
    assert not ShadowRun.objects.exclude(recording=first).exists()
