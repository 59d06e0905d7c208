"""What belongs beside weights that learnt from a published layout: manifest, figures, card.

The folder can be given to ``manage.py install_network`` as it is. The card is a draft: it tells
what the training knows, and says which sections a person has to complete.
"""

import importlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from media_processing.inference.manifest import NetworkEntry
from media_processing.inference.overlay import Placed, overlay
from media_processing.training.evaluation import EvaluationRequest
from media_processing.training.layouts.base import Terms
from media_processing.training.manifest_entries import WEIGHTS_DIR, write_entries

Figures = Mapping[str, Any]

DRAFT = """\
# {name} {version}

**Draft written by the training. Complete the last three sections before others rely on it.**

## What it learnt from

{data_set} ({cite}); read as the layout `{layout}`, seed {seed}.

Licence of the weights: {licence}. Commercial use: {commercial}.

## Figures

Test part of the layout, through the product's own front end, in the network's own classes: \
n = {n}, of which {n_failed} could not be read and count as wrong. Accuracy {accuracy:.3f}, mean \
class recall {uar:.3f}.

| class | recall | n |
| --- | --- | --- |
{rows}

These are figures of one data set. On other cameras, rooms, languages and people they are lower.

## Label noise and groups

To be completed: who labelled the data and how often raters agree; figures per sex, age and \
language where the data tells them.

## Failure cases

To be completed: what the errors look like, with examples that may be shown.

## Limits and misuse

To be completed for this installation. In any case: the output is an observed signal, not what a \
person feels; it decides nothing by itself; it must not be used without consent.
"""


def describe(kind: str, *, layout: str, data: Path, out: Path, seed: int, terms: Terms) -> None:
    """Write manifest, measured figures and a draft card for every weight file in ``out``."""
    for entry in write_entries(out, layout, seed, terms):
        figures = _measured(kind, layout, data, entry, out)
        _write_figures(kind, layout, entry, figures, out)
        card = _card(entry, layout, seed, terms, figures)
        (out / entry.card).write_text(card, encoding="utf-8")


def _measured(kind: str, layout: str, data: Path, entry: NetworkEntry, out: Path) -> Figures:
    evaluation = importlib.import_module(f"media_processing.training.evaluate_{kind}")
    request = EvaluationRequest(root=data, layout=layout, split="test", labels="native")
    with tempfile.TemporaryDirectory() as folder:
        weights_dir = overlay(WEIGHTS_DIR, [Placed(entry, out)], Path(folder))
        figures: Figures = evaluation.evaluate(request, weights_dir)
    return figures


def _write_figures(
    kind: str, layout: str, entry: NetworkEntry, figures: Figures, out: Path
) -> None:
    arguments = [kind, "--layout", layout, "--split", "test", "--labels", "native"]
    told = {key: figures[key] for key in ("n", "accuracy", "uar")}
    content = {
        "network": entry.name,
        "version": entry.version,
        "figures": [{"name": f"Test part of {layout}", "evaluate": arguments, **told}],
    }
    path = out / f"{entry.name}.figures.json"
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _card(entry: NetworkEntry, layout: str, seed: int, terms: Terms, figures: Figures) -> str:
    rows = [
        f"| {label} | {own['recall']:.3f} | {own['n']} |"
        for label, own in figures["per_class"].items()
    ]
    return DRAFT.format(
        name=entry.name,
        version=entry.version,
        data_set=terms.data_set,
        cite=terms.cite,
        layout=layout,
        seed=seed,
        licence=entry.licence,
        commercial="allowed" if entry.commercial else "not allowed",
        n=figures["n"],
        n_failed=figures["n_failed"],
        accuracy=figures["accuracy"],
        uar=figures["uar"],
        rows="\n".join(rows),
    )
