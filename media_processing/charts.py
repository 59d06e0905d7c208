"""Figures of the session page, made with Plotly; plotly.js draws them in the browser.

Colours are names of design tokens, so that a figure follows the theme. The tracks of a session
share one time axis that the page draws itself: figures have no margins and no legend of their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from django.utils.translation import gettext as _

from media_processing.analysis.types import EMOTIONS
from media_processing.models import Observation, Recording
from media_processing.models.observation import ModalityName

# Two observations further apart than this have a gap between them, and the line breaks.
GAP_S = 0.35

# Colour alone never tells two lines apart. The gaps of a dash stay short: on a lively line a long
# one would look like a time without an observation.
DASHES: Mapping[str, str] = {
    "angry": "solid",
    "disgust": "9px,3px",
    "fear": "2px,3px",
    "happy": "solid",
    "neutral": "16px,3px",
    "sad": "8px,3px,2px,3px",
    "surprise": "14px,3px,2px,3px",
}
# Windows of speech and clips of a walk are few: each is marked, so that a single one is seen.
MARKED = ("voice", "gait")
AFFECT_LINES: Mapping[str, tuple[str, str]] = {
    "valence": ("var(--cw-behaviour)", "solid"),
    "arousal": ("var(--cw-info)", "6px,3px"),
}
POINT_COLOURS: Mapping[str, str] = {
    "face": "var(--cw-behaviour)",
    "voice": "var(--cw-info)",
    "gait": "var(--cw-standard)",
}
LINE_WIDTH_PX = 1.8
HIDDEN_AXIS = {"visible": False, "fixedrange": True}

APPLICANT = 0

FloatArray = npt.NDArray[np.float32]
Rows = Sequence[Observation]


def recording_figures(recording: Recording) -> dict[str, Any]:
    """Return every figure of a recording: one per modality by its name, affect and circumplex."""
    modalities = _by_modality(recording.observations.filter(person=APPLICANT))
    duration_s = recording.duration_s or 0.0
    lines = {
        name: expression_lines(rows, duration_s, is_marked=name in MARKED)
        for name, rows in modalities.items()
    }
    return {
        **lines,
        "affect": affect_lines(modalities, duration_s),
        "circumplex": circumplex(modalities),
    }


def _by_modality(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    """Return the rows of each modality that observed anything, in the fixed order."""
    found: dict[str, list[Observation]] = {name: [] for name in ModalityName.values}
    for observation in observations:
        found[observation.modality].append(observation)
    return {name: rows for name, rows in found.items() if rows}


def expression_lines(rows: Rows, duration_s: float, *, is_marked: bool) -> dict[str, Any]:
    """Return seven lines, one per label, of the probabilities 0…1 over time."""
    times_s, values = _with_gaps(rows, [row.probabilities for row in rows])
    traces = [
        _line(label, times_s, values[:, column], f"var(--emotion-{label})", DASHES[label])
        for column, label in enumerate(EMOTIONS)
    ]
    for trace in traces if is_marked else ():
        trace.update(mode="lines+markers", marker={"size": 4})
    return _track(traces, duration_s, low=-0.03, high=1.15, ticks=(0, 0.5, 1), tick_format=".0%")


def affect_lines(modalities: Mapping[str, Rows], duration_s: float) -> dict[str, Any]:
    """Return valence and arousal, -1…1, over time; the first modality is drawn in full strength."""
    traces = []
    for rank, (modality, rows) in enumerate(modalities.items()):
        times_s, values = _with_gaps(rows, [(row.valence, row.arousal) for row in rows])
        for column, (name, (colour, dash)) in enumerate(AFFECT_LINES.items()):
            line = _line(f"{modality}:{name}", times_s, values[:, column], colour, dash)
            line.opacity = 1.0 if rank == 0 else 0.5
            traces.append(line)
    return _track(traces, duration_s, low=-1.08, high=1.35, ticks=(-1, 0, 1), tick_format=".0f")


def circumplex(modalities: Mapping[str, Rows]) -> dict[str, Any]:
    """Return the plane of valence and arousal (Russell 1980) with all observations as points."""
    figure = go.Figure([_points(modality, rows) for modality, rows in modalities.items()])
    axis = {"range": [-1.05, 1.05], "fixedrange": True, "zeroline": True, "tickvals": [-1, 0, 1]}
    figure.update_layout(
        template="none",
        showlegend=False,
        dragmode=False,
        margin={"l": 34, "r": 8, "t": 8, "b": 34},
        xaxis={**axis, "title": {"text": _("unpleasant – valence – pleasant"), "standoff": 4}},
        yaxis={**axis, "title": {"text": _("calm – arousal – excited"), "standoff": 2}},
    )
    return _as_json(figure)


def _points(modality: str, rows: Rows) -> go.Scatter:
    return go.Scatter(
        name=modality,
        x=np.array([row.valence for row in rows], np.float32),
        y=np.array([row.arousal for row in rows], np.float32),
        mode="markers",
        marker={"size": 5, "opacity": 0.35, "color": POINT_COLOURS[modality]},
        hoverinfo="skip",
    )


def _line(name: str, times_s: FloatArray, values: FloatArray, colour: str, dash: str) -> go.Scatter:
    return go.Scatter(
        name=name,
        x=times_s,
        y=values,
        mode="lines",
        connectgaps=False,
        line={"color": colour, "dash": dash, "width": LINE_WIDTH_PX},
        hoverinfo="skip",
    )


def _with_gaps(rows: Rows, values: Sequence[Sequence[float]]) -> tuple[FloatArray, FloatArray]:
    """Return times (m,) and values (m, k) with a row of NaN in every gap between observations.

    A point stands at the middle of its observation.
    """
    start_s = np.array([row.t_start_s for row in rows], np.float32)
    end_s = np.array([row.t_end_s for row in rows], np.float32)
    breaks = np.flatnonzero(start_s[1:] - end_s[:-1] > GAP_S) + 1
    times_s = np.insert((start_s + end_s) / 2, breaks, end_s[breaks - 1])
    return times_s, np.insert(np.array(values, np.float32), breaks, np.nan, axis=0)


def _track(
    traces: Sequence[go.Scatter],
    duration_s: float,
    *,
    low: float,
    high: float,
    ticks: Sequence[float],
    tick_format: str,
) -> dict[str, Any]:
    figure = go.Figure(list(traces))
    figure.update_layout(
        template="none",
        showlegend=False,
        dragmode=False,
        margin={"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0},
        xaxis={**HIDDEN_AXIS, "range": [0, duration_s]},
        yaxis={
            "range": [low, high],
            "fixedrange": True,
            "automargin": False,
            "tickvals": list(ticks),
            "tickformat": tick_format,
            "ticklabelposition": "inside top",
            "tickfont": {"size": 11, "color": "var(--cw-ink-3)"},
            "zeroline": False,
        },
    )
    return _as_json(figure)


def _as_json(figure: go.Figure) -> dict[str, Any]:
    content: dict[str, Any] = figure.to_plotly_json()
    return content
