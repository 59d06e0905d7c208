"""Draw the reference sessions over which the mean adjustment is centred at 0.

No data set of loan interviews with expressions exists. Until an installation has sessions of its
own in shadow mode, the reference is a population of everyday faces: the votes that ten people
each gave to the pictures of FER+ (MIT licence of the votes). A session is the mean of a few dozen
faces. The same reference stands in for voice and gait, which is an assumption, not a measurement.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scoring.engine.types import EMOTIONS, MODALITIES
from scoring.training import artifact_files

VERSION = "1"
SESSIONS = 60
FACES_PER_SESSION = 24
# How much a session keeps to one mood: the concentration of its Dirichlet weights over faces.
MOOD_CONCENTRATION = 0.15


def main(data: Path, out: Path, seed: int) -> dict[str, Any]:
    """Write ``reference_sessions.json`` and name it in the manifest; return its content."""
    votes = _votes(data)
    generator = np.random.default_rng(seed)
    sessions = [_session(votes, generator) for _ in range(SESSIONS)]
    content = {
        "name": "reference_sessions",
        "version": VERSION,
        "source": "FER+ votes (Barsoum et al. 2016), MIT; training part",
        "faces": len(votes),
        "labels": list(EMOTIONS),
        "sessions": dict.fromkeys(MODALITIES, sessions),
    }
    out.mkdir(parents=True, exist_ok=True)
    artifact_files.write_json(out / "reference_sessions.json", content)
    artifact_files.register(
        out,
        name="reference_sessions",
        version=VERSION,
        role="reference",
        file="reference_sessions.json",
        licence="MIT (votes)",
        commercial=True,
        trained_on=["FER+ votes"],
        card="reference_sessions.md",
    )
    return content


def _votes(data: Path) -> np.ndarray:
    """Return the votes over the seven labels as probabilities, shape (faces, 7)."""
    folder = data / "face" if (data / "face").is_dir() else data
    rows = pd.read_csv(folder / "ferplus.csv")
    rows = rows[rows["split"] == "train"]
    counts = np.column_stack([_label_votes(rows, label) for label in EMOTIONS]).astype(float)
    counts = counts[counts.sum(axis=1) > 0]
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _label_votes(rows: pd.DataFrame, label: str) -> "pd.Series[int]":
    votes = rows[f"v_{label}"]
    return votes + rows["v_contempt"] if label == "disgust" else votes


def _session(votes: np.ndarray, generator: np.random.Generator) -> list[float]:
    faces = votes[generator.integers(0, len(votes), FACES_PER_SESSION)]
    weights = generator.dirichlet(np.full(FACES_PER_SESSION, MOOD_CONCENTRATION))
    mean = np.round(weights @ faces, 5)
    mean[EMOTIONS.index("neutral")] += 1.0 - mean.sum()
    return [round(float(value), 5) for value in mean]
