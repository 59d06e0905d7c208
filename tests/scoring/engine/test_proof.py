"""The gate on simulated outcomes whose truth is known."""

from collections.abc import Callable

import numpy as np
import pytest

from scoring.engine import metrics, proof
from scoring.engine.proof import Half, Outcomes, Selections

CUT_OFF_RISK = 0.1


def simulated(
    seed: int, n: int = 2000, *, effect: float = 0.0, noise: float = 0.1, bias: float = 0.0
) -> tuple[Outcomes, dict[str, Selections]]:
    """Simulate cases whose log-odds of default are known but for a part that behaviour may see.

    ``effect`` is the share of that part that the adjustment tells, ``noise`` what it makes up, and
    ``bias`` the log-odds that it takes from the group "a" and gives to nobody.
    """
    random = np.random.default_rng(seed)
    known, hidden = random.normal(-2.2, 1.0, n), random.normal(0.0, 0.8, n)
    bad = (random.uniform(size=n) < 1 / (1 + np.exp(-(known + hidden)))).astype(np.float64)
    groups = np.where(random.uniform(size=n) < 0.5, "a", "b")
    seen = known + effect * hidden + noise * random.normal(size=n) + bias * (groups == "a")
    risk, risk_with = (1 / (1 + np.exp(-each)) for each in (known, seen))
    selections = Selections(list(groups), risk < CUT_OFF_RISK, risk_with < CUT_OFF_RISK)
    return Outcomes(bad, risk, risk_with), {"sex": selections}


def share_open(repeats: int, **truth: float) -> float:
    gates = [proof.gate(*simulated(seed, **truth), seed=seed) for seed in range(repeats)]
    return sum(each.is_open for each in gates) / repeats


@pytest.fixture(autouse=True)
def fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a repeat draw 200 times: its interval is a little rougher, and the truth the same."""
    monkeypatch.setattr(proof.auc_gain, "__kwdefaults__", {"draws": 200, "seed": 0})


@pytest.mark.parametrize("noise", [0.1, 0.5])
def test_an_adjustment_that_tells_nothing_rarely_opens_the_gate(noise: float) -> None:
    assert share_open(200, effect=0.0, noise=noise, n=1000) <= 0.05


def test_an_adjustment_that_tells_something_opens_the_gate() -> None:
    assert share_open(20, effect=0.5, n=4000) >= 0.7


def test_an_adjustment_that_tells_something_and_harms_a_group_stays_closed() -> None:
    for seed in range(10):
        gate = proof.gate(*simulated(seed, n=4000, effect=0.5, bias=0.4))
        assert gate.gain.low > 0, "the gain alone would have opened it"
        assert gate.closed_by == (Half.RATIO_FALLS,)
        harmed = next(each for each in gate.groups if each.group == "a")
        assert harmed.fall > proof.MAX_RATIO_FALL


def test_the_area_and_its_gain_are_those_of_the_plain_formula() -> None:
    outcomes, __ = simulated(3, 500, effect=0.5)
    gain = proof.auc_gain(outcomes)
    assert gain.without == pytest.approx(metrics.auc(outcomes.is_bad, outcomes.risk))
    assert gain.with_behaviour == pytest.approx(metrics.auc(outcomes.is_bad, outcomes.risk_with))
    assert gain.low < gain.gain < gain.high
    assert proof.auc_gain(outcomes) == gain


def test_ties_count_half() -> None:
    tied = np.array([0.1, 0.1, 0.2, 0.2])
    gain = proof.auc_gain(Outcomes(np.array([0.0, 1.0, 0.0, 1.0]), tied, -tied))
    assert (gain.without, gain.with_behaviour) == (0.5, 0.5)


def test_the_interval_covers_the_true_gain_about_as_often_as_it_says() -> None:
    """The truth is read off one very large sample; 95 % of intervals should hold it."""
    large, __ = simulated(999, 400_000, effect=0.5)
    truth = metrics.auc(large.is_bad, large.risk_with) - metrics.auc(large.is_bad, large.risk)
    gains = [proof.auc_gain(simulated(seed, 1000, effect=0.5)[0], seed=seed) for seed in range(100)]
    covered = sum(each.low <= truth <= each.high for each in gains)
    assert covered >= 88


@pytest.mark.parametrize(
    ("change", "half"),
    [
        (lambda o, d: (_first(o, 999), d), Half.TOO_FEW),
        (lambda o, d: (Outcomes(o.is_bad * 0, o.risk, o.risk_with), d), Half.ONE_KIND),
        (lambda o, d: (Outcomes(o.is_bad, o.risk, o.risk), d), Half.NO_GAIN),
        (lambda o, d: (o, {}), Half.NO_GROUPS),
    ],
)
def test_each_half_alone_keeps_the_gate_closed(
    change: Callable[..., tuple[Outcomes, dict[str, Selections]]], half: Half
) -> None:
    outcomes, declared = simulated(1, 4000, effect=0.7)
    assert proof.gate(outcomes, declared).is_open
    assert half in proof.gate(*change(outcomes, declared)).closed_by


def _first(outcomes: Outcomes, n: int) -> Outcomes:
    return Outcomes(outcomes.is_bad[:n], outcomes.risk[:n], outcomes.risk_with[:n])


def test_a_group_of_fewer_than_thirty_proves_nothing() -> None:
    outcomes, __ = simulated(1, 4000, effect=0.7)
    groups = ["a"] * 29 + ["b"] * 100
    everyone = np.ones(129, dtype=bool)
    gate = proof.gate(outcomes, {"sex": Selections(groups, everyone, everyone)})
    assert gate.closed_by == (Half.NO_GROUPS,)
    assert [each.before for each in gate.groups] == [None, None]
    assert proof.gate(outcomes, {}, needs_groups=False).is_open


def test_the_best_group_cannot_hide_its_own_fall() -> None:
    groups = ["a"] * 100 + ["b"] * 100
    before = np.array([True] * 80 + [False] * 20 + [True] * 60 + [False] * 40)
    after = np.array([True] * 50 + [False] * 50 + [True] * 60 + [False] * 40)
    a, b = proof.impact_ratios("sex", Selections(groups, before, after))
    assert (a.before, b.before) == (1.0, pytest.approx(0.75))
    assert (a.after, b.after) == (pytest.approx(50 / 60), 1.0)
    assert a.fall == pytest.approx(1 / 6)


def test_no_case_has_no_gate() -> None:
    none = np.array([])
    gate = proof.gate(Outcomes(none, none, none), {})
    assert set(gate.closed_by) == {Half.TOO_FEW, Half.ONE_KIND, Half.NO_GROUPS}
    assert (gate.gain, gate.is_open) == (None, False)
