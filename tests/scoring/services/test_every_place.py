"""Every kind of estimator of one's own: registered, seen in shadow, put in force, and left."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from applicants.errors import ProblemError
from applicants.models import Application, Officer
from scoring import tasks
from scoring.engine.artifacts import read_manifest
from scoring.engine.places import PLACES, Place
from scoring.models import ModelVersion, ScoreRevision
from scoring.paths import ARTIFACTS_DIR
from scoring.services import estimator_placing as placing
from scoring.services import estimator_shadow, estimators
from scoring.services.applications import open_application
from scoring.services.estimator_installing import install
from scoring.services.rescore import rescore
from tests.factories import ApplicantFactory
from tests.scoring.own_estimators import ORIGIN, inputs, write_own

pytestmark = pytest.mark.django_db
Cause = ScoreRevision.Cause
REASON = "Trained on our own loans of ten years."


@pytest.fixture(autouse=True)
def own_estimators(tmp_path: Path, settings: Any) -> None:
    settings.OWN_ESTIMATORS_DIR = tmp_path / "own"
    settings.SHADOW_MIN_SCORES = 1


@pytest.fixture(params=PLACES.values(), ids=PLACES)
def place(request: pytest.FixtureRequest) -> Place:
    return request.param


@pytest.fixture
def scored_business(officer: Officer) -> Application:
    firm = ApplicantFactory(
        kind="business", name="Harbour Bakery", given_name="", family_name="", date_of_birth=None,
        branch=officer.branch, created_by=officer,
    )  # fmt: skip
    application, __ = open_application(
        officer=officer, applicant=firm, financials={"employees": 30, "jobs_created": 4},
        amount=40_000, currency="USD", term_months=84, purpose="equipment",
    )  # fmt: skip
    return application


@pytest.fixture
def revision(place: Place, scored: Application, scored_business: Application) -> ScoreRevision:
    application = scored_business if place.of_businesses else scored
    return application.score_revisions.get()


def _activate(version: ModelVersion, author: Officer, other: Officer) -> None:
    placing.approve(placing.propose(version, officer=author, reason=REASON), officer=other)


def test_from_candidate_into_force_and_back(
    place: Place, revision: ScoreRevision, tmp_path: Path, analyst: Officer, senior: Officer
) -> None:
    application = revision.application
    candidate = install(write_own(place, tmp_path / "given"), ORIGIN, place, officer=analyst)
    version = placing.start_shadow(candidate, officer=analyst)
    with pytest.raises(ProblemError):
        placing.propose(version, officer=analyst, reason=REASON)
    tasks.run_challengers(revision.pk)
    beside = revision.challengers.get(estimator=place.in_shadow)
    assert beside.sha256 == version.sha256
    figures = estimator_shadow.figures(version)
    assert figures is not None and figures.scores == 1

    _activate(version, analyst, senior)
    assert read_manifest(estimators.in_force())[place.name].sha256 == version.sha256
    tasks.rescore_open_applications(Cause.MODEL_CHANGED)
    after = rescore(application, Cause.REQUESTED)
    tasks.run_challengers(after.pk)
    if place.decides:
        assert after.estimator == place.name
        assert after.models_used[0]["sha256"] == version.sha256
        assert after.financial_score < revision.financial_score
    else:
        assert after.challengers.get(estimator=place.name).sha256 == version.sha256
        assert after.financial_score == revision.financial_score

    shipped = ModelVersion.objects.get(name=place.name, is_own=False)
    _activate(shipped, senior, analyst)
    assert estimators.in_force() == ARTIFACTS_DIR
    assert rescore(application, Cause.MODEL_CHANGED).financial_score == revision.financial_score


def test_what_the_form_does_not_ask_for_is_refused(
    place: Place, tmp_path: Path, analyst: Officer
) -> None:
    folder = write_own(place, tmp_path / "given", inputs=inputs("LIMIT_BAL"))
    if place.decides:
        content = json.loads((folder / place.file).read_text())
        content["characteristics"][0]["name"] = "LIMIT_BAL"
        (folder / place.file).write_text(json.dumps(content))
    with pytest.raises(ProblemError) as refused:
        install(folder, ORIGIN, place, officer=analyst)
    assert "LIMIT_BAL" in refused.value.message


def test_a_challenger_that_learned_from_words_is_refused(tmp_path: Path, analyst: Officer) -> None:
    place = PLACES["boosting"]
    worded = inputs("income_stable", levels={"no": 0, "yes": 1})
    folder = write_own(place, tmp_path / "given", inputs=worded)
    with pytest.raises(ProblemError) as refused:
        install(folder, ORIGIN, place, officer=analyst)
    assert "income_stable" in refused.value.message


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path, analyst: Officer) -> None:
    place = PLACES["neural"]
    folder = write_own(place, tmp_path / "given")
    for content in (b"", b"no graph at all", (folder / place.file).read_bytes()[:-9]):
        (folder / place.file).write_bytes(content)
        with pytest.raises(ProblemError) as refused:
            install(folder, ORIGIN, place, officer=analyst)
        assert refused.value.code == "estimator_unfit"


def test_an_own_challenger_reads_what_it_learned_from_and_is_explained(
    scored: Application, tmp_path: Path, analyst: Officer, senior: Officer
) -> None:
    """It reads the loan to income, of which the scorecard knows no population; its file does."""
    place, population = PLACES["boosting"], [[0.1, 0.5], [0.4, 0.3], [None, 0.2]]
    described = [
        each | {"population": population} for each in inputs("loan_to_income", reads="value")
    ]
    folder = write_own(place, tmp_path / "given", inputs=described)
    version = placing.start_shadow(install(folder, ORIGIN, place, officer=analyst), officer=analyst)
    revision = scored.score_revisions.get()
    tasks.run_challengers(revision.pk)
    _activate(version, analyst, senior)
    again = rescore(scored, Cause.REQUESTED)
    tasks.run_challengers(again.pk)
    score = again.challengers.get(estimator="boosting")
    parts = score.attributions["parts"]
    assert parts[0]["characteristic"] == "loan_to_income"
    whole = score.attributions["base_log_odds"] + math.fsum(each["log_odds"] for each in parts)
    risk = score.probability_of_default
    assert whole == pytest.approx(math.log((1 - risk) / risk), abs=1e-5)
