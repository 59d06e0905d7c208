"""How the estimators of a training compare: rows of a table, and what its charts draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scoring.charts import as_json
from scoring.explanation import ESTIMATOR_NAMES

DEFAULT_APPROVAL = 70
NAMES: Mapping[str, str | Promise] = {
    "points_table": ESTIMATOR_NAMES["points_table"],
    "scorecard": ESTIMATOR_NAMES["scorecard"],
    "boosting": ESTIMATOR_NAMES["boosting"],
    "neural": ESTIMATOR_NAMES["neural"],
    "ebm": ESTIMATOR_NAMES["ebm"],
    "logistic": ESTIMATOR_NAMES["logistic"],
    "tree": ESTIMATOR_NAMES["tree"],
    "blend": gettext_lazy("Blend of the estimators"),
    "boosting_untuned": gettext_lazy("LightGBM, untuned"),
    "ebm_untuned": gettext_lazy("EBM, untuned"),
}
DRAWN = ("points_table", "scorecard", "boosting", "neural", "ebm", "logistic")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
COLOURS = (
    "var(--cw-brand)", "var(--cw-behaviour)", "var(--cw-good)", "var(--cw-standard)",
    "var(--cw-poor)", "var(--cw-ink-3)",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One estimator: its figures out of fold, as the training measured them."""

    name: str
    label: str | Promise
    figures: Mapping[str, Any]
    is_best: bool
    bad_rate: float | None
    classes: Sequence[str] = ()

    @property
    def confusion(self) -> list[list[int]]:
        """Rows: what became of the cases; columns: what the estimator said at even odds.

        Empty for the points table, which says no odds.
        """
        return [] if self.name == "points_table" else self.figures.get("confusion") or []

    @property
    def confusion_rows(self) -> list[tuple[str, list[int]]]:
        return list(zip(self.classes, self.confusion, strict=False))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every estimator on the same folds; ``approval`` is the approval rate in percent."""

    rows: Sequence[Row]
    classes: Sequence[str]
    cases: int
    features: Sequence[str]
    cut: Sequence[str]
    approval: int
    approvals: Sequence[int]

    @classmethod
    def of(cls, figures: Mapping[str, Any], approval: str = "") -> "Comparison":
        """Read the figures of a training; an approval rate that it does not know is 70 %."""
        known = {name: figures[name] for name in NAMES if isinstance(figures.get(name), dict)}
        approvals = sorted({rate for each in known.values() for rate in _rates(each)})
        chosen = next((rate for rate in approvals if str(rate) == approval), DEFAULT_APPROVAL)
        rows = [
            Row(
                name,
                NAMES[name],
                each,
                name == figures.get("best"),
                _bad_rate(each, chosen),
                figures.get("classes", []),
            )
            for name, each in known.items()
        ]
        return cls(
            rows=rows,
            classes=figures.get("classes", []),
            cases=figures.get("rows", 0),
            features=figures.get("features", []),
            cut=figures.get("cut", []),
            approval=chosen,
            approvals=approvals,
        )

    @property
    def is_binary(self) -> bool:
        return len(self.classes) == 2

    @property
    def _drawn(self) -> list[Row]:
        """Return the rows of a chart: more than six lines say nothing; the table has them all."""
        return [row for row in self.rows if row.name in DRAWN]

    @property
    def calibration(self) -> dict[str, Any] | None:
        """Return predicted against observed default rates as a figure; None without any."""
        rows = [row for row in self._drawn if row.figures.get("calibration")]
        return _calibration(rows) if rows else None

    @property
    def approved(self) -> dict[str, Any] | None:
        """Return the default rate among the approved by approval rate; None without any."""
        rows = [row for row in self._drawn if row.figures.get("bad_rate_by_approval")]
        return _approved(rows) if rows else None


def _rates(figures: Mapping[str, Any]) -> list[int]:
    curve = figures.get("bad_rate_by_approval") or []
    return [round(100 * point["approval"]) for point in curve] or [DEFAULT_APPROVAL]


def _bad_rate(figures: Mapping[str, Any], approval: int) -> float | None:
    for point in figures.get("bad_rate_by_approval") or []:
        if round(100 * point["approval"]) == approval:
            return float(point["bad_rate"])
    return figures.get("bad_rate_at_70") if approval == DEFAULT_APPROVAL else None


def _calibration(rows: Sequence[Row]) -> dict[str, Any]:
    traces = [
        _line(
            row,
            number,
            [100 * point["predicted"] for point in row.figures["calibration"]],
            [100 * point["observed"] for point in row.figures["calibration"]],
        )
        for number, row in enumerate(rows)
    ]
    highest = max(value for trace in traces for value in (*trace.x, *trace.y))
    even = go.Scatter(
        x=[0, highest], y=[0, highest], mode="lines", name=_("exact"), hoverinfo="skip",
        line={"color": "var(--cw-line-strong)", "width": 1},
    )  # fmt: skip
    titles = (_("predicted default rate, %"), _("observed, %"))
    return as_json(go.Figure([even, *traces], _layout(*titles)))


def _approved(rows: Sequence[Row]) -> dict[str, Any]:
    traces = [
        _line(
            row,
            number,
            [100 * point["approval"] for point in row.figures["bad_rate_by_approval"]],
            [100 * point["bad_rate"] for point in row.figures["bad_rate_by_approval"]],
        )
        for number, row in enumerate(rows)
    ]
    titles = (_("approved, % of all"), _("defaults among the approved, %"))
    return as_json(go.Figure(traces, _layout(*titles)))


def _line(row: Row, number: int, x: list[float], y: list[float]) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        name=str(row.label),
        mode="lines",
        line={
            "color": COLOURS[number % len(COLOURS)],
            "dash": DASHES[number % len(DASHES)],
            "width": 2,
        },
        hovertemplate="%{x:.1f} → %{y:.1f}<extra>%{fullData.name}</extra>",
    )


def _layout(x: str, y: str) -> go.Layout:
    return go.Layout(
        xaxis={"title": {"text": x}, "rangemode": "tozero"},
        yaxis={"title": {"text": y}, "rangemode": "tozero"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        margin={"l": 56, "r": 16, "t": 8, "b": 40},
        height=440,
    )
