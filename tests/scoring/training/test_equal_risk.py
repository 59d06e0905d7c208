import numpy as np
import pytest

from scoring.training.equal_risk import Ranking, approved_at_rate, approved_best_share, compare

CASES = 8000


def test_tied_cases_are_approved_in_proportion() -> None:
    ranking = Ranking.of([1, 1, 2, 2])
    assert approved_best_share(ranking, np.ones(4), 0.75).tolist() == [1.0, 0.5]


def test_as_many_are_approved_as_the_rate_allows() -> None:
    ranking = Ranking.of([1, 1, 2, 2, 3, 3])
    is_bad = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    approved = approved_at_rate(ranking, np.ones(6), is_bad, rate=0.25)
    assert approved.tolist() == [1.0, 1.0, 0.0]
    shares = approved_at_rate(ranking, np.ones(6), is_bad, rate=0.4)
    counts, bad = ranking.sums(np.ones(6)), ranking.sums(is_bad)
    assert shares @ bad / (shares @ counts) == pytest.approx(0.4)


def test_none_are_approved_where_even_the_best_default_too_often() -> None:
    assert approved_at_rate(Ranking.of([1, 2]), np.ones(2), np.ones(2), 0.1).tolist() == [0, 0]


def test_a_score_that_sees_the_good_among_a_group_approves_more_of_it() -> None:
    """The old way refuses the whole group; only the new way reads what tells."""
    generator = np.random.default_rng(2)
    truth, group = generator.normal(size=CASES), generator.random(CASES) < 0.3
    is_bad = generator.random(CASES) < 1 / (1 + np.exp(2 - truth))
    found = compare(
        is_bad, group.astype(int), truth, {"group": group}, share=0.7, seed=1, rounds=60
    )
    row = found["group"]
    low, high = row["more_points_ci"]
    assert 0 < low < row["more_points"] < high
    assert row["approved_old_percent"] < 5 < row["approved_new_percent"]


def test_the_same_score_twice_approves_nobody_more() -> None:
    generator = np.random.default_rng(3)
    risk = generator.random(CASES)
    is_bad = generator.random(CASES) < 0.3 * risk
    found = compare(is_bad, risk, risk, {}, share=0.7, seed=1, rounds=40)
    assert found["all"]["more_points"] == pytest.approx(0.0, abs=0.5)
    assert found["all"]["default_rate_new_percent"] == pytest.approx(
        found["all"]["default_rate_old_percent"], abs=0.01
    )


def test_where_the_old_way_approves_nobody_of_a_group_no_ratio_is_told() -> None:
    is_bad, group = np.tile([0, 1, 0, 0], 50), np.repeat([0, 1], 100).astype(bool)
    found = compare(is_bad, group, -group.astype(int), {"g": group}, share=0.4, seed=1, rounds=20)
    assert (found["g"]["approved_old_percent"], found["g"]["more_percent"]) == (0.0, None)
