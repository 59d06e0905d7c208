"""What is stored of the challengers beside a revision."""

import math

import pytest

from applicants.models import Application
from scoring.attributions import attributions_of
from scoring.services.challengers import run_challengers

pytestmark = pytest.mark.django_db


def test_each_challenger_is_stored_with_its_attributions(scored: Application) -> None:
    revision = scored.score_revisions.get()
    for score in run_challengers(revision):
        stored = score.attributions
        whole = stored["base_log_odds"] + sum(part["log_odds"] for part in stored["parts"])
        risk = score.probability_of_default
        assert whole == pytest.approx(math.log((1 - risk) / risk), abs=1e-5)
        assert stored["is_exact"] and len(stored["parts"]) == 4


def test_the_table_of_the_page_sums_to_each_challenger(scored: Application) -> None:
    revision = scored.score_revisions.get()
    assert attributions_of(revision) is None
    run_challengers(revision)
    table = attributions_of(revision)
    assert table is not None and table.largest_error is None
    assert [str(name) for name in table.names] == [
        "Gradient boosting", "Explainable boosting", "Neural network",
    ]  # fmt: skip
    for column, total in enumerate(table.total):
        moved = sum(line.cells[column] for line in table.lines)
        assert total == pytest.approx(table.base[column] + moved)
