"""Reject inference against simulated applicants whose true outcome is known, declined or not."""

import pytest

pytest.importorskip("sklearn", reason="needs the training requirements")

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from scoring.training.reject_inference import Augmented, fuzzy_augmentation, parcelled_risk

pytestmark = pytest.mark.training
APPLICANTS = 20_000


@dataclass
class Population:
    """``seen`` is what the estimator reads, ``hidden`` what only the officer saw."""

    seen: np.ndarray
    is_bad: np.ndarray
    is_approved: np.ndarray

    @property
    def bad_rate(self) -> float:
        return float(self.is_bad.mean())


def population(officer_knows_more: float) -> Population:
    generator = np.random.default_rng(11)
    seen, hidden = generator.normal(size=(2, APPLICANTS))
    log_odds = -1.5 + 1.0 * seen + 1.0 * hidden
    is_bad = generator.random(APPLICANTS) < 1 / (1 + np.exp(-log_odds))
    judged = seen + officer_knows_more * hidden + 0.5 * generator.normal(size=APPLICANTS)
    return Population(seen.reshape(-1, 1), is_bad.astype(int), judged < np.median(judged))


def learnt_from_the_approved(people: Population) -> LogisticRegression:
    rows = people.is_approved
    return LogisticRegression(C=1e4).fit(people.seen[rows], people.is_bad[rows])


def trained(people: Population, rows: Augmented) -> LogisticRegression:
    ordered = np.concatenate([people.seen[people.is_approved], people.seen[~people.is_approved]])
    return LogisticRegression(C=1e4).fit(
        ordered[rows.source], rows.is_bad, sample_weight=rows.weight
    )


def mean_risk(estimator: LogisticRegression, people: Population) -> float:
    return float(estimator.predict_proba(people.seen)[:, 1].mean())


def test_where_the_score_was_all_that_counted_fuzzy_augmentation_comes_near_the_true_rate() -> None:
    people = population(officer_knows_more=0.0)
    approved = learnt_from_the_approved(people)
    declined_risk = approved.predict_proba(people.seen[~people.is_approved])[:, 1]
    rows = fuzzy_augmentation(people.is_bad[people.is_approved], declined_risk)
    again = trained(people, rows)
    blind = people.bad_rate - people.is_bad[people.is_approved].mean()
    assert blind > 0.08
    assert abs(mean_risk(again, people) - people.bad_rate) < blind / 3
    # It keeps what the approved taught and adds no confidence of its own.
    assert again.coef_[0, 0] == pytest.approx(approved.coef_[0, 0], rel=0.05)


def test_where_the_officer_knew_more_only_parcelling_comes_near_the_true_rate() -> None:
    people = population(officer_knows_more=1.0)
    rows = people.is_approved
    approved = learnt_from_the_approved(people)
    risk = approved.predict_proba(people.seen)[:, 1]
    fuzzy = mean_risk(trained(people, fuzzy_augmentation(people.is_bad[rows], risk[~rows])), people)
    prudent = parcelled_risk(people.is_bad[rows], risk[rows], risk[~rows], odds_factor=3.5)
    parcelled = mean_risk(trained(people, fuzzy_augmentation(people.is_bad[rows], prudent)), people)
    assert fuzzy < people.bad_rate - 0.05
    assert abs(parcelled - people.bad_rate) < abs(fuzzy - people.bad_rate) / 3


def test_parcelling_without_prudence_gives_the_declined_the_rate_of_their_band() -> None:
    bad = np.array([0, 0, 0, 1] * 50 + [0, 1, 1, 1] * 50)
    risk = np.repeat([0.2, 0.8], 200)
    found = parcelled_risk(bad, risk, [0.1, 0.9], odds_factor=1.0, bands=2)
    assert found == pytest.approx([0.25, 0.75], abs=0.01)
    with pytest.raises(ValueError, match="1 or more"):
        parcelled_risk(bad, risk, [0.1], odds_factor=0.5)


def test_every_declined_case_weighs_one_in_all() -> None:
    rows = fuzzy_augmentation([0, 1, 0], [0.2, 0.7])
    for case in (3, 4):
        assert rows.weight[rows.source == case].sum() == pytest.approx(1.0)
    assert rows.weight.sum() == pytest.approx(5.0)


@pytest.mark.parametrize(("is_bad", "risk"), [([0, 0], [0.5]), ([0, 1], [1.5])])
def test_what_cannot_be_augmented_is_refused(is_bad: list[int], risk: list[float]) -> None:
    with pytest.raises(ValueError, match=r"both good and bad|probability"):
        fuzzy_augmentation(is_bad, risk)
