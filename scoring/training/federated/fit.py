"""The server's side: scorecard and network from sums, whoever adds them up.

``ask`` gives the sum over branches; the server sees nothing else. With one branch that holds all
rows the same code is training in one place, which is what federated figures are held against.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import lsq_linear

from scoring.engine.woe import information_value
from scoring.training.federated import binning, budget, network
from scoring.training.federated.agreement import Agreement, AgreementError
from scoring.training.federated.encoding import Steps

FloatArray = npt.NDArray[np.float64]
Ask = Callable[..., FloatArray]
MIN_INFORMATION_VALUE = 0.02
RIDGE = 1.0
CLOSE_ENOUGH = 1e-6
# How a budget is shared out between counts, scorecard and network.
SHARES = {"counts": 0.3, "newton": 0.3, "weights": 0.4}


@dataclass(frozen=True)
class Settings:
    """How much is asked for. Under a budget the network takes ``noisy_steps`` steps a round.

    ``network_ridge`` / 2 · |weights|² is added to the loss over all rows of all branches, so that
    branches and one place look for the same network.
    """

    seed: int = 0
    newton_rounds: int = 8
    newton_rounds_noisy: int = 3
    network_rounds: int = 12
    epochs: int = 3
    batch: int = 128
    rate: float = 0.004
    network_ridge: float = 8.0
    network_rounds_noisy: int = 6
    noisy_steps: int = 15
    noisy_rate: float = 0.02


@dataclass(frozen=True)
class Counted:
    """A column as the sums describe it: counts (cells, 2), and its bins."""

    place: int
    counts: FloatArray
    cuts: tuple[int, ...]

    @property
    def bins(self) -> FloatArray:
        """Counts (bins, 2); the last bin is for missing."""
        return binning.binned(self.counts, self.cuts)

    @property
    def steps(self) -> Steps:
        return Steps(self.place, self.cuts, tuple(binning.smoothed_woe(self.bins)))


def fit(ask: Ask, agreement: Agreement, settings: Settings) -> dict[str, Any]:
    """Train both estimators and measure them on the branches' test rows; return what was found.

    Raises AgreementError where the branches hold only good or only bad rows.
    """
    rho = None if agreement.epsilon is None else budget.rho_of(agreement.epsilon, agreement.delta)
    noise = _noise(rho, settings)
    counted = _counted(ask("counts", {}, noise["counts"]), agreement)
    scorecard = fit_scorecard(ask, counted, settings, noise["newton"])
    neural = fit_network(ask, counted, settings, noise["weights"])
    estimators = {"scorecard": scorecard, "neural": neural}
    told = {"estimators": [_told(each) for each in estimators.values()]}
    histogram = ask("scores", told, noise["scores"])
    aucs = histogram_aucs(histogram, len(estimators))
    return {
        "columns": [each.name for each in agreement.columns],
        "rows": float(counted[0].counts.sum()),
        "bad": float(counted[0].counts[:, 1].sum()),
        "estimators": estimators,
        "auc": dict(zip(estimators, aucs, strict=True)),
    }


def _noise(rho: float | None, settings: Settings) -> dict[str, float]:
    if rho is None:
        return dict.fromkeys(("counts", "newton", "weights", "scores"), 0.0)
    answers = {
        "counts": 1,
        "newton": settings.newton_rounds_noisy,
        "weights": settings.network_rounds_noisy * settings.noisy_steps,
    }
    noise = {name: budget.multiplier(SHARES[name] * rho / count) for name, count in answers.items()}
    return {**noise, "scores": budget.multiplier(rho)}


def _counted(flat: FloatArray, agreement: Agreement) -> list[Counted]:
    counts = np.maximum(flat.reshape(-1, 2), 0.0)
    parts = np.split(counts, np.cumsum(agreement.sizes)[:-1])
    if any(not part.sum(axis=0).all() for part in parts):
        raise AgreementError("the branches together need good and bad rows")
    found = []
    for place, (column, part) in enumerate(zip(agreement.columns, parts, strict=True)):
        missing = len(part) - 1
        if column.levels:
            cuts = tuple(range(1, len(part)))
        else:
            cuts = (*(each for each in binning.cuts(part[:missing])), missing)
        found.append(Counted(place, part, cuts))
    return found


def fit_scorecard(
    ask: Ask, counted: list[Counted], settings: Settings, noise: float
) -> dict[str, Any]:
    """Fit coefficients ≥ 0 of WOE by Newton's method, each step from one sum.

    A coefficient that would turn its characteristic around is 0 instead, and the characteristic
    leaves (Siddiqi 2006, chapter 6).
    """
    told = [each for each in counted if information_value(*each.bins.T) >= MIN_INFORMATION_VALUE]
    inputs = [each.steps.as_dict() for each in told]
    good, bad = counted[0].counts.sum(axis=0)
    found = np.append(np.log(good / bad), np.ones(len(told)) * bool(noise))
    for _ in range(settings.newton_rounds_noisy if noise else settings.newton_rounds):
        answer = ask("newton", {"inputs": inputs, "coefficients": found.tolist()}, noise)
        step = newton_step(found, answer)
        moved, found = np.abs(step - found).max(), step
        if moved < CLOSE_ENOUGH:
            break
    kept = [place for place, value in enumerate(found[1:]) if value > 0]
    return {
        "inputs": [inputs[place] for place in kept],
        "bins": [told[place].bins.tolist() for place in kept],
        "coefficients": [float(found[0]), *(float(found[1 + place]) for place in kept)],
    }


def newton_step(found: FloatArray, answer: FloatArray) -> FloatArray:
    """Return the best coefficients (k,) of the quadratic model at ``found``, all but the first ≥ 0.

    ``answer`` holds gradient and upper Hessian as :func:`sums.newton` gives them.
    """
    size = len(found)
    ridge = np.diag([0.0, *[RIDGE] * (size - 1)])
    curve = np.zeros((size, size))
    curve[np.triu_indices(size)] = answer[size:]
    curve = curve + np.triu(curve, 1).T + ridge
    slope = answer[:size] - ridge @ found
    values, vectors = np.linalg.eigh(curve)
    # Noise can bend the curve the wrong way; there the ridge alone holds.
    root = np.sqrt(np.maximum(values, RIDGE))
    target = root * (vectors.T @ found) + (vectors.T @ slope) / root
    lowest = np.array([-np.inf, *[0.0] * (size - 1)])
    return np.asarray(lsq_linear(root[:, None] * vectors.T, target, (lowest, np.inf)).x)


def fit_network(
    ask: Ask, counted: list[Counted], settings: Settings, noise: float
) -> dict[str, Any]:
    """Average networks that the branches trained on their own rows, weighted by rows (FedAvg)."""
    inputs = [each.as_dict() for each in network_inputs(counted)]
    found = network.initial(len(inputs), settings.seed)
    rounds = settings.network_rounds_noisy if noise else settings.network_rounds
    for number in range(rounds):
        cooled = 1 - 0.9 * number / rounds
        how = {
            "epochs": settings.epochs,
            "batch": settings.batch,
            "rate": settings.rate * cooled,
            "decay": settings.network_ridge / counted[0].counts.sum(),
        }
        if noise:
            how = {"steps": settings.noisy_steps, "rate": settings.noisy_rate * cooled}
        seed = settings.seed + number
        told = {"inputs": inputs, "weights": found.tolist(), "seed": seed, **how}
        answer = ask("weights", told, noise)
        found = answer[:-1] / max(answer[-1], 1.0)
    return {"inputs": inputs, "weights": found.tolist()}


def network_inputs(counted: list[Counted]) -> list[Steps]:
    """Return, for each column, its WOE and the rank of its value; both with a spread of about 1."""
    found = []
    for each in counted:
        shares = each.bins.sum(axis=1) / each.bins.sum()
        values = binning.smoothed_woe(each.bins)
        spread = float(np.sqrt(shares @ (values - shares @ values) ** 2))
        if spread > 0:
            found.append(Steps(each.place, each.cuts, tuple(values / spread)))
        if len(each.cuts) < len(each.counts) - 1:
            found.append(_ranks(each))
    return found


def _ranks(each: Counted) -> Steps:
    missing = len(each.counts) - 1
    cuts = (*binning.rank_cuts(each.counts[:missing]), missing)
    rows = binning.binned(each.counts, cuts).sum(axis=1)[:-1]
    middle = (np.cumsum(rows) - rows / 2) / max(rows.sum(), 1e-9)
    # Evenly spread over 0…1 the deviation is 1 / √12.
    return Steps(each.place, cuts, (*((middle - 0.5) * 12**0.5), 0.0))


def _told(estimator: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in estimator.items() if key != "bins"}


def histogram_aucs(flat: FloatArray, estimators: int) -> list[float]:
    """Return the AUC of each estimator from counts (estimators, bins, 2); ties count half."""
    found = []
    for counts in np.maximum(flat.reshape(estimators, -1, 2), 0.0):
        good, bad = counts.T
        below = np.cumsum(good) - good / 2
        found.append(float((bad @ below) / max(bad.sum() * good.sum(), 1e-9)))
    return found
