"""Pictures of a model card: how a training went, and what a network takes for what.

Each picture is drawn on a white ground of its own, so that it reads on a light and on a dark page,
and in colours that stay apart for every kind of colour vision (Okabe & Ito 2008, "Color Universal
Design"). Letters become paths: no page needs a font for them, and a redrawn file is the same file.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

INK, FAINT = "#10242a", "#dde4e6"
LINES = (("#0072b2", "-"), ("#d55e00", "--"), ("#009e73", "-."), ("#cc79a7", ":"))
PANEL_WIDTH_IN, PANEL_HEIGHT_IN = 4.4, 3.0
SHADES = "Blues"
DARK_FROM_SHARE = 0.62
SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.titlesize": 9,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.fonttype": "path",
    # Names inside the file come from this word instead of from chance.
    "svg.hashsalt": "creditweb",
}


def curve_picture(
    history: Sequence[Mapping[str, float]],
    series: Mapping[str, Mapping[str, str]],
    path: Path,
    title: str,
    *,
    chosen_epoch: int | None = None,
) -> None:
    """Draw what was measured after each epoch of a training.

    ``history`` holds one row of figures per epoch; a row without a figure leaves a gap. ``series``
    names the panels: for each the words of its axis, and in it the key of every line with the
    words of the legend, such as ``{"Log loss": {"loss": "training", "val_loss": "validation"}}``.
    Rows carry ``epoch``, or are counted from 1. ``chosen_epoch`` marks the weights that were kept.
    Raises ValueError where a line stands in no row, or a panel has more lines than colours.
    """
    epochs = [row.get("epoch", place) for place, row in enumerate(history, start=1)]
    with mpl.rc_context(SETTINGS):
        figure = _figure(title, PANEL_WIDTH_IN * len(series), PANEL_HEIGHT_IN)
        panels = figure.subplots(1, len(series), squeeze=False)[0]
        for axes, (axis_words, lines) in zip(panels, series.items(), strict=True):
            _draw_lines(axes, epochs, history, lines)
            axes.set(xlabel="epoch", ylabel=axis_words)
            if chosen_epoch is not None:
                axes.axvline(chosen_epoch, color=INK, linewidth=0.8, label="chosen")
            axes.legend(frameon=False)
        _save(figure, path)


def confusion_picture(
    confusion: Sequence[Sequence[int]] | npt.NDArray[np.int64],
    labels: Sequence[str],
    path: Path,
    title: str,
) -> None:
    """Draw a confusion of counts (classes, classes), rows the truth and columns the answer.

    The shade is the share of the row, so that a rare class shows as much as a frequent one; the
    figures are the share in per cent and the count. Raises ValueError where labels do not fit.
    """
    counts = np.asarray(confusion)
    if counts.shape != (len(labels), len(labels)):
        raise ValueError(f"{len(labels)} labels do not fit a confusion of shape {counts.shape}")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side_in = 1.7 + 0.62 * len(labels)
    with mpl.rc_context(SETTINGS):
        figure = _figure(title, side_in, side_in - 0.3)
        axes = figure.subplots()
        axes.imshow(shares, cmap=SHADES, vmin=0.0, vmax=1.0)
        rows = [f"{name} ({n})" for name, n in zip(labels, counts.sum(axis=1), strict=True)]
        places = range(len(labels))
        axes.set_xticks(places, labels, rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(places, rows)
        axes.set(xlabel="the network's answer", ylabel="the data's label (n)")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        _write_cells(axes, counts, shares)
        _save(figure, path)


def _figure(title: str, width_in: float, height_in: float) -> Figure:
    figure = Figure(figsize=(width_in, height_in), facecolor="white", layout="constrained")
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def _draw_lines(
    axes: Axes,
    epochs: Sequence[float],
    history: Sequence[Mapping[str, float]],
    lines: Mapping[str, str],
) -> None:
    if len(lines) > len(LINES):
        raise ValueError(f"a panel holds at most {len(LINES)} lines")
    for (key, words), (colour, stroke) in zip(lines.items(), LINES, strict=False):
        values = [row.get(key, np.nan) for row in history]
        if np.isnan(values).all():
            raise ValueError(f"the history has no {key}")
        axes.plot(epochs, values, stroke, color=colour, label=words)
    axes.grid(visible=True, color=FAINT, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _write_cells(
    axes: Axes, counts: npt.NDArray[np.int64], shares: npt.NDArray[np.float64]
) -> None:
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        colour = "white" if share > DARK_FROM_SHARE else INK
        text = f"{100 * share:.0f} %\n{count}" if count else "·"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=7.5)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # No date in the file: the same figures give the same bytes.
    figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
