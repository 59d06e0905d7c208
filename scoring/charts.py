"""Figures of the score pages, made with Plotly; plotly.js draws them in the browser.

Colours are names of design tokens, so that a figure follows the theme: petrol is the financial
side, violet the behavioural one. Every figure has a table of the same rows beside it.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import plotly.graph_objects as go
from django.utils import timezone
from django.utils.translation import gettext as _

from scoring.engine.policy import PolicyParameters
from scoring.engine.types import MAX_SCORE_POINTS, MIN_SCORE_POINTS
from scoring.explanation import Part
from scoring.models import ScoreRevision

FINANCIAL, BEHAVIOUR = "var(--cw-brand)", "var(--cw-behaviour)"
WON, LOST = "var(--cw-good)", "var(--cw-poor)"
MARGIN_POINTS = 12
MIN_HISTORY = timedelta(days=2)
DAY_MS = 86_400_000
ROW_HEIGHT_PX = 34
MINUS = "\N{MINUS SIGN}"


def gauge(revision: ScoreRevision, policy: PolicyParameters) -> dict[str, Any]:
    """Return the financial score on the scale with its bands; a line marks the final score."""
    starts = [band.from_points for band in policy.bands]
    ends = [*starts[1:], MAX_SCORE_POINTS]
    steps = [
        {"range": [start, end], "color": f"var(--band-{shade})"}
        for shade, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
    ]
    indicator = go.Indicator(
        mode="gauge+number",
        value=revision.financial_score,
        number={"font": {"size": 34, "color": "var(--cw-ink)"}},
        gauge={
            "axis": {
                "range": [MIN_SCORE_POINTS, MAX_SCORE_POINTS],
                "tickvals": [*starts, ends[-1]],
            },
            "bar": {"color": FINANCIAL, "thickness": 0.28},
            "bgcolor": "rgba(0,0,0,0)",
            "borderwidth": 0,
            "steps": steps,
            "threshold": {
                "value": revision.final_score,
                "thickness": 0.8,
                "line": {"color": BEHAVIOUR, "width": 4},
            },
        },
    )
    layout = go.Layout(margin={"l": 34, "r": 34, "t": 30, "b": 4})
    return as_json(go.Figure(indicator, layout))


def waterfall(parts: Sequence[Part]) -> dict[str, Any]:
    """Return base points, characteristics and adjustment as bars that end at the final score.

    Bars with a base, because a waterfall trace cannot give the adjustment a colour of its own.
    """
    low, high = _range_of(parts)
    bars = go.Bar(
        orientation="h",
        y=[str(part.label) for part in parts],
        base=[low if _is_whole(part) else part.total - part.points for part in parts],
        x=[part.total - low if _is_whole(part) else part.points for part in parts],
        marker={"color": [_colour(part) for part in parts]},
        text=[str(part.total) if _is_whole(part) else _signed(part.points) for part in parts],
        textposition="outside",
        cliponaxis=False,
        hovertext=[part.value for part in parts],
        hoverinfo="y+text",
    )
    layout = go.Layout(
        showlegend=False,
        bargap=0.35,
        height=len(parts) * ROW_HEIGHT_PX + 40,
        xaxis={"range": [low, high], "fixedrange": True},
        yaxis={"autorange": "reversed", "showgrid": False, "fixedrange": True},
        margin={"l": 20, "r": 44, "t": 4, "b": 32},
    )
    return as_json(go.Figure(bars, layout))


def _range_of(parts: Sequence[Part]) -> tuple[int, int]:
    """Return the drawn part of the scale: differences of some points must be seen."""
    totals = [part.total for part in parts]
    return min(totals) - 2 * MARGIN_POINTS, max(totals) + 2 * MARGIN_POINTS


def _is_whole(part: Part) -> bool:
    return part.kind in {"base", "total"}


def _colour(part: Part) -> str:
    if part.kind == "behaviour":
        return BEHAVIOUR
    if _is_whole(part):
        return FINANCIAL
    return WON if part.points >= 0 else LOST


def _signed(points: int) -> str:
    return f"{points:+d}".replace("-", MINUS) if points else "0"


def evolution(revisions: Sequence[ScoreRevision]) -> dict[str, Any]:
    """Return the score over time, without and with behaviour; open marks are simulated rows."""
    times = [timezone.localtime(revision.created_at).isoformat() for revision in revisions]
    causes = [str(revision.get_cause_display()) for revision in revisions]
    hollow = ["circle-open" if revision.simulated else "circle" for revision in revisions]
    lines = [
        (_("Final"), [each.final_score for each in revisions], BEHAVIOUR, "dot"),
        (_("Financial"), [each.financial_score for each in revisions], FINANCIAL, "solid"),
    ]
    traces = [
        go.Scatter(
            name=name,
            x=times,
            y=points,
            mode="lines+markers",
            line={"shape": "hv", "color": colour, "dash": dash, "width": 2},
            marker={"size": 8, "symbol": hollow, "color": colour},
            customdata=causes,
            hovertemplate="%{y} · %{customdata}<extra>%{fullData.name}</extra>",
        )
        for name, points, colour, dash in lines
    ]
    layout = go.Layout(
        showlegend=False,
        hovermode="x unified",
        xaxis=_days(revisions),
        yaxis={"title": {"text": _("points")}} | _room(revisions),
        margin={"l": 52, "r": 16, "t": 8, "b": 36},
    )
    return as_json(go.Figure(traces, layout))


def _room(revisions: Sequence[ScoreRevision]) -> dict[str, Any]:
    """Return an axis of some points at least: of a score that stood still, halves are no ticks."""
    points = [each for row in revisions for each in (row.financial_score, row.final_score)]
    if not points or max(points) - min(points) >= MARGIN_POINTS:
        return {}
    return {"range": [min(points) - MARGIN_POINTS, max(points) + MARGIN_POINTS]}


def _days(revisions: Sequence[ScoreRevision]) -> dict[str, Any]:
    """Return an axis of days: of a history within one day Plotly would draw milliseconds."""
    times = [timezone.localtime(revision.created_at) for revision in revisions]
    if not times or max(times) - min(times) >= MIN_HISTORY:
        return {}
    day = timedelta(days=1)
    ends = [(min(times) - day).isoformat(), (max(times) + day).isoformat()]
    return {"range": ends, "dtick": DAY_MS, "tickformat": "%-d %b"}


def as_json(figure: go.Figure) -> dict[str, Any]:
    """Return a figure as plain JSON values, without Plotly's own template."""
    content: dict[str, Any] = json.loads(figure.to_json())
    content["layout"].pop("template", None)
    return content
