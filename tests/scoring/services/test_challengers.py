"""What is stored of the challengers beside a revision."""

import math

import pytest

from applicants.models import Application
from scoring.attributions import attributions_of, why_none
from scoring.models import ScoreRevision
from scoring.services.challengers import explain_older, run_challengers

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


def test_older_scores_are_explained_once_and_only_where_the_file_is_in_force(
    scored: Application,
) -> None:
    revision = scored.score_revisions.get()
    run_challengers(revision)
    told = {each.estimator: each.attributions for each in revision.challengers.all()}
    revision.challengers.update(attributions=None)
    revision.challengers.filter(estimator="ebm").update(sha256="0" * 64)
    assert "in the background" in why_none(revision)
    assert explain_older(10) == 2
    assert explain_older(10) == 0
    for each in revision.challengers.all():
        assert each.attributions == (None if each.estimator == "ebm" else told[each.estimator])


def test_the_page_says_why_there_are_none(scored: Application) -> None:
    revision = scored.score_revisions.get()
    assert "have not run" in why_none(revision)
    run_challengers(revision)
    revision.challengers.update(attributions=None, sha256="0" * 64)
    assert "not explained" in why_none(ScoreRevision.objects.get(pk=revision.pk))
