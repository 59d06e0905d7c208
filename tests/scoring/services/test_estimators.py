"""A scorecard of one's own: registered, seen in shadow, decided by two people, served, left."""

from pathlib import Path
from typing import Any

import pytest

from applicants.errors import ProblemError, RefusedError
from applicants.models import Application, AuditEvent, Officer
from scoring import tasks
from scoring.engine.artifacts import ArtifactError, read_manifest
from scoring.engine.places import PLACES
from scoring.models import EstimatorProposal, ModelVersion, ReviewFlag, ScoreRevision
from scoring.paths import ARTIFACTS_DIR
from scoring.services import estimator_placing as placing
from scoring.services import estimator_shadow, estimators
from scoring.services.estimator_installing import install
from scoring.services.rescore import replay, rescore
from tests.scoring.own_estimators import ORIGIN, write_own_scorecard

pytestmark = pytest.mark.django_db
Cause = ScoreRevision.Cause
REASON = "Trained on our own loans of ten years."


@pytest.fixture(autouse=True)
def own_estimators(tmp_path: Path, settings: Any) -> Path:
    settings.OWN_ESTIMATORS_DIR = tmp_path / "own"
    settings.SHADOW_MIN_SCORES = 1
    return settings.OWN_ESTIMATORS_DIR


@pytest.fixture
def candidate(tmp_path: Path, analyst: Officer) -> ModelVersion:
    return install(
        write_own_scorecard(tmp_path / "given"), ORIGIN, PLACES["scorecard"], officer=analyst
    )


@pytest.fixture
def seen(candidate: ModelVersion, scored: Application, analyst: Officer) -> ModelVersion:
    """The candidate in shadow, compared on one score."""
    version = placing.start_shadow(candidate, officer=analyst)
    tasks.run_challengers(scored.score_revisions.get().pk)
    return version


def _activate(version: ModelVersion, author: Officer, other: Officer) -> ModelVersion:
    return placing.approve(placing.propose(version, officer=author, reason=REASON), officer=other)


def _refused(folder: Path, officer: Officer) -> ProblemError:
    with pytest.raises(ProblemError) as refused:
        install(folder, ORIGIN, PLACES["scorecard"], officer=officer)
    return refused.value


# --- registering --------------------------------------------------------------------------------


def test_a_candidate_changes_no_score(
    candidate: ModelVersion, scored: Application, analyst: Officer
) -> None:
    assert candidate.state == "candidate"
    assert estimators.in_force() == ARTIFACTS_DIR
    assert rescore(scored, Cause.MODEL_CHANGED).sequence == 1
    assert AuditEvent.objects.get(action="estimator.registered").actor == analyst


def test_what_the_form_does_not_ask_for_is_refused(tmp_path: Path, analyst: Officer) -> None:
    folder = write_own_scorecard(tmp_path / "given")
    text = (folder / "scorecard.json").read_text().replace("overdue_payments", "LIMIT_BAL")
    (folder / "scorecard.json").write_text(text)
    assert "LIMIT_BAL" in _refused(folder, analyst).message


@pytest.mark.parametrize("changes", [{"characteristics": []}, {"name": "ebm"}, {"version": None}])
def test_what_is_no_scorecard_is_refused(
    tmp_path: Path, analyst: Officer, changes: dict[str, Any]
) -> None:
    folder = write_own_scorecard(tmp_path / "given", **changes)
    if changes == {"version": None}:
        (folder / "scorecard.json").write_text('{"name": "scorecard"')
    assert _refused(folder, analyst).code == "estimator_unfit"


def test_points_without_an_end_a_link_and_no_card_are_refused(
    tmp_path: Path, analyst: Officer
) -> None:
    endless = write_own_scorecard(tmp_path / "endless", intercept_log_odds=float("inf"))
    assert "finite" in _refused(endless, analyst).message
    linked = write_own_scorecard(tmp_path / "linked")
    (linked / "card.md").unlink()
    assert "card.md" in _refused(linked, analyst).message
    (linked / "card.md").symlink_to("/etc/hostname")
    assert "card.md" in _refused(linked, analyst).message


