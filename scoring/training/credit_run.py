"""One training run on a lender's table: compare on folds, fit on all rows, write what serves.

A run writes everything it knows into its folder, and goes on from its finished folds when it was
cut off. Nothing is pickled.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scoring.training import artifact_files, comparison, credit_card, exports, time_cuts
from scoring.training.cross_validation import (
    OutOfFold,
    Progress,
    check,
    cross_validate,
    make_splits,
    pace_of,
)
from scoring.training.effort import full_effort
from scoring.training.estimators import NAMES
from scoring.training.evaluate_credit import BUDGET_S, cuts, estimator_names, summary
from scoring.training.fit_pool import Pool, Workers, default_processes
from scoring.training.fold_fits import Checkpoints
from scoring.training.method import CLASS_WEIGHTS, TRENDS, Method
from scoring.training.serving_fits import write_all
from scoring.training.table_profile import TableProfile, profile_text
from scoring.training.table_reading import TableError, read_text, refuse_synthetic
from scoring.training.tables import CreditRows, rows_of
from scoring.training.time_plan import Budget, Pace

__all__ = ["TableError", "TrainingChoice", "train_credit"]


@dataclass(frozen=True)
class TrainingChoice:
    """What a person chose for a table.

    ``columns_as`` maps a column to a characteristic of the application form. Where it is given, no
    other column is learned from, because an application could not fill it in. With
    ``reject_inference`` rows without an outcome count as refused applicants and are learned from
    with an inferred outcome; they are never measured on. Rows that are marked as synthetic are
    refused unless ``allow_synthetic``. ``class_weight`` is one of :data:`CLASS_WEIGHTS`, ``trend``
    one of :data:`TRENDS` (:class:`Method`).
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
    allow_synthetic: bool = False
    class_weight: str = "none"
    trend: str = "one_turn"

    @property
    def method(self) -> Method:
        return Method(self.class_weight == "balanced", self.trend == "monotone")


def train_credit(
    path: Path,
    choice: TrainingChoice,
    out: Path,
    progress: Progress = lambda step, done, total: None,
    processes: int | None = None,
) -> dict[str, Any]:
    """Compare the chosen estimators, fit them on all rows, and write files, card and manifest.

    ``progress`` is told the step, how many are done and of how many, at least every second while
    something is fitted; what it raises ends the run and its ``processes`` at once. Returns the
    comparison. Raises TableError for a table, or a choice, that cannot be used.
    """
    budget = Budget(choice.budget_s)
    progress("reading", 0, 1)
    table = read_text(path)
    refuse_synthetic(table.synthetic_rows, len(table.cells), allow=choice.allow_synthetic)
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
    budget.full = full_effort(len(rows.target))
    out.mkdir(parents=True, exist_ok=True)
    profile = profile_text(table, choice.target, choice.positive)
    artifact_files.write_json(out / "table_profile.json", profile.as_dict())
    with Workers(rows, processes or default_processes()) as pool:
        run = _Run(path, rows, choice, out, profile, budget, pool, progress)
        compared = run.compare()
        compared["synthetic_rows"] = table.synthetic_rows
        run.write(compared)
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
    if choice.class_weight not in CLASS_WEIGHTS or choice.trend not in TRENDS:
        weights, trends = ", ".join(CLASS_WEIGHTS), ", ".join(TRENDS)
        raise TableError(f"a class weight is one of {weights}, a trend one of {trends}")
    if choice.reject_inference:
        _check_refused(rows)
    if len(set(choice.columns_as.values())) < len(choice.columns_as):
        raise TableError("two columns stand for the same characteristic of the form")


def _check_refused(rows: CreditRows) -> None:
    if rows.rejected is None or rows.rejected.empty:
        raise TableError("reject inference needs refused rows: rows whose target is empty")
    if len(rows.classes) > 2 or rows.groups is not None:
        raise TableError("reject inference needs a target of two classes and no groups")


@dataclass
class _Run:
    """What the two parts of a run share: the comparison, and the fits that serve."""

    path: Path
    rows: CreditRows
    choice: TrainingChoice
    out: Path
    profile: TableProfile
    budget: Budget
    pool: Pool
    progress: Progress

    def __post_init__(self) -> None:
        self.names = estimator_names(self.rows, self.choice.estimators)
        self.pace: Pace = pace_of(self.rows, self.names, self.budget)
        self.served = [name for name in exports.FILES if name in self.choice.estimators]
        self.origin = exports.Origin(
            self.path.name,
            len(self.rows.target),
            artifact_files.OWN_TABLE,
            self.choice.columns_as,
            classes=self.rows.classes,
        )

    def compare(self) -> dict[str, Any]:
        """Return the figures of every estimator out of fold, and what was cut."""
        choice = self.choice
        results = cross_validate(
            self.rows,
            make_splits(self.rows, choice.folds, choice.repeats, choice.seed),
            self.names,
            seed=choice.seed,
            budget=self.budget,
            checkpoints=_checkpoints(self.path, choice, self.out),
            progress=self.progress,
            pool=self.pool,
            pace=self.pace,
            served=self.served,
            method=choice.method,
        )
        compared = summary(
            self.rows,
            results,
            seed=choice.seed,
            faults=self.profile.faults,
            names=self.names,
            cut=cuts(results, self.names, choice.folds * choice.repeats, self.budget),
            columns_as=choice.columns_as,
        )
        return _with_approvals(compared, self.rows, results, choice)

    def write(self, compared: dict[str, Any]) -> None:
        """Fit on all rows what can serve; add each file with its difference, and what was cut."""
        compared["parity"], compared["files"] = {}, {}
        if not self.served:
            return
        written = write_all(
            self.served,
            self.origin,
            self.out,
            rows=len(self.rows.target),
            seed=self.choice.seed,
            budget=self.budget,
            pace=self.pace,
            pool=self.pool,
            progress=self.progress,
            method=self.choice.method,
        )
        for name in self.served:
            if name in written.parity:
                compared["files"][name] = self.origin.file_of(name)
                self._register(name)
        compared["parity"] = written.parity
        compared["cut"] += time_cuts.of_files(written.efforts, self.budget.full)

    def _register(self, name: str) -> None:
        decides = name == "scorecard" and not self.origin.has_many_classes
        artifact_files.register(
            self.out,
            name=name,
            version="1",
            role="champion" if decides else "challenger",
            file=self.origin.file_of(name),
            licence=artifact_files.OWN_TABLE,
            trained_on=[self.path.name],
            card="card.md",
            commercial=True,
        )


def _with_approvals(
    compared: dict[str, Any],
    rows: CreditRows,
    results: Mapping[str, OutOfFold],
    choice: TrainingChoice,
) -> dict[str, Any]:
    """Add the default rate among the approved at each approval rate, for the page to choose."""
    if len(rows.classes) != 2:
        return compared
    for name, result in results.items():
        known = result.measured
        risk = result.probabilities[known, 1]
        compared[name]["bad_rate_by_approval"] = comparison.by_approval(rows.target[known], risk)
    if (table := comparison.points_table(rows, choice.columns_as)) is not None:
        by_rate = comparison.by_approval(rows.target, table[:, 1])
        compared["points_table"]["bad_rate_by_approval"] = by_rate
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
