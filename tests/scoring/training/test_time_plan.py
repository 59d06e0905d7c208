"""The time budget: planned by a pure function, held against a clock that does not run by itself."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("optbinning", reason="needs the training requirements")

from scoring.training import serving_fits, time_cuts
from scoring.training.cross_validation import OutOfFold, cross_validate, make_splits, pace_of
from scoring.training.effort import Effort, full_effort, ladder, sample, work
from scoring.training.estimators import NAMES, UNTUNED
from scoring.training.tables import CreditRows
from scoring.training.time_plan import Budget, Remaining, plan

pytestmark = pytest.mark.training
ALL = (*NAMES, *UNTUNED)
FILES = ("scorecard", "boosting", "ebm", "neural")


@dataclass
class Machine:
    """A pool on which a unit of work takes so many seconds, and the clock of its fits."""

    unit_s: dict[str, float]
    processes: int = 2
    now_s: float = 0.0
    running: dict[Hashable, tuple[float, float, Any]] = field(default_factory=dict)
    stopped: list[Hashable] = field(default_factory=list)

    def clock(self) -> float:
        return self.now_s

    @property
    def has_room(self) -> bool:
        return len(self.running) < self.processes

    def start(self, key: Hashable, fit: Any, **given: Any) -> None:
        name, effort = given["name"], given["effort"]
        seconds = self.unit_s[name] * work(name, effort)
        if fit is serving_fits.fit_and_write:
            found: Any = 1e-6
        else:
            scores = np.zeros(len(given["train"]))
            found = {"effort": effort.as_array(), "fit_s": seconds, "out_of_fold": scores}
            found["test"] = np.zeros(len(given["test"]))
        self.running[key] = (self.now_s, self.now_s + seconds, found)

    def wait(self, seconds: float) -> list[tuple[Hashable, Any]]:
        ends_s = min((end_s for _, end_s, _ in self.running.values()), default=np.inf)
        self.now_s = min(self.now_s + seconds, max(self.now_s, ends_s))
        ended = [key for key, (_, end_s, _) in self.running.items() if end_s <= self.now_s]
        return [(key, self.running.pop(key)[2]) for key in ended]

    def running_s(self) -> dict[Hashable, float]:
        return {key: self.now_s - begun_s for key, (begun_s, _, _) in self.running.items()}

    def stop(self, key: Hashable) -> None:
        self.stopped.append(key)
        del self.running[key]


def made_rows(count: int = 8000) -> CreditRows:
    target = np.arange(count) % 4 == 0
    features = pd.DataFrame({f"x{n}": np.zeros(count) for n in range(20)})
    return CreditRows(features, target.astype(np.int64), ("0", "1"), None, features)


def ran(machine: Machine, seconds: float) -> tuple[dict[str, OutOfFold], serving_fits.Written]:
    """Compare and write on a machine; return what came out."""
    rows = made_rows()
    budget = Budget(seconds, full_effort(len(rows.target)), machine.clock)
    pace = pace_of(rows, ALL, budget)
    shared = {"seed": 0, "budget": budget, "pace": pace, "pool": machine}
    results = cross_validate(rows, make_splits(rows, 5, 1, 0), ALL, served=FILES, **shared)
    written = serving_fits.write_all(
        FILES, None, None, rows=len(rows.target), progress=lambda *step: None, **shared
    )
    return results, written


def units(factor: float) -> dict[str, float]:
    quick = dict.fromkeys(("tree", "logistic", "boosting_untuned"), 0.2)
    slow = {"scorecard": 2.0, "boosting": 1.0, "neural": 5.0, "ebm": 5.0, "ebm_untuned": 40.0}
    return {name: factor * seconds for name, seconds in (quick | slow).items()}


def test_with_time_enough_nothing_is_cut() -> None:
    machine = Machine(units(1.0))
    results, written = ran(machine, 900.0)
    full = full_effort(8000)
    efforts = {name: result.efforts for name, result in results.items()}
    assert time_cuts.of_folds(efforts, ALL, 5, full) == []
    assert time_cuts.of_files(written.efforts, full) == []
    assert machine.now_s < 900
    assert not machine.stopped
    assert results["tree"].measured.all()


@pytest.mark.parametrize("factor", [0.3, 10.0, 40.0])
@pytest.mark.parametrize("seconds", [60.0, 900.0])
def test_a_run_ends_within_its_budget_and_one_short_fit(factor: float, seconds: float) -> None:
    machine = Machine(units(factor))
    results, written = ran(machine, seconds)
    shortest_s = min(machine.unit_s.values())
    first_file_s = machine.unit_s["scorecard"] / 16
    assert machine.now_s <= seconds + max(shortest_s, first_file_s) + 1
    assert {"tree", "logistic"} <= set(results)
    assert "scorecard" in written.parity


def test_what_takes_longest_is_cut_first_and_files_come_before_folds() -> None:
    machine = Machine(units(10.0))
    results, written = ran(machine, 900.0)
    efforts = {name: result.efforts for name, result in results.items()}
    told = time_cuts.of_folds(efforts, ALL, 5, full_effort(8000))
    assert any(each.startswith("EBM untuned") for each in told)
    assert not any(each.startswith(("decision tree", "logistic")) for each in told)
    assert set(written.parity) == set(FILES)
    assert len(results["tree"].efforts) == 5


def test_a_fit_that_takes_far_too_long_is_begun_anew_with_less() -> None:
    machine = Machine(units(1.0) | {"neural": 200.0})
    results, _ = ran(machine, 900.0)
    assert ("neural", 0, 0) in machine.stopped
    assert results["neural"].efforts[0] != full_effort(8000)
    assert machine.now_s <= 900


def remaining(name: str, unit_s: float, folds: int = 5, **changes: Any) -> Remaining:
    steps = ladder(name, full_effort(8000), 8000, 2000)
    return Remaining(name, steps, unit_s, folds, **changes)


def test_the_plan_cuts_search_then_members_then_work_then_rows_then_folds() -> None:
    work_left = remaining("boosting", 2.0)
    seen = []
    for left_s in range(400, 0, -1):
        (planned,) = plan(float(left_s), 1, [work_left])
        if (planned.effort, planned.folds) not in seen:
            seen.append((planned.effort, planned.folds))
    assert [effort for effort, folds in seen if folds == 5] == work_left.steps
    assert [folds for _, folds in seen][-5:] == [4, 3, 2, 1, 0]
    assert work_left.steps[0].trials > work_left.steps[1].trials == 0
    assert work_left.steps[2].members == 2
    assert work_left.steps[-1].row_share < 1


def test_a_first_fold_is_not_given_up() -> None:
    (planned,) = plan(1.0, 1, [remaining("ebm", 50.0, must=1)])
    assert planned.folds == 1


def test_two_processes_have_twice_the_time() -> None:
    works = [remaining("ebm", 3.0), remaining("neural", 3.0)]
    one, two = plan(100.0, 1, works), plan(200.0, 1, works)
    assert plan(100.0, 2, works) == two
    assert sum(each.seconds for each in one) < sum(each.seconds for each in two)


def test_a_smaller_sample_lies_within_a_larger_one_and_keeps_the_rate() -> None:
    target = (np.arange(4000) % 10 == 0).astype(np.int64)
    large, small = sample(target, 0.25, 3), sample(target, 1 / 16, 3)
    assert set(small) < set(large)
    assert target[large].mean() == pytest.approx(0.1)
    assert len(sample(target, 1.0, 3)) == 4000


def test_cuts_are_told_in_sentences() -> None:
    full = Effort(5, 20)
    told = time_cuts.of_folds(
        {"boosting": [full, Effort(2, 0)], "tree": [Effort(2, 0, 0.5)] * 2},
        ["boosting", "tree", "ebm"],
        3,
        full,
    )
    assert told == [
        "gradient boosting: measured on 2 of 3 folds",
        "gradient boosting: no search of settings in 1 of 3 folds",
        "gradient boosting: 2 members instead of 5 in 1 of 3 folds",
        "decision tree: measured on 2 of 3 folds",
        "explainable boosting machine: no fold ended in time, so it was not measured",
    ]
    assert time_cuts.of_files({"neural": None, "boosting": full}, full) == [
        "neural network: no file was written, the time was up"
    ]
