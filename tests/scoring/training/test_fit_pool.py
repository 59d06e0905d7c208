"""Processes that fit: the same figures from one and from two, and none that outlives its asker."""

import os
import time
from pathlib import Path

import pytest

pytest.importorskip("optbinning", reason="needs the training requirements")

from scoring.training import evaluate_credit
from scoring.training.effort import Effort
from scoring.training.evaluate_credit import evaluate
from scoring.training.fit_pool import Workers
from scoring.training.table_reading import TableError

pytestmark = pytest.mark.training
LONG_S = 600.0


def plus(rows: int, *, more: int) -> int:
    return rows + more


def sleep(rows: int, *, seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def refuse(rows: int) -> None:
    raise TableError("too odd")


def die(rows: int) -> None:
    os._exit(9)


def waited(pool: Workers) -> list[tuple[object, object]]:
    found: list[tuple[object, object]] = []
    end_s = time.monotonic() + LONG_S
    while not found and time.monotonic() < end_s:
        found = pool.wait(1.0)
    return found


def test_a_fit_is_stopped_and_its_place_taken() -> None:
    with Workers(40, 1) as pool:
        pool.start("long", sleep, seconds=LONG_S)
        assert not pool.has_room
        assert pool.wait(0.01) == []
        pool.stop("long")
        pool.start("short", plus, more=2)
        assert waited(pool) == [("short", 42)]
        pool.start("again", plus, more=3)
        assert waited(pool) == [("again", 43)]
        pool.start("refused", refuse)
        with pytest.raises(TableError, match="too odd"):
            waited(pool)
        pool.start("dies", die)
        with pytest.raises(MemoryError):
            waited(pool)


def test_no_process_outlives_the_pool() -> None:
    with pytest.raises(KeyboardInterrupt), Workers(40, 1) as pool:
        pool.start("pid", sleep, seconds=0.0)
        ((_, pid),) = waited(pool)
        pool.start("long", sleep, seconds=LONG_S)
        raise KeyboardInterrupt
    with pytest.raises(ProcessLookupError):
        os.kill(int(str(pid)), 0)


def test_one_process_and_two_give_the_same_figures(
    credit_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["boosting", "logistic", "tree", "boosting_untuned"]
    monkeypatch.setattr(evaluate_credit, "estimator_names", lambda rows: names)
    monkeypatch.setattr(evaluate_credit, "full_effort", lambda rows: Effort(2, 2))
    one, two = (
        evaluate(credit_csv, target="outcome", positive="bad", folds=2, processes=processes)
        for processes in (1, 2)
    )
    for figures in (one, two):
        for name in names:
            figures[name].pop("fit_s")
    assert one == two
    assert one["cut"] == []
