"""The report on a synthesiser, made part by part; a part that is finished is not made again.

``manage.py synthesis_report`` calls :func:`make`. Every part lies as JSON in ``parts``, so a
report that was cut off goes on, and another number of shadows or seeds adds to what is there.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scoring.engine import metrics
from scoring.training import artifact_files
from scoring.training.synthesiser import (
    balancing,
    bars,
    controls,
    fitting,
    measuring,
    membership,
    utility,
)
from scoring.training.synthesiser.fitting import Fitted
from scoring.training.synthesiser.measuring import DRAWN_ROWS
from scoring.training.synthesiser.source import FOLDS, Source
from scoring.training.synthesiser.utility import Aim
from scoring.training.synthesiser.wgan import Recipe

logger = logging.getLogger(__name__)
SHADOW_SHARE = 0.5
# Shadows are many: they learn in fewer and larger steps than the generator itself.
SHADOW_RECIPE = Recipe(
    steps=300, critic_steps=1, learning_rate=1e-3, generator_rows=100, average=0.99
)
# Private training takes fewer steps: each of them costs.
PRIVATE_RECIPE = Recipe(steps=500, critic_steps=1, batch_rows=64)


@dataclass(frozen=True)
class Plan:
    """What a report measures: how many seeds, shadows, and which epsilons."""

    seeds: int = FOLDS
    shadows: int = 32
    shadow_steps: int = SHADOW_RECIPE.steps
    epsilons: Sequence[float] = (1.0, 3.0, 8.0)
    recipe: Recipe = field(default_factory=Recipe)


class Report:
    """Makes the parts of a report on one table in a folder."""

    def __init__(self, source: Source, out: Path, plan: Plan) -> None:
        self.source, self.plan = source, plan
        self.parts = out / "parts"
        self.parts.mkdir(parents=True, exist_ok=True)

    def part(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return a finished part, or make and keep it."""
        path = self.parts / f"{name}.json"
        if not path.is_file():
            logger.info("making %s", name)
            artifact_files.write_json(path, make())
        found: dict[str, Any] = artifact_files.read_json(path)
        return found

    def check_source(self) -> None:
        """Note the table, or raise ValueError where the parts were made of another one."""
        source = self.source
        told = {"columns": list(source.cells), "rows": len(source.cells), "target": source.target}
        if self.part("source", lambda: told) != told:
            raise ValueError(
                f"{self.parts} holds parts of a report on other rows or columns: name another "
                "folder with --work"
            )

    def fit(self, rows: "pd.DataFrame", recipe: Recipe, seed: int, **private: Any) -> Fitted:
        source = self.source
        fitted = fitting.prepare(rows, source.target, source.classes, recipe, seed, **private)
        return fitting.run(fitted)

    def recipe(self) -> Recipe:
        """Return the recipe with the number of steps that rows held out of training chose."""
        return replace(self.plan.recipe, steps=int(self.part("choice", self._choice)["steps"]))

    def _choice(self) -> dict[str, Any]:
        source = self.source
        recipe, curve = fitting.choose_steps(
            source.part(source.is_train), source.target, source.classes, self.plan.recipe, 0,
            checkpoint=self.parts / "choice.pt",
        )  # fmt: skip
        return {"steps": recipe.steps, "curve": curve}

    def fold(self, number: int) -> dict[str, Any]:
        """Measure a generator that never saw one fold, with the fold's number as its seed."""
        source = self.source
        train, test = source.part(source.fold != number), source.part(source.fold == number)
        fitted = self.fit(train, self.recipe(), seed=number)
        found = measuring.measured(fitted.draw(DRAWN_ROWS, number), train, test, fitted.aim, number)
        found["white_box_critic_auc"] = measuring.critic_auc(fitted, test)
        found["balancing"] = balancing.compare(
            train, test, fitted.aim, lambda rows: _events(fitted, rows, number), number
        )
        if number == 0:
            found["controls"] = _controls(train, test, fitted.aim)
        return found

    def private(self, epsilon: float) -> dict[str, Any]:
        """Measure a differentially private generator on fold 0."""
        source = self.source
        train, test = source.part(source.fold != 0), source.part(source.fold == 0)
        fitted = self.fit(train, PRIVATE_RECIPE, seed=0, epsilon=epsilon)
        found = measuring.measured(fitted.draw(DRAWN_ROWS, 0), train, test, fitted.aim, 0)
        found["white_box_critic_auc"] = measuring.critic_auc(fitted, test)
        return found | {"epsilon": epsilon, "account": fitted.account}

    def shadow(self, number: int) -> dict[str, Any]:
        """Train a generator on half of all rows, and note how near its rows come to each record."""
        source = self.source
        rng = np.random.default_rng(1000 + number)
        is_member = np.zeros(len(source.cells), dtype=bool)
        is_member[rng.permutation(len(is_member))[: int(SHADOW_SHARE * len(is_member))]] = True
        train = source.part(is_member)
        recipe = replace(SHADOW_RECIPE, steps=self.plan.shadow_steps)
        fitted = self.fit(train, recipe, seed=1000 + number)
        drawn = fitted.draw(DRAWN_ROWS, number)
        distances = membership.Distances(source.cells, fitted.aim.numeric)
        near = distances.nearest(source.cells, drawn, membership.NEAREST)
        binned = utility.binned(train, drawn, fitted.aim.numeric)
        return {
            "member": [int(each) for each in is_member],
            "statistic": [round(float(each), 4) for each in near.mean(axis=1)],
            "distance_mia_auc": round(metrics.auc(is_member, -near[:, 0]), 4),
            "exact_copies": membership.copies(train, drawn),
            "tvd": round(float(np.mean(list(utility.marginal_distances(*binned).values()))), 4),
        }