def test_the_same_file_and_the_same_version_are_taken_once(
    candidate: ModelVersion, tmp_path: Path, analyst: Officer
) -> None:
    assert _refused(tmp_path / "given", analyst).code == "registered_already"
    other = write_own_scorecard(tmp_path / "other", shift=0.1)
    assert _refused(other, analyst).code == "version_taken"


def test_only_an_analyst_registers(tmp_path: Path, senior: Officer) -> None:
    with pytest.raises(RefusedError):
        install(
            write_own_scorecard(tmp_path / "given"), ORIGIN, PLACES["scorecard"], officer=senior
        )
    assert not ModelVersion.objects.filter(is_own=True).exists()


# --- shadow -------------------------------------------------------------------------------------


def test_in_shadow_it_stands_beside_the_challengers_and_raises_no_flag(
    tmp_path: Path, scored: Application, analyst: Officer
) -> None:
    strict = write_own_scorecard(tmp_path / "strict", shift=-6.0)
    version = placing.start_shadow(
        install(strict, ORIGIN, PLACES["scorecard"], officer=analyst), officer=analyst
    )
    revision = scored.score_revisions.get()
    tasks.run_challengers(revision.pk)
    shadow = revision.challengers.get(estimator="scorecard_shadow")
    assert shadow.sha256 == version.sha256
    assert shadow.probability_of_default > 10 * revision.probability_of_default
    assert not ReviewFlag.objects.exists()
    figures = estimator_shadow.figures(version)
    assert (figures.scores, figures.newly_declined, figures.newly_approved) == (1, 1, 0)
    assert figures.mean_points < -100


def test_a_damaged_file_in_shadow_holds_nothing_up(seen: ModelVersion, scored: Application) -> None:
    folder = estimators.own_folder(seen.name, seen.sha256)
    (folder / "scorecard.json").write_text("{}")
    again = rescore(scored, Cause.REQUESTED)
    tasks.run_challengers(again.pk)
    assert again.challengers.count() == 3


def test_one_version_at_a_time_and_stopping_takes_proposals_back(
    seen: ModelVersion, tmp_path: Path, analyst: Officer
) -> None:
    second = write_own_scorecard(tmp_path / "second", shift=0.2)
    other = install(
        second, ORIGIN.__class__("bank-2", "Own", True, ()), PLACES["scorecard"], officer=analyst
    )
    with pytest.raises(ProblemError) as taken:
        placing.start_shadow(other, officer=analyst)
    assert taken.value.code == "shadow_taken"
    proposal = placing.propose(seen, officer=analyst, reason=REASON)
    placing.stop_shadow(seen, officer=analyst)
    proposal.refresh_from_db()
    assert proposal.state == EstimatorProposal.State.WITHDRAWN


# --- in force -----------------------------------------------------------------------------------


def test_from_shadow_into_force_and_back(
    seen: ModelVersion, scored: Application, analyst: Officer, senior: Officer
) -> None:
    before = scored.score_revisions.get()
    _activate(seen, analyst, senior)
    tasks.rescore_open_applications(Cause.MODEL_CHANGED)
    after = scored.score_revisions.last()
    assert (after.sequence, after.cause) == (2, "model_changed")
    assert after.financial_score < before.financial_score
    assert after.models_used[0] == {
        "name": "scorecard", "version": "bank-1", "sha256": seen.sha256,
    }  # fmt: skip
    assert after.inputs_sha256 != before.inputs_sha256
    event = AuditEvent.objects.get(action="estimator.activated")
    assert (event.actor, event.detail["before"]) == (senior, before.models_used[0]["sha256"])

    shipped = ModelVersion.objects.get(name="scorecard", is_own=False)
    assert shipped.state == "retired"
    _activate(shipped, senior, analyst)
    assert estimators.in_force() == ARTIFACTS_DIR
    tasks.catch_up()
    back = scored.score_revisions.last()
    assert (back.sequence, back.cause) == (3, "model_changed")
    assert back.financial_score == before.financial_score
    assert back.inputs_sha256 == before.inputs_sha256
    tasks.catch_up()
    assert scored.score_revisions.count() == 3


