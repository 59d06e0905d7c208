"""Stand-ins for the training engine, for what only its callers do."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from applicants.models import Officer
from scoring.models import CreditTable, ModelVersion, TrainingRun
from scoring.services import model_versions
from tests.scoring.own_estimators import write_own_scorecard

COLUMNS = ("overdue_payments", "open_accounts", "age", "default")


class StandInError(ValueError):
    """What the engine raises for a table that cannot be used."""


@dataclass(frozen=True)
class Choice:
    target: str
    positive: str | None = None
    drop: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    group: str | None = None
    folds: int = 5
    repeats: int = 1
    seed: int = 0
    budget_s: float = 900
    estimators: tuple[str, ...] = ()
    columns_as: dict[str, str] = field(default_factory=dict)
    reject_inference: bool = False
    allow_synthetic: bool = False
    class_weight: str = "none"
    trend: str = "one_turn"


def profile(**changes: Any) -> dict[str, Any]:
    columns = [
        {"name": name, "kind": "numeric", "missing_share": 0.0, "distinct": 2, "minimum": 0.0,
         "maximum": 1.0, "levels": [{"value": "0", "share": 0.9}, {"value": "1", "share": 0.1}],
         "special_codes": []}
        for name in COLUMNS
    ]  # fmt: skip
    made = {
        "rows": 40, "duplicates": 1, "columns": columns, "target_candidates": ["default"],
        "faults": [{"code": "duplicates", "severity": "warning", "column": None,
                    "text": "1 row stands in the table more than once."}],
    }  # fmt: skip
    return made | changes


def figures() -> dict[str, Any]:
    measured = {
        "auc": 0.8, "auc_ci": [0.78, 0.82], "ks": 0.4, "gini": 0.6, "brier": 0.1, "cost": 0.5,
        "bad_rate_at_70": 0.03, "confusion": [[30, 2], [4, 4]],
        "calibration": [{"predicted": 0.1, "observed": 0.2, "rows": 40}],
    }  # fmt: skip
    return {
        "rows": 40, "classes": ["0", "1"], "features": list(COLUMNS[:2]), "best": "scorecard",
        "cut": [], "scorecard": measured, "tree": {**measured, "auc": 0.7},
    }  # fmt: skip


def finished(path: Path, choice: Choice, out: Path, progress: Callable[..., None]) -> Any:
    """Do what a training does, at once: tell two steps and write a scorecard with its card."""
    assert path.read_bytes()
    progress("scorecard", 0, 2)
    write_own_scorecard(out)
    progress("done", 2, 2)
    return figures()


def install(monkeypatch: pytest.MonkeyPatch, train: Any = finished, read: Any = profile) -> None:
    """Put stand-ins in the place of the engine's modules."""
    modules = {
        "table_reading": {"TableError": StandInError},
        "table_profile": {"profile_table": lambda path: SimpleNamespace(as_dict=read)},
        "credit_run": {"TrainingChoice": Choice, "train_credit": train},
    }
    for name, content in modules.items():
        module = ModuleType(f"scoring.training.{name}")
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(f"scoring.training.{name}", module, raising=False)


def addresses(officer: Officer) -> list[str]:
    """Return the pages of tables, trainings and estimators, with something on each."""
    table = CreditTable.objects.create(
        name="loans.csv", licence="Own loans", sha256="2" * 64, size_bytes=2_000_000, rows=40,
        uploaded_by=officer, state="done", profile=profile(),
    )  # fmt: skip
    choice = {"target": "default", "protected": ["age"], "columns_as": {}, "folds": 5}
    run = TrainingRun.objects.create(
        table=table, created_by=officer, state="done", choice=choice, figures=figures()
    )
    model_versions.sync_from_manifest()
    version = ModelVersion.objects.get(name="scorecard")
    return [
        reverse("scoring:credit_tables"),
        reverse("scoring:credit_table", args=[table.pk]),
        reverse("scoring:training_run", args=[run.pk]),
        reverse("scoring:estimators"),
        reverse("scoring:estimator_version", args=[version.pk]),
    ]
