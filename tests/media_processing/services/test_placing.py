"""From candidate to force and back: who may, in which order, and what a refusal leaves."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx")

from applicants.errors import ProblemError, RefusedError
from applicants.models import AuditEvent, Officer
from media_processing.inference.manifest import read_manifest
from media_processing.models import CaptureSession, NetworkProposal, ShadowRun
from media_processing.selectors import WEIGHTS_DIR, in_shadow, own_folder
from media_processing.services import placing, weights
from media_processing.services.installing import install
from scoring.models import ModelVersion
from tests.factories import RecordingFactory
from tests.media_processing.own_networks import write_own_network

pytestmark = [pytest.mark.django_db, pytest.mark.training]
REASON = "Trained on the recordings of last year."
SHIPPED = read_manifest(WEIGHTS_DIR)["face_emotion"]


@pytest.fixture(autouse=True)
def own_weights(tmp_path: Path, settings: Any) -> None:
    settings.OWN_WEIGHTS_DIR = tmp_path / "own_weights"
    settings.SHADOW_MIN_RECORDINGS = 2


@pytest.fixture
def candidate(tmp_path: Path) -> ModelVersion:
    write_own_network(tmp_path / "given")
    return install(tmp_path / "given")[0]


@pytest.fixture
def seen(candidate: ModelVersion, session: CaptureSession, analyst: Officer) -> ModelVersion:
    """The candidate in shadow, compared on as many recordings as are needed."""
    version = placing.start_shadow(candidate, officer=analyst)
    _compare(version, session, 2)
    return version


def _compare(
    version: ModelVersion,
    session: CaptureSession,
    recordings: int,
    beside: str = SHIPPED.sha256,
    error: str = "",
) -> None:
    for recording in RecordingFactory.create_batch(recordings, session=session):
        ShadowRun.objects.create(
            version=version, recording=recording, modality="face", beside_sha256=beside,
            error=error, compared=0 if error else 10,
            agreed=8, distance_sum=1.0, labels_in_force=[10, 0, 0, 0, 0, 0, 0],
            labels_in_shadow=[8, 2, 0, 0, 0, 0, 0],
        )  # fmt: skip


def _in_force() -> str:
    return read_manifest(weights.in_force())["face_emotion"].sha256


def _code(problem: pytest.ExceptionInfo[ProblemError]) -> str:
    return problem.value.code


def test_one_proposes_another_approves_and_going_back_is_the_same(
    seen: ModelVersion, analyst: Officer, senior: Officer
) -> None:
    proposal = placing.propose(seen, officer=analyst, reason=REASON)
    assert _in_force() == SHIPPED.sha256
    placing.approve(proposal, officer=senior)
    assert _in_force() == seen.sha256
    assert in_shadow(["face_emotion"]) is None
    event = AuditEvent.objects.get(action="network.activated")
    assert (event.actor, event.detail["before"]) == (senior, SHIPPED.sha256)

    shipped = ModelVersion.objects.get(sha256=SHIPPED.sha256)
    assert shipped.state == "retired"
    back = placing.propose(shipped, officer=senior, reason="The new cameras are misread by it.")
    placing.approve(back, officer=analyst)
    assert weights.in_force() == WEIGHTS_DIR
    seen.refresh_from_db()
    assert seen.state == "retired" and placing.can_be_proposed(seen)


def test_the_author_cannot_approve_and_the_attempt_is_kept(
    seen: ModelVersion, analyst: Officer
) -> None:
    proposal = placing.propose(seen, officer=analyst, reason=REASON)
    with pytest.raises(RefusedError) as refused:
        placing.approve(proposal, officer=analyst)
    assert _code(refused) == "four_eyes"
    assert _in_force() == SHIPPED.sha256
    assert AuditEvent.objects.filter(action="network.activation_refused").count() == 1


def test_other_roles_change_nothing(
    seen: ModelVersion, analyst: Officer, officer: Officer, auditor: Officer
) -> None:
    proposal = placing.propose(seen, officer=analyst, reason=REASON)
    for stranger in (officer, auditor):
        for step in (
            lambda who: placing.start_shadow(seen, officer=who),
            lambda who: placing.stop_shadow(seen, officer=who),
            lambda who: placing.propose(seen, officer=who, reason=REASON),
            lambda who: placing.approve(proposal, officer=who),
            lambda who: placing.refuse(proposal, officer=who),
        ):
            with pytest.raises(RefusedError) as refused:
                step(stranger)
            assert _code(refused) == "permission_denied"
    assert _in_force() == SHIPPED.sha256


def test_a_candidate_is_seen_in_shadow_first_and_long_enough(
    candidate: ModelVersion, session: CaptureSession, analyst: Officer
) -> None:
    with pytest.raises(ProblemError) as early:
        placing.propose(candidate, officer=analyst, reason=REASON)
    assert _code(early) == "not_ready"
    version = placing.start_shadow(candidate, officer=analyst)
    _compare(version, session, 1)
    ShadowRun.objects.update(error="ValueError")
    _compare(version, session, 1)
    with pytest.raises(ProblemError, match="on 2 recordings in a row without"):
        placing.propose(version, officer=analyst, reason=REASON)
    _compare(version, session, 1)
    with pytest.raises(ProblemError) as silent:
        placing.propose(version, officer=analyst, reason="because")
    assert _code(silent) == "reason_missing"
    assert placing.propose(version, officer=analyst, reason=REASON).state == "open"
    with pytest.raises(ProblemError) as twice:
        placing.propose(version, officer=analyst, reason=REASON)
    assert _code(twice) == "already_proposed"


def test_a_failure_begins_the_count_again(
    seen: ModelVersion, session: CaptureSession, analyst: Officer
) -> None:
    assert placing.can_be_proposed(seen)
    _compare(seen, session, 1, error="NotComparableError")
    assert placing.compared_recordings(seen) == 0
    with pytest.raises(ProblemError) as failed:
        placing.propose(seen, officer=analyst, reason=REASON)
    assert _code(failed) == "not_ready"
    _compare(seen, session, 2)
    assert placing.can_be_proposed(seen)


def test_only_the_network_in_force_now_is_a_measure(
    candidate: ModelVersion, session: CaptureSession, analyst: Officer, senior: Officer
) -> None:
    version = placing.start_shadow(candidate, officer=analyst)
    _compare(version, session, 5, beside="ab" * 32)
    assert placing.compared_recordings(version) == 0
    _compare(version, session, 1, beside="ab" * 32, error="RuntimeError")
    _compare(version, session, 2)
    proposal = placing.propose(version, officer=analyst, reason=REASON)
    ModelVersion.objects.filter(name=version.name, state="active").update(state="retired")
    with pytest.raises(ProblemError) as changed:
        placing.approve(proposal, officer=senior)
    assert _code(changed) == "not_ready"


def test_one_place_has_one_shadow(
    seen: ModelVersion, tmp_path: Path, analyst: Officer, admin: Officer
) -> None:
    write_own_network(tmp_path / "other", leading="sad", version="bank-2")
    (other,) = install(tmp_path / "other")
    with pytest.raises(ProblemError) as taken:
        placing.start_shadow(other, officer=analyst)
    assert _code(taken) == "shadow_taken"
    proposal = placing.propose(seen, officer=analyst, reason=REASON)
    assert placing.stop_shadow(seen, officer=admin).state == "candidate"
    proposal.refresh_from_db()
    assert proposal.state == "withdrawn"
    assert placing.start_shadow(other, officer=analyst).state == "shadow"
    with pytest.raises(ProblemError) as not_one:
        placing.start_shadow(other, officer=analyst)
    assert _code(not_one) == "not_a_candidate"


def test_a_proposal_is_decided_once(seen: ModelVersion, analyst: Officer, senior: Officer) -> None:
    mine = placing.propose(seen, officer=analyst, reason=REASON)
    assert placing.refuse(mine, officer=analyst).state == NetworkProposal.State.WITHDRAWN
    again = placing.propose(seen, officer=analyst, reason=REASON)
    assert placing.refuse(again, officer=senior).state == NetworkProposal.State.REFUSED
    with pytest.raises(ProblemError) as closed:
        placing.approve(again, officer=senior)
    assert _code(closed) == "proposal_closed"
    assert _in_force() == SHIPPED.sha256


def test_an_altered_file_does_not_come_into_force(
    seen: ModelVersion, analyst: Officer, senior: Officer
) -> None:
    proposal = placing.propose(seen, officer=analyst, reason=REASON)
    (own_folder(seen.name, seen.sha256) / "own.onnx").write_bytes(b"altered")
    with pytest.raises(ProblemError) as altered:
        placing.approve(proposal, officer=senior)
    assert _code(altered) == "weights_unusable"
    proposal.refresh_from_db()
    assert (proposal.state, _in_force()) == ("open", SHIPPED.sha256)
