"""A branch answers by its own copy of the agreement only, and keeps its own budget."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoring.training.federated import budget, sums
from scoring.training.federated import network as net
from scoring.training.federated.agreement import Agreement, AgreementError, parse, read
from scoring.training.federated.branch import Branch, open_branch
from scoring.training.federated.rows import Rows
from scoring.training.federated.secure import new_key
from tests.scoring.training.federated.conftest import COLUMNS, make_rows

Make = Callable[..., list[Branch]]
INPUTS = [
    {"column": 0, "cuts": [760, 780], "values": [3.0, 0.5, -4.0]},
    {"column": 2, "cuts": [1, 2], "values": [1.5, -2.0, 0.3]},
]


def _request(branch: Branch, **changes: Any) -> dict[str, Any]:
    told = {"agreement": branch.agreement.digest, "sum": "counts", "parameters": {}, "number": 1}
    return told | changes


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"agreement": "another"}, "another agreement"),
        ({"sum": "rows"}, "no sum 'rows'"),
    ],
)
def test_what_was_not_agreed_is_refused(
    make_branches: Make, changes: dict[str, Any], told: str
) -> None:
    branch = make_branches()[0]
    with pytest.raises(AgreementError, match=told):
        branch.answer(_request(branch, **changes))


@pytest.mark.parametrize("value", [1e999, float("nan"), 2000.0])
def test_a_parameter_that_could_overflow_is_refused(make_branches: Make, value: float) -> None:
    branch = make_branches()[0]
    inputs = [{"column": 0, "cuts": [700], "values": [value, 0.0]}]
    told = {"inputs": inputs, "coefficients": [0.0, 1.0]}
    with pytest.raises(AgreementError, match="too large"):
        branch.answer(_request(branch, sum="newton", parameters=told))


def test_a_branch_under_a_budget_must_be_asked_for_counts_first(make_branches: Make) -> None:
    branch = make_branches(epsilon=1.0)[0]
    with pytest.raises(AgreementError, match="counts first"):
        branch.answer(_request(branch, sum="weights", noise=900.0, parameters={"steps": 1}))
    assert branch.ledger.spent["train"] == 0


@pytest.mark.parametrize("noise", [0.0, -1.0, float("nan")])
def test_under_a_budget_no_sum_goes_out_without_noise(make_branches: Make, noise: float) -> None:
    branch = make_branches(epsilon=1.0)[0]
    with pytest.raises(AgreementError, match="noise in every sum"):
        branch.answer(_request(branch, noise=noise))


def test_a_budget_can_be_spent_once_and_a_restart_gives_nothing_back(
    make_branches: Make, tmp_path: Path
) -> None:
    branch = make_branches(epsilon=1.0)[0]
    path = tmp_path / "ledger.json"
    enough = budget.multiplier(budget.rho_of(1.0, 1e-5))
    branch.ledger = budget.Ledger(path, 1.0, 1e-5)
    branch.answer(_request(branch, noise=enough))
    branch.ledger = budget.Ledger(path, 1.0, 1e-5)
    with pytest.raises(AgreementError, match="budget is spent"):
        branch.answer(_request(branch, noise=enough, number=2))


def test_the_same_request_is_answered_once(make_branches: Make) -> None:
    branch = make_branches(secure=True)[0]
    branch.answer(_request(branch))
    with pytest.raises(AgreementError, match="answered before"):
        branch.answer(_request(branch))


def test_rho_and_epsilon_are_the_same_budget() -> None:
    for epsilon in (0.1, 1.0, 8.0):
        assert budget.epsilon_of(budget.rho_of(epsilon, 1e-5), 1e-5) == pytest.approx(epsilon)


class _OneStep:
    """Draws nothing but keeps the scale that was asked for."""

    source = "nothing, for a test"

    def __init__(self) -> None:
        self.scales: list[float] = []

    def gaussian(self, scale: float, shape: tuple[int, ...]) -> np.ndarray:
        self.scales.append(scale)
        return np.zeros(shape)


@pytest.mark.parametrize("name", ["counts", "newton", "scores"])
def test_one_row_moves_a_sum_by_no_more_than_the_noise_is_made_for(name: str) -> None:
    agreement = Agreement("test", "bad", "1", COLUMNS, epsilon=1.0)
    rows = make_rows(1, rows=60, coarse=True)
    estimator = {"inputs": INPUTS, "coefficients": [0.1, 2.0, 1.0]}
    told = {"inputs": INPUTS, "coefficients": [0.3, 1.0, -2.0], "estimators": [estimator] * 2}
    draw = _OneStep()

    def answer(given: Rows) -> np.ndarray:
        return sums.SUMS[name](sums.Question(agreement, given, told, 1.0, draw, 60.0))

    whole = answer(rows)
    moved = [
        np.linalg.norm(whole - answer(Rows(np.delete(rows.cells, at, 0), np.delete(rows.bad, at))))
        for at in range(60)
    ]
    assert 0 < max(moved) <= draw.scales[0] + 1e-9


def test_one_row_moves_a_noisy_training_step_by_no_more_than_the_clip() -> None:
    rows, weights = make_rows(1, rows=40, coarse=True), 3 * net.initial(2, seed=1)
    agreement = Agreement("test", "bad", "1", COLUMNS, epsilon=1.0)
    slopes: list[np.ndarray] = []

    class Seen(net.Adam):
        def step(self, weights: np.ndarray, slope: np.ndarray) -> np.ndarray:
            slopes.append(slope)
            return super().step(weights, slope)

    told = {"inputs": INPUTS, "weights": weights.tolist(), "steps": 1, "rate": 0.1}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums.network, "Adam", Seen)
        for at in (None, *range(40)):
            given = (
                rows if at is None else Rows(np.delete(rows.cells, at, 0), np.delete(rows.bad, at))
            )
            sums.weights(sums.Question(agreement, given, told, 1.0, _OneStep(), 1.0))
    moved = [np.linalg.norm(slopes[0] - each) for each in slopes[1:]]
    assert 0 < max(moved) <= sums.LARGEST_GRADIENT + 1e-9


def test_an_agreement_survives_its_file_and_a_changed_one_has_another_digest(
    tmp_path: Path, make_branches: Make
) -> None:
    agreement = make_branches(secure=True)[0].agreement
    agreement.write(tmp_path / "agreement.json")
    assert read(tmp_path / "agreement.json").digest == agreement.digest
    assert make_branches()[0].agreement.digest != agreement.digest


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({}, "incomplete"),
        ({"columns": [], "name": "x", "target": "y", "positive": "1"}, "different names"),
        (
            {
                "columns": [{"name": "y", "unit": 1, "levels": []}],
                "name": "x",
                "target": "y",
                "positive": "1",
            },
            "different names",
        ),
    ],
)
def test_an_agreement_with_gaps_is_refused(content: dict[str, Any], told: str) -> None:
    with pytest.raises(AgreementError, match=told):
        parse(content)


def _folder(path: Path, **terms: Any) -> Path:
    Agreement("test", "bad", "1", COLUMNS, **terms).write(path / "agreement.json")
    for part in ("train", "test"):
        (path / f"{part}.csv").write_text("bad,debt,income,home\n1,12,,own\n0,x,3e3,sea\n")
    return path


def test_a_branch_reads_its_folder_and_takes_what_it_does_not_know_as_missing(
    tmp_path: Path,
) -> None:
    rows = open_branch(_folder(tmp_path)).parts["train"]
    missing = [size - 1 for size in Agreement("test", "bad", "1", COLUMNS).sizes]
    assert list(rows.bad) == [1, 0]
    assert rows.cells[0, 1] == missing[1]
    assert rows.cells[1, 0] == missing[0]
    assert rows.cells[1, 2] == missing[2]


def test_a_branch_without_an_agreed_column_or_key_does_not_open(tmp_path: Path) -> None:
    keys = {"a": "00" * 32, "b": "11" * 32}
    folder = _folder(tmp_path, branches=keys, secure=True)
    (folder / "branch.key").write_text(new_key().hex())
    with pytest.raises(AgreementError, match="key is not in the agreement"):
        open_branch(folder)
    _folder(tmp_path)
    (folder / "test.csv").write_text("bad,debt,home\n1,12,own\n")
    with pytest.raises(AgreementError, match="no column income"):
        open_branch(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"values": [0.5]},
        {"cuts": [200, 100], "values": [0.0, 1.0, 2.0]},
        {"column": 3},
        {"column": -1},
    ],
)
def test_an_input_without_a_value_for_every_cell_is_refused_whatever_the_rows(
    make_branches: Make, changes: dict[str, Any]
) -> None:
    """Otherwise the failure itself tells, without noise, whether a branch has such a row."""
    branch = make_branches(epsilon=1.0)[0]
    usual = {"column": 0, "cuts": [100], "values": [0.0, 1.0]}
    estimator = {"inputs": [usual | changes], "coefficients": [0.0, 1.0]}
    with_nobody = Rows(np.zeros((1, 3), dtype=np.int64), np.zeros(1, dtype=np.int64))
    for rows in (branch.parts["test"], with_nobody):
        branch.parts = {"train": rows, "test": rows}
        asked = _request(
            branch,
            sum="scores",
            noise=1e6,
            number=len(rows),
            parameters={"estimators": [estimator]},
        )
        with pytest.raises(AgreementError, match="an input"):
            branch.answer(asked)


def test_more_inputs_than_the_columns_give_are_refused(make_branches: Make) -> None:
    branch = make_branches()[0]
    inputs = [{"column": 0, "cuts": [700], "values": [1.0, 0.0]}] * 7
    told = {"inputs": inputs, "coefficients": [0.0] * 8}
    with pytest.raises(AgreementError, match="more inputs"):
        branch.answer(_request(branch, sum="newton", parameters=told))


@pytest.mark.parametrize(
    "changes", [{"rate": 1e300}, {"rate": float("nan")}, {"epochs": 10**9}, {"batch": 0}]
)
def test_a_training_that_overflows_or_never_ends_is_refused(
    make_branches: Make, changes: dict[str, Any]
) -> None:
    branch = make_branches()[0]
    told = {"inputs": INPUTS, "weights": net.initial(2, seed=1).tolist(), "seed": 1, "epochs": 1}
    told |= {"batch": 64, "rate": 0.01, "decay": 0.0}
    branch.answer(_request(branch, sum="weights", parameters=told))
    with pytest.raises(AgreementError, match=r"a training|a batch"):
        branch.answer(_request(branch, sum="weights", number=2, parameters=told | changes))


def test_noisy_training_may_take_no_large_steps(make_branches: Make) -> None:
    branch = make_branches(epsilon=1.0)[0]
    branch.told_size = 400.0
    told = {"inputs": INPUTS, "weights": net.initial(2, seed=1).tolist(), "steps": 2, "rate": 1e300}
    with pytest.raises(AgreementError, match="small steps"):
        branch.answer(_request(branch, sum="weights", noise=1e5, parameters=told))
