"""Figures of the strategy pages, made as those of the score pages."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from django.utils.translation import gettext as _

from scoring.charts import FINANCIAL, LOST, WON, as_json
from scoring.engine.strategy import CutOff
from scoring.overrides import OverrideCounts

LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def rates(curve: Sequence[CutOff], cut_off_points: int) -> dict[str, Any]:
    """Return approval rate and default rates among the approved over the cut-off, in percent."""
    lines = [
        (_("Approval rate"), [row.approval_rate for row in curve], FINANCIAL, "solid", "y"),
        (
            _("Default rate, expected"),
            [row.expected_default_rate for row in curve],
            LOST,
            "solid",
            "y2",
        ),
        (
            _("Default rate, realised"),
            [row.realised_default_rate for row in curve],
            LOST,
            "dot",
            "y2",
        ),
    ]
    traces = [
        go.Scatter(
            name=name,
            x=[row.points for row in curve],
            y=[None if share is None else 100 * share for share in shares],
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2},
            yaxis=axis,
            hovertemplate="%{x}: %{y:.1f} %<extra>%{fullData.name}</extra>",
        )
        for name, shares, colour, dash, axis in lines
        if any(share is not None for share in shares)
    ]
    layout = go.Layout(
        legend=LEGEND,
        shapes=[_mark(cut_off_points)],
        xaxis={"title": {"text": _("cut-off, points")}},
        yaxis={"range": [0, 102], "title": {"text": _("approved, %")}},
        yaxis2={
            "overlaying": "y", "side": "right", "rangemode": "tozero", "showgrid": False,
            "tickformat": ".1f",
            "title": {"text": _("default, %")},
        },
        margin={"l": 52, "r": 52, "t": 28, "b": 44},
    )  # fmt: skip
    return as_json(go.Figure(traces, layout))


def profit(
    curve: Sequence[CutOff], cut_off_points: int, best: CutOff | None, currency: str
) -> dict[str, Any]:
    """Return profit and expected loss over the cut-off, with the most profitable one marked."""
    points = [row.points for row in curve]
    traces = [
        go.Scatter(
            name=name,
            x=points,
            y=values,
            mode="lines",
            line={"color": colour, "width": 2},
            hovertemplate="%{x}: %{y:,.0f}<extra>%{fullData.name}</extra>",
        )
        for name, values, colour in (
            (_("Profit"), [row.profit for row in curve], WON),
            (_("Expected loss"), [row.expected_loss for row in curve], LOST),
        )
    ]
    if best:
        traces.append(
            go.Scatter(
                name=_("Most profitable"), x=[best.points], y=[best.profit], mode="markers",
                marker={"color": WON, "size": 11, "symbol": "diamond"},
            )
        )  # fmt: skip
    layout = go.Layout(
        legend=LEGEND,
        shapes=[_mark(cut_off_points)],
        xaxis={"title": {"text": _("cut-off, points")}},
        yaxis={"title": {"text": currency}},
        margin={"l": 64, "r": 16, "t": 28, "b": 44},
    )
    return as_json(go.Figure(traces, layout))


def override_rates(months: Sequence[OverrideCounts]) -> dict[str, Any]:
    """Return the share of overrides by month, one colour per direction, in percent."""
    directions = (
        (_("Approved below the cut-off"), [row.approved_below for row in months], WON),
        (_("Declined above the cut-off"), [row.declined_above for row in months], LOST),
    )
    bars = [
        go.Bar(
            name=name,
            x=[row.label for row in months],
            y=[100 * n / row.decisions for n, row in zip(counts, months, strict=True)],
            marker={"color": colour},
            hovertemplate="%{x}: %{y:.1f} %<extra>%{fullData.name}</extra>",
        )
        for name, counts, colour in directions
    ]
    layout = go.Layout(
        barmode="stack",
        bargap=0.35,
        legend=LEGEND,
        xaxis={"type": "category"},
        yaxis={"rangemode": "tozero", "title": {"text": _("% of decisions")}},
        margin={"l": 52, "r": 12, "t": 28, "b": 32},
    )
    return as_json(go.Figure(bars, layout))


def _mark(cut_off_points: int) -> dict[str, Any]:
    """Return the line of the policy's cut-off."""
    return {
        "type": "line", "xref": "x", "yref": "paper", "x0": cut_off_points, "x1": cut_off_points,
        "y0": 0, "y1": 1, "line": {"color": "var(--cw-ink-3)", "dash": "dash", "width": 1},
    }  # fmt: skip
