"""Readings and numbers of a fusion that tests make up."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from media_processing.analysis.fusion import Expert, FusionParameters
from media_processing.analysis.fusion_windows import MODALITIES, WindowReadings
from media_processing.analysis.types import EMOTIONS, Modality, Observation
from media_processing.inference.fusion import parameters_json
from media_processing.inference.labels import AROUSAL, VALENCE

LABELS = len(EMOTIONS)
EVEN = np.full(LABELS, 1 / LABELS)
EVERYTHING = np.ones(LABELS, bool)
ALL_SILENT: tuple[None, None, None] = (None, None, None)

Cell = Sequence[float] | None

TABLE = """
[[network]]
name = "{name}"
version = "0.1"
file = "{file}"
sha256 = "{sha256}"
licence = "none"
commercial = false
trained_on = []
card = "fusion.md"
classes = {classes}
"""


def parameters(
    experts: Mapping[Modality, Expert] | None = None, **changes: object
) -> FusionParameters:
    """Return plain numbers: every expert calibrated, fully trusted, without a leaning."""
    values = {
        "experts": experts or dict.fromkeys(MODALITIES, expert()),
        "prior": EVEN,
        "quality_exponent": 1.0,
        "confidence_exponent": 0.0,
        "consistency_share": 0.0,
        "conflict_divergence": 0.5,
        "conflict_reliability": 0.25,
    }
    return FusionParameters(**values | changes)


def expert(**changes: object) -> Expert:
    values = {"temperature": 1.0, "bias": np.zeros(LABELS), "known": EVERYTHING, "trust": 1.0}
    return Expert(**values | changes)


def reading(*cells: Cell, quality: Sequence[float] = (1.0, 1.0, 1.0)) -> WindowReadings:
    """Return one window; ``cells`` are what face, voice and gait show, None where absent."""
    rows = [np.full(LABELS, np.nan) if cell is None else np.array(cell, float) for cell in cells]
    shown = np.stack(rows)[None]
    present = np.array([cell is not None for cell in cells])[None]
    return WindowReadings(
        start_s=np.zeros(1), end_s=np.ones(1), probabilities=shown,
        valence=shown @ VALENCE, arousal=shown @ AROUSAL, confidence=shown.max(axis=2),
        quality=np.where(present, np.array(quality), np.nan),
    )  # fmt: skip


def peaked(label: str, height: float = 0.8) -> list[float]:
    """Return probabilities with one label above the others, which are alike."""
    rest = (1 - height) / (LABELS - 1)
    return [height if name == label else rest for name in EMOTIONS]


def observation(
    modality: Modality, t_start_s: float, t_end_s: float, shown: Sequence[float], **changes: object
) -> Observation:
    shares = np.array(shown)
    values = {
        "modality": modality, "t_start_s": t_start_s, "t_end_s": t_end_s, "person": 0,
        "probabilities": tuple(shown), "valence": float(shares @ VALENCE),
        "arousal": float(shares @ AROUSAL), "confidence": float(shares.max()), "quality": 0.9,
    }  # fmt: skip
    return Observation(**values | changes)


def place(folder: Path, name: str, file: str, content: bytes) -> None:
    """Put a file into a folder of weights and name it in the manifest."""
    (folder / file).write_bytes(content)
    with (folder / "manifest.toml").open("a", encoding="utf-8") as manifest:
        sha256 = hashlib.sha256(content).hexdigest()
        manifest.write(
            TABLE.format(name=name, file=file, sha256=sha256, classes=json.dumps(EMOTIONS))
        )


def place_numbers(folder: Path, **changes: object) -> None:
    """Put plain numbers of a fusion into a folder of weights."""
    place(
        folder, "fusion", "fusion.json", json.dumps(parameters_json(parameters(**changes))).encode()
    )