def test_each_revision_is_replayed_with_the_scorecard_that_made_it(
    seen: ModelVersion, scored: Application, analyst: Officer, senior: Officer
) -> None:
    _activate(seen, analyst, senior)
    rescore(scored, Cause.MODEL_CHANGED)
    for revision in scored.score_revisions.all():
        again = replay(revision)
        assert again.financial.score_points == revision.financial_score
        assert (
            again.financial.probability_of_default.hex()
            == float(revision.probability_of_default).hex()
        )


def test_a_version_that_is_gone_is_told(scored: Application) -> None:
    revision = scored.score_revisions.get()
    revision.models_used = [{"name": "scorecard", "version": "0", "sha256": "0" * 64}]
    with pytest.raises(ProblemError) as gone:
        replay(revision)
    assert gone.value.code == "estimator_gone"


def test_altered_files_of_the_version_in_force_stop_scoring(
    seen: ModelVersion, scored: Application, analyst: Officer, senior: Officer
) -> None:
    _activate(seen, analyst, senior)
    folder = estimators.own_folder(seen.name, seen.sha256)
    content = (folder / "scorecard.json").read_bytes()
    (folder / "scorecard.json").write_bytes(content + b" ")
    with pytest.raises(ArtifactError):
        rescore(scored, Cause.MODEL_CHANGED)
    with pytest.raises(ArtifactError):
        estimators.check_files()
    assert scored.score_revisions.count() == 1


def test_a_new_release_does_not_undo_what_two_people_decided(
    seen: ModelVersion, analyst: Officer, senior: Officer
) -> None:
    from scoring.services.model_versions import sync_from_manifest

    _activate(seen, analyst, senior)
    sync_from_manifest()
    assert read_manifest(estimators.in_force())["scorecard"].sha256 == seen.sha256


# --- who ----------------------------------------------------------------------------------------


def test_the_author_cannot_approve_and_the_attempt_is_kept(
    seen: ModelVersion, analyst: Officer
) -> None:
    proposal = placing.propose(seen, officer=analyst, reason=REASON)
    with pytest.raises(RefusedError) as refused:
        placing.approve(proposal, officer=analyst)
    assert refused.value.code == "four_eyes"
    assert AuditEvent.objects.filter(action="estimator.activation_refused").count() == 1
    assert estimators.in_force() == ARTIFACTS_DIR


def test_without_enough_scores_or_a_reason_nothing_is_proposed(
    seen: ModelVersion, analyst: Officer, officer: Officer, settings: Any
) -> None:
    with pytest.raises(RefusedError):
        placing.propose(seen, officer=officer, reason=REASON)
    with pytest.raises(ProblemError):
        placing.propose(seen, officer=analyst, reason="short")
    settings.SHADOW_MIN_SCORES = 2
    with pytest.raises(ProblemError) as early:
        placing.propose(seen, officer=analyst, reason=REASON)
    assert early.value.code == "not_ready"


def test_a_refused_proposal_changes_nothing_and_cannot_be_approved(
    seen: ModelVersion, analyst: Officer, senior: Officer, admin: Officer
) -> None:
    proposal = placing.propose(seen, officer=analyst, reason=REASON)
    placing.refuse(proposal, officer=senior)
    with pytest.raises(ProblemError) as closed:
        placing.approve(proposal, officer=admin)
    assert closed.value.code == "proposal_closed"
    seen.refresh_from_db()
    assert seen.state == "shadow"