def _controls(train: pd.DataFrame, test: pd.DataFrame, aim: Aim) -> dict[str, Any]:
    drawn = {
        "independent marginals": controls.independent_marginals(train, DRAWN_ROWS, 0),
        "bootstrap": controls.bootstrap(train, DRAWN_ROWS, 0),
    }
    return {name: measuring.measured(rows, train, test, aim, 0) for name, rows in drawn.items()}


def _events(fitted: Fitted, rows: int, seed: int) -> pd.DataFrame:
    """Return synthetic rows of the event's class only."""
    only = [0.0] * (len(fitted.coding.classes) - 1) + [1.0]
    return fitting.draw_rows(fitted.generator, fitted.description, rows, seed, only)


def make(source: Source, out: Path, plan: Plan, work: Path | None = None) -> dict[str, Any]:
    """Make every part in ``work/parts``; return what is written to ``out/synthesis_report.json``.

    The report is written each time that one of its chapters is complete. Raises ValueError where
    the parts that are there are of another table.
    """
    report = Report(source, work or out, plan)
    report.check_source()
    runs = [
        report.part(f"fold_{number}", lambda number=number: report.fold(number))
        for number in range(plan.seeds)
    ]
    mean = measuring.mean_of(runs)
    content: dict[str, Any] = {
        "source": {"name": source.name, "rows": len(source.cells), "licence": source.licence},
        "seeds": plan.seeds,
        "choice": report.part("choice", dict),
        "mean": mean,
        "bars": bars.judged(mean),
        "runs": [_short(run) for run in runs],
        "tvd_by_column": _mean_by_name([run["tvd_by_column"] for run in runs]),
        "association_worst": runs[0]["association_worst"],
        "controls": {name: _short(each) for name, each in runs[0]["controls"].items()},
        "balancing": balancing.mean_of([run["balancing"] for run in runs]),
    }
    artifact_files.write_json(out / "synthesis_report.json", content)
    content["privacy_curve"] = [
        _short(report.part(f"epsilon_{epsilon:g}", lambda e=epsilon: report.private(e)))
        for epsilon in plan.epsilons
    ] + [{**_short(runs[0]), "epsilon": None}]
    artifact_files.write_json(out / "synthesis_report.json", content)
    content["shadow_attack"] = _shadows(report)
    artifact_files.write_json(out / "synthesis_report.json", content)
    return content


def _shadows(report: Report) -> dict[str, Any]:
    found = [
        report.part(f"shadow_{number:02d}", lambda number=number: report.shadow(number))
        for number in range(report.plan.shadows)
    ]
    if len(found) < 8:
        return {"shadows": len(found)}
    statistics = np.array([each["statistic"] for each in found])
    members = np.array([each["member"] for each in found], dtype=bool)
    return membership.shadow_attack(statistics, members) | {
        "rows_of_a_shadow": int(members[0].sum()),
        "steps_of_a_shadow": report.plan.shadow_steps,
        "distance_mia_auc": round(float(np.mean([e["distance_mia_auc"] for e in found])), 4),
        "exact_copies": int(sum(each["exact_copies"] for each in found)),
        "tvd": round(float(np.mean([each["tvd"] for each in found])), 4),
    }


def _short(run: dict[str, Any]) -> dict[str, Any]:
    left_out = {"tvd_by_column", "association_worst", "balancing", "controls"}
    return {name: value for name, value in run.items() if name not in left_out}


def _mean_by_name(found: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(float(np.mean([each[name] for each in found])), 4) for name in found[0]}
