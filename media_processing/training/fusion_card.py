"""The model card of the fusion, its figures and its pictures, written from what was measured."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from media_processing.analysis.fusion_windows import HOP_S, WINDOW_S
from media_processing.analysis.types import EMOTIONS
from media_processing.training.card_pictures import confusion_picture, curve_picture
from media_processing.training.fusion_pairs import SUBSETS
from media_processing.training.fusion_sources import CONDITIONS, FACE_SIDE_PX, VOICE_SNR_DB

VERSION = "1.1.0"
NAME = "fusion"
TRANSFORMER, PRODUCT, AVERAGE = "Transformer", "product of experts", "plain average"

TEMPLATE = Path(__file__).with_suffix(".md")
MISTAKES_NAMED = 4

Figures = Mapping[str, Any]


def write(out: Path, figures: Figures, history: Sequence[Mapping[str, float]]) -> None:
    """Write ``fusion.figures.json``, ``fusion.md`` and the pictures that the card shows."""
    content = {"network": NAME, "version": VERSION, "figures": [], **figures}
    text = json.dumps(content, indent=1)
    (out / f"{NAME}.figures.json").write_text(text + "\n", encoding="utf-8")
    (out / f"{NAME}.md").write_text(card(figures), encoding="utf-8")
    pictures = out / "pictures"
    curve_picture(
        history,
        {"Log loss on the fitting pairs": {"loss": "training"}},
        pictures / f"{NAME}_curve.svg",
        "Training of the fusion Transformer",
    )
    confusion_picture(
        figures["confusion"],
        EMOTIONS,
        pictures / f"{NAME}_confusion.svg",
        f"Face, voice and gait together, measured pairs: {figures['ships']}",
    )


def card(figures: Figures) -> str:
    """Return the card as Markdown."""
    return TEMPLATE.read_text(encoding="utf-8").format(
        version=VERSION,
        window_s=WINDOW_S,
        hop_s=HOP_S,
        verdict=_verdict(figures),
        **_numbers(figures["parameters"]),
        **_material(figures),
        **_comparison(figures["comparison"]),
        **_beyond(figures),
        **_failures(figures["confusion"]),
    )


def _verdict(figures: Figures) -> str:
    overall = figures["comparison"]["overall"]["difference"]
    gains = "; ".join(f"over the {name} {_points(values)}" for name, values in overall.items())
    lost = [
        f"{subset} ({_points(values)} against the {name})"
        for subset, part in figures["comparison"]["by_subset"].items()
        for name, values in part["difference"].items()
        if values[2] < 0
    ]
    rule = (
        "The Transformer ships only if the 95 % interval of its gain over each of the others lies "
        "above 0, and for no choice of modalities below 0. "
    )
    if figures["ships"] == TRANSFORMER:
        return f"## What ships, and why\n**The Transformer ships.** {rule}Its gain is {gains}."
    worse = f" It is surely worse with {'; '.join(lost)}." if lost else ""
    return (
        f"## What ships, and why\n**The product of experts ships, not the Transformer.** {rule}"
        "Measured on people who fitted nothing, the Transformer's gain in average recall is "
        f"{gains}.{worse} "
        "A network that is not surely better than nine readable numbers per signal has no place "
        "in a product that must be able to say why."
    )


def _numbers(parameters: Figures) -> dict[str, Any]:
    rows = [
        "| signal | trust | temperature | " + " | ".join(EMOTIONS) + " |",
        "|---|---|---|" + "---|" * len(EMOTIONS),
    ]
    for name, expert in parameters["experts"].items():
        bias = [
            f"{value:+.2f}" if known else "–"
            for value, known in zip(expert["bias"], expert["known"], strict=True)
        ]
        values = [f"{expert['trust']:.3f}", f"{expert['temperature']:.2f}", *bias]
        rows.append(f"| {name} | {' | '.join(values)} |")
    prior = ", ".join(
        f"{label} {100 * share:.0f} %"
        for label, share in zip(EMOTIONS, parameters["prior"], strict=True)
    )
    return {
        "expert_table": "\n".join(rows),
        "prior": prior,
        "quality": parameters["quality_exponent"],
        "confidence": parameters["confidence_exponent"],
        "consistency": parameters["consistency_share"],
        "divergence": parameters["conflict_divergence"],
        "reliability": parameters["conflict_reliability"],
    }


def _material(figures: Figures) -> dict[str, Any]:
    learnt, measured = figures["learnt_from"], figures["measured_on"]
    networks = ", ".join(
        f"{one['name']} {one['version']} (`{one['sha256'][:12]}`)" for one in figures["networks"]
    )
    return {
        "networks": networks,
        **{f"{name}_val": learnt[name]["groups"] for name in learnt},
        **{f"{name}_test": measured[name]["groups"] for name in measured},
        "snr": " and ".join(f"{value:g}" for value in VOICE_SNR_DB if value is not None),
        "sides": " and ".join(str(side) for side in FACE_SIDE_PX[1:]),
        "seed": figures["seed"],
    }


def _comparison(comparison: Figures) -> dict[str, Any]:
    methods = list(comparison["overall"]["uar"])
    head = [
        "| signals | " + " | ".join(methods) + " | Transformer less product |",
        "|---|" + "---|" * (len(methods) + 1),
    ]
    parts = {
        "**all choices, all conditions**": comparison["overall"],
        **comparison["by_subset"],
        **{f"all choices, {name}": comparison["by_condition"][name] for name in CONDITIONS},
    }
    rows = [
        f"| {name} | "
        + " | ".join(_percent(part["uar"][method]) for method in methods)
        + f" | {_points(part['difference'][PRODUCT])} |"
        for name, part in parts.items()
    ]
    count = comparison["cells"][0]["n"]
    return {
        "comparison_table": "\n".join([*head, *rows]),
        "n": count,
        "cells": len(CONDITIONS) * len(SUBSETS),
    }


def _beyond(figures: Figures) -> dict[str, Any]:
    rows = [
        f"| {name} | {values['log_loss']:.3f} | {values['ece']:.3f} |"
        for name, values in figures["calibration"].items()
    ]
    doubt, conflict = figures["doubt"], figures["conflict"]
    marked = [
        f"| {name} | {_share(rates['same'])} | {_share(rates['different'])} |"
        for name, rates in conflict.items()
    ]
    return {
        "calibration": "\n".join(rows),
        "auc": doubt["uncertainty_auc"],
        "interval": _share(doubt["interval_share"]),
        "valence": _share(doubt["valence_covered"]),
        "arousal": _share(doubt["arousal_covered"]),
        "marked": "\n".join(marked),
    }


def _failures(confusion: Sequence[Sequence[int]]) -> dict[str, Any]:
    shares = [[count / max(sum(row), 1) for count in row] for row in confusion]
    mistaken = [
        (share, EMOTIONS[true], EMOTIONS[answer])
        for true, row in enumerate(shares)
        for answer, share in enumerate(row)
        if true != answer
    ]
    recalls = {label: shares[place][place] for place, label in enumerate(EMOTIONS)}
    lowest = min(recalls, key=lambda label: recalls[label])
    return {
        "worst": ", ".join(
            f"{true} as {answer} ({_share(share)})"
            for share, true, answer in sorted(mistaken, reverse=True)[:MISTAKES_NAMED]
        ),
        "lowest": lowest,
        "recall": _share(recalls[lowest]),
    }


def _percent(values: Sequence[float]) -> str:
    value, low, high = (100 * number for number in values)
    return f"{value:.1f} ({low:.1f}–{high:.1f})"


def _points(values: Sequence[float]) -> str:
    value, low, high = (100 * number for number in values)
    return f"{value:+.1f} points ({low:+.1f} to {high:+.1f})".replace("-", "−")


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"
