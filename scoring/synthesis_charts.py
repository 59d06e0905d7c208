"""Figures of the page on synthetic applicants, made as those of the score pages."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from django.utils.translation import gettext as _

from scoring.charts import FINANCIAL, LOST, as_json

LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
ROW_HEIGHT_PX = 20


def marginals(distances: Mapping[str, float], limit: float) -> dict[str, Any]:
    """Return the distance of each column's marginal, the largest above, and the limit as a line."""
    ordered = sorted(distances.items(), key=lambda each: each[1])
    bars = go.Bar(
        orientation="h",
        y=[name for name, _value in ordered],
        x=[value for _name, value in ordered],
        marker={"color": FINANCIAL},
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
    line = {
        "type": "line", "x0": limit, "x1": limit, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": LOST, "dash": "dash", "width": 1.5},
    }  # fmt: skip
    layout = go.Layout(
        shapes=[line],
        xaxis={"title": {"text": _("total variation distance")}, "rangemode": "tozero"},
        yaxis={"automargin": True},
        height=ROW_HEIGHT_PX * len(ordered) + 80,
        margin={"l": 8, "r": 12, "t": 8, "b": 44},
    )
    return as_json(go.Figure(bars, layout))


def privacy_curve(points: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return usefulness and attacks over epsilon; the last point is without privacy."""
    names = ["∞" if each["epsilon"] is None else f"{each['epsilon']:g}" for each in points]
    lines = [
        (_("TSTR, AUC"), "tstr", FINANCIAL, "solid"),
        (_("Attack by distance, AUC"), "distance_mia_auc", LOST, "solid"),
        (_("Attack with the critic, AUC"), "white_box_critic_auc", LOST, "dot"),
    ]
    traces = [
        go.Scatter(
            name=name,
            x=names,
            y=[each[key] for each in points],
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2},
            hovertemplate="ε %{x}: %{y:.3f}<extra>%{fullData.name}</extra>",
        )
        for name, key, colour, dash in lines
    ]
    layout = go.Layout(
        legend=LEGEND,
        xaxis={"type": "category", "title": {"text": "ε"}},
        yaxis={"range": [0.4, 0.9], "tickformat": ".2f"},
        margin={"l": 44, "r": 12, "t": 44, "b": 44},
    )
    return as_json(go.Figure(traces, layout))
