"""One training run on a lender's table: compare on folds, fit on all rows, write what serves.

A run writes everything it knows into its folder, and goes on from its finished folds when it was
cut off. Nothing is pickled.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from scoring.training import artifact_files, comparison, credit_card, exports
from scoring.training.cross_validation import (
    Checkpoints,
    OutOfFold,
    budget_for,
    check,
    cross_validate,
    make_splits,
)
from scoring.training.estimators import NAMES, makers
from scoring.training.evaluate_credit import BUDGET_S, estimator_names, summary
from scoring.training.refused_rows import with_refused
from scoring.training.table_profile import Fault, TableProfile, profile_text
from scoring.training.table_reading import TableError, read_text
from scoring.training.tables import CreditRows, rows_of
from scoring.training.woe_scorecard import WoeScorecard

logger = logging.getLogger(__name__)
LICENCE = "the lender's own table"
__all__ = ["TableError", "TrainingChoice", "train_credit"]


@dataclass(frozen=True)
class TrainingChoice:
    """What a person chose for a table.

    ``columns_as`` maps a column to a characteristic of the application form. Where it is given, no
    other column is learned from, because an application could not fill it in. With
    ``reject_inference`` rows without an outcome count as refused applicants and are learned from
    with an inferred outcome; they are never measured on.
    """

    target: str
    positive: str | None = None
    drop: Sequence[str] = ()
    protected: Sequence[str] = ()
    group: str | None = None
    folds: int = 5
    repeats: int = 1
    seed: int = 0
    budget_s: float = BUDGET_S
    estimators: Sequence[str] = NAMES
    columns_as: Mapping[str, str] = field(default_factory=dict)
    reject_inference: bool = False


def train_credit(
    path: Path,
    choice: TrainingChoice,
    out: Path,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> dict[str, Any]:
    """Compare the chosen estimators, fit them on all rows, and write files, card and manifest.

    ``progress`` is told the step, how many are done and of how many. Returns the comparison.
    Raises TableError for a table, or a choice, that cannot be used.
    """
    progress("reading", 0, 1)
    table = read_text(path)
    rows = rows_of(
        table,
        target=choice.target,
        positive=choice.positive,
        left_out=[*choice.drop, *choice.protected],
        group=choice.group,
        only=list(choice.columns_as) or None,
        keep_rejected=choice.reject_inference,
    )
    _check(rows, choice)
    out.mkdir(parents=True, exist_ok=True)
    profile = profile_text(table, choice.target, choice.positive)
    artifact_files.write_json(out / "table_profile.json", profile.as_dict())
    compared = _compare(path, rows, choice, out, profile=profile, progress=progress)
    compared["parity"] = _fit_and_write(path, rows, choice, out, progress)
    artifact_files.write_json(out / "comparison.json", compared)
    card = credit_card.text(path.name, compared, profile, asdict(choice), out)
    (out / "card.md").write_text(card, encoding="utf-8")
    progress("done", 1, 1)
    return compared


def _check(rows: CreditRows, choice: TrainingChoice) -> None:
    check(rows, choice.folds, choice.repeats)
    unknown = sorted(set(choice.estimators) - set(NAMES))
    if unknown or not choice.estimators:
        raise TableError(f"choose estimators among {', '.join(NAMES)}; not {', '.join(unknown)}")
    if choice.reject_inference:
        _check_refused(rows)
    if len(set(choice.columns_as.values())) < len(choice.columns_as):
        raise TableError("two columns stand for the same characteristic of the form")


def _check_refused(rows: CreditRows) -> None:
    if rows.rejected is None or rows.rejected.empty:
        raise TableError("reject inference needs refused rows: rows whose target is empty")
    if len(rows.classes) > 2 or rows.groups is not None:
        raise TableError("reject inference needs a target of two classes and no groups")


def _compare(
    path: Path,
    rows: CreditRows,
    choice: TrainingChoice,
    out: Path,
    *,
    profile: TableProfile,
    progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    splits = make_splits(rows, choice.folds, choice.repeats, choice.seed)
    budget = budget_for(len(rows.target), choice.folds * choice.repeats, choice.budget_s)
    results = cross_validate(
        rows,
        splits,
        estimator_names(rows, choice.estimators),
        seed=choice.seed,
        budget=budget,
        checkpoints=_checkpoints(path, choice, out),
        progress=progress,
    )
    faults: Sequence[Fault] = profile.faults
    compared = summary(
        rows,
        results,
        seed=choice.seed,
        budget=budget,
        faults=faults,
        columns_as=choice.columns_as,
    )
    return _with_approvals(compared, rows, results, choice)


def _with_approvals(
    compared: dict[str, Any],
    rows: CreditRows,
    results: Mapping[str, OutOfFold],
    choice: TrainingChoice,
) -> dict[str, Any]:
    """Add the default rate among the approved at each approval rate, for the page to choose."""
    if len(rows.classes) != 2:
        return compared
    risks = {name: result.probabilities for name, result in results.items()}
    if (table := comparison.points_table(rows, choice.columns_as)) is not None:
        risks["points_table"] = table
    for name, risk in risks.items():
        compared[name]["bad_rate_by_approval"] = comparison.by_approval(rows.target, risk[:, 1])
    return compared


def _checkpoints(path: Path, choice: TrainingChoice, out: Path) -> Checkpoints:
    """Return the finished folds of this very run; those of another table or choice are removed."""
    folder = out / "folds"
    folder.mkdir(parents=True, exist_ok=True)
    told = {key: value for key, value in asdict(choice).items() if key != "budget_s"}
    content = json.dumps(
        {"table": hashlib.sha256(path.read_bytes()).hexdigest(), "choice": told}, sort_keys=True
    )
    mark = folder / "run.json"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != content:
        for file in folder.glob("*.npz"):
            file.unlink()
        mark.write_text(content, encoding="utf-8")
    return Checkpoints(folder)


def _fit_and_write(
    path: Path,
    rows: CreditRows,
    choice: TrainingChoice,
    out: Path,
    progress: Callable[[str, int, int], None],
) -> dict[str, float]:
    """Fit on all rows what can serve; return each file's difference from the fitted estimator."""
    if len(rows.classes) > 2:
        # Pages and policies decide between two classes; more are compared, not served.
        return {}
    served = [name for name in exports.FILES if name in choice.estimators]
    origin = exports.Origin(path.name, len(rows.target), LICENCE, choice.columns_as)
    effort = budget_for(len(rows.target), 1, choice.budget_s).effort(0.0, 1)
    make = makers(choice.seed, dict.fromkeys(served, effort))
    if choice.columns_as:
        make["scorecard"] = lambda: WoeScorecard(missing_earns=False)
    differences = {}
    features, target = rows.features, rows.target
    if rows.rejected is not None:
        features, target = with_refused(features, target, rows.rejected, seed=choice.seed)
    for number, name in enumerate(served):
        progress(f"fit {name}", number, len(served))
        logger.info("fitting %s on all rows", name)
        estimator = make[name]().fit(features, target, rows.groups)
        differences[name] = exports.write(name, estimator, rows, origin, out)
        artifact_files.register(
            out,
            name=name,
            version="1",
            role="champion" if name == "scorecard" else "challenger",
            file=exports.FILES[name],
            licence=LICENCE,
            trained_on=[path.name],
            card="card.md",
            commercial=True,
        )
    return {name: float(np.round(each, 8)) for name, each in differences.items()}
