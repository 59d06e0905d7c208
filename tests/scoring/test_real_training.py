"""The real engine behind the pages: a table of one's own gives a scorecard that decides here."""

import math
import random
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("scoring.training.credit_run")

from applicants.models import Application, Officer
from applicants.services.stores import store_at
from scoring import training_tasks
from scoring.models import CreditTable, ScoreRevision, TrainingRun
from scoring.services import estimator_placing, training_runs
from scoring.services.challengers import run_challengers
from scoring.services.rescore import rescore
from tests.scoring.test_trainings import CHOICE, upload

# The heartbeat writes through a connection of its own, which must see the row.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.training]
ROWS = 600


def _table() -> bytes:
    """Loans whose risk grows with late payments and with use of the card."""
    chance = random.Random(7)
    lines = ["loan,late,use,open_accounts,age,defaulted"]
    for number in range(ROWS):
        late, use = min(chance.randrange(8), chance.randrange(8)), chance.randrange(101)
        bad = chance.random() < 0.05 + 0.09 * late + 0.002 * use
        told = "" if chance.random() < 0.1 else use
        lines.append(
            f"L{number},{late},{told},{chance.randrange(1, 9)},{chance.randrange(20, 80)},{bad}"
        )
    return "\n".join(lines).encode()


@pytest.fixture
def run(tmp_path: Path, settings: Any, analyst: Officer, monkeypatch: pytest.MonkeyPatch) -> Any:
    # What there is to be measured against takes long, and is tested elsewhere.
    monkeypatch.setattr("scoring.training.evaluate_credit.UNTUNED", ())
    settings.MEDIA_STORAGE_URL = f"file://{tmp_path / 'media'}"
    settings.OWN_ESTIMATORS_DIR = tmp_path / "own"
    settings.SHADOW_MIN_SCORES = 0
    table = upload(analyst, _table())
    training_tasks.profile_table(str(table.pk))
    table.refresh_from_db()
    choice = CHOICE | {
        "target": "defaulted", "positive": "True", "folds": 2, "budget_s": 600,
        "estimators": ["scorecard", "boosting"],
        "columns_as": {
            "late": "overdue_payments", "use": "card_utilisation_percent",
            "open_accounts": "open_accounts",
        },
    }  # fmt: skip
    yield training_runs.start(table, choice, officer=analyst)
    store_at.cache_clear()


def test_from_a_table_to_the_score_of_an_application(
    run: TrainingRun, application: Application, analyst: Officer, senior: Officer
) -> None:
    profile = CreditTable.objects.get().profile
    assert {c["name"]: c["kind"] for c in profile["columns"]}["loan"] == "identifier"
    assert "defaulted" in profile["target_candidates"]
    training_tasks.train(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.error) == ("done", "")
    assert run.figures["scorecard"]["auc"] > 0.6
    assert set(run.figures["features"]) == {"late", "use", "open_accounts"}
    assert run.figures["points_table"]["auc"] > 0.55
    rates = [point["approval"] for point in run.figures["scorecard"]["bad_rate_by_approval"]]
    assert (rates[0], rates[-1]) == (0.1, 0.95)
    before = rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    version = training_runs.register(
        run, "scorecard", version="own-1", commercial=True, officer=analyst
    )
    estimator_placing.start_shadow(version, officer=analyst)
    proposal = estimator_placing.propose(version, officer=analyst, reason="Our own loans.")
    estimator_placing.approve(proposal, officer=senior)
    after = rescore(application, ScoreRevision.Cause.MODEL_CHANGED)
    assert after.sequence == before.sequence + 1
    assert after.models_used[0]["version"] == "own-1"
    named = {each["characteristic"] for each in after.contributions}
    assert named <= {*run.choice["columns_as"].values(), "scale_limit"}
    own = training_runs.register(run, "boosting", version="own-1", commercial=True, officer=analyst)
    estimator_placing.start_shadow(own, officer=analyst)
    proposal = estimator_placing.propose(own, officer=analyst, reason="Our own loans.")
    estimator_placing.approve(proposal, officer=senior)
    (score,) = [each for each in run_challengers(after) if each.estimator == "boosting"]
    assert score.version == "own-1"
    parts = score.attributions["parts"]
    assert {each["characteristic"] for each in parts} == set(run.choice["columns_as"].values())
    whole = score.attributions["base_log_odds"] + sum(each["log_odds"] for each in parts)
    risk = score.probability_of_default
    assert whole == pytest.approx(math.log((1 - risk) / risk), abs=1e-4)
