"""Figures of the monitoring and fairness pages, made as those of the score pages."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from django.utils.translation import gettext as _

from scoring.charts import BEHAVIOUR, FINANCIAL, as_json
from scoring.models.revision import CreditClass

THEN = "var(--cw-line-strong)"
CLASS_COLOURS = {
    CreditClass.GOOD: "var(--cw-good)",
    CreditClass.STANDARD: "var(--cw-standard)",
    CreditClass.POOR: "var(--cw-poor)",
}
LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def score_shift(bins: Sequence[Mapping[str, Any]], then: str, now: str) -> dict[str, Any]:
    """Return the shares of a score's bins in the reference and in the month, side by side."""
    labels = [each["label"] for each in bins]
    bars = [
        go.Bar(name=name, x=labels, y=[100 * each[key] for each in bins], marker={"color": colour},
               hovertemplate="%{x}: %{y:.1f} %<extra>%{fullData.name}</extra>")
        for name, key, colour in ((then, "expected", THEN), (now, "actual", FINANCIAL))
    ]  # fmt: skip
    layout = go.Layout(
        barmode="group", bargap=0.25, legend=LEGEND,
        yaxis={"title": {"text": _("% of applicants")}}, xaxis={"type": "category"},
        margin={"l": 52, "r": 12, "t": 28, "b": 44},
    )  # fmt: skip
    return as_json(go.Figure(bars, layout))


def class_shares(months: Sequence[str], shares: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return the shares of the three classes month by month."""
    bars = [
        go.Bar(name=str(each.label), x=list(months), y=[100 * row.get(each, 0) for row in shares],
               marker={"color": CLASS_COLOURS[each]},
               hovertemplate="%{x}: %{y:.1f} %<extra>%{fullData.name}</extra>")
        for each in CreditClass
    ]  # fmt: skip
    layout = go.Layout(
        barmode="stack", bargap=0.35, legend=LEGEND, xaxis={"type": "category"},
        yaxis={"range": [0, 100], "title": {"text": "%"}},
        margin={"l": 44, "r": 12, "t": 28, "b": 32},
    )  # fmt: skip
    return as_json(go.Figure(bars, layout))


def stability(
    months: Sequence[str], index: Sequence[float | None], warn: float, alarm: float
) -> dict[str, Any]:
    """Return the stability index of the financial score month by month, with its two lines."""
    line = go.Scatter(
        x=list(months), y=list(index), mode="lines+markers",
        line={"color": FINANCIAL, "width": 2}, marker={"size": 8},
        hovertemplate="%{x}: %{y:.3f}<extra></extra>",
    )  # fmt: skip
    limits = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": at, "y1": at,
         "line": {"color": colour, "dash": "dash", "width": 1}}
        for at, colour in ((warn, "var(--cw-standard)"), (alarm, "var(--cw-poor)"))
    ]  # fmt: skip
    top = max([alarm * 1.3, *(value * 1.1 for value in index if value is not None)])
    layout = go.Layout(
        showlegend=False, shapes=limits, xaxis={"type": "category"},
        yaxis={"range": [0, top], "title": {"text": "PSI"}},
        margin={"l": 52, "r": 12, "t": 12, "b": 32},
    )  # fmt: skip
    return as_json(go.Figure(line, layout))


def calibration(groups: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return observed against expected default rates with intervals; the diagonal is agreement."""
    expected = [100 * each["expected_rate"] for each in groups]
    observed = [100 * each["observed_rate"] for each in groups]
    lows, highs = zip(*(each["observed_interval"] for each in groups), strict=True)
    error = {
        "type": "data",
        "array": [100 * high - rate for high, rate in zip(highs, observed, strict=True)],
        "arrayminus": [rate - 100 * low for low, rate in zip(lows, observed, strict=True)],
        "color": FINANCIAL,
    }
    top = max([*expected, *(100 * high for high in highs), 1])
    traces = [
        go.Scatter(x=[0, top], y=[0, top], mode="lines", hoverinfo="skip",
                   line={"color": THEN, "dash": "dot"}),
        go.Scatter(x=expected, y=observed, mode="markers",
                   marker={"size": 9, "color": FINANCIAL},
                   error_y=error,
                   hovertemplate="%{x:.1f} % → %{y:.1f} %<extra></extra>"),
    ]  # fmt: skip
    layout = go.Layout(
        showlegend=False, xaxis={"title": {"text": _("expected, %")}, "range": [0, top]},
        yaxis={"title": {"text": _("observed, %")}, "range": [0, top]},
        margin={"l": 52, "r": 12, "t": 12, "b": 44},
    )  # fmt: skip
    return as_json(go.Figure(traces, layout))


def impact_ratios(rows: Sequence[tuple[str, float, float, float, str]]) -> dict[str, Any]:
    """Return adverse impact ratios with intervals, one row per (label, value, low, high, part)."""
    colours = [BEHAVIOUR if part == "adjustment" else FINANCIAL for *_rest, part in rows]
    points = go.Scatter(
        x=[row[1] for row in rows], y=[row[0] for row in rows], mode="markers",
        marker={"size": 9, "color": colours},
        error_x={"type": "data", "array": [row[3] - row[1] for row in rows],
                 "arrayminus": [row[1] - row[2] for row in rows], "color": "var(--cw-ink-3)"},
        hovertemplate="%{y}: %{x:.2f}<extra></extra>",
    )  # fmt: skip
    limits = [
        {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": at, "x1": at,
         "line": {"color": colour, "dash": "dash", "width": 1}}
        for at, colour in ((0.8, "var(--cw-poor)"), (0.9, "var(--cw-standard)"), (1.0, THEN))
    ]  # fmt: skip
    layout = go.Layout(
        showlegend=False, shapes=limits, height=60 + 30 * len(rows),
        yaxis={"autorange": "reversed"}, margin={"l": 20, "r": 16, "t": 8, "b": 32},
    )  # fmt: skip
    return as_json(go.Figure(points, layout))
