"""Training the comparison of speakers, and measuring it on speakers that taught it nothing.

Linear discriminants and a two-covariance model of windows of 3 s, each of one manner of speaking:
then anger and calm of one speaker count as spread within him. Corpora differ in room and
microphone, so speakers are compared within theirs.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg

from media_processing.analysis.speaker import voice_vector
from media_processing.inference.speaker import NETWORK, SpeakerModel
from media_processing.training.speaker_material import (
    Speakers,
    Spoken,
    by_speaker,
    spoken,
    stretch,
)
from media_processing.training.speaker_measures import Trials, measured, thresholds_at
from media_processing.training.voice_corpora import MEASURED_ONLY

# EmoGator holds bursts, no speech.
TAUGHT = ("ravdess", "nemo")
WINDOW_S = 3.0
WINDOWS_A_SPEAKER = 60
LEAST_MANNER_S = 2.0
DIRECTIONS = 20
# Pulls the covariance within speakers towards a sphere (Ledoit and Wolf 2004).
SHRINKAGE = 0.2
LEAST_BETWEEN = 1e-3
FOLDS = 5

Array = npt.NDArray[np.float64]


def main(data: Path, out: Path, seed: int) -> None:
    """Learn from the corpora in ``data``, write ``speaker.json`` and its figures to ``out``."""
    clips = [one for corpus in (*TAUGHT, *MEASURED_ONLY) for one in spoken(data, corpus)]
    train(by_speaker(clips), out, seed)


def train(speakers: Speakers, out: Path, seed: int) -> dict[str, Any]:
    """Fit, measure, choose the thresholds and write; return the figures."""
    rng = np.random.default_rng(seed)
    taught = {name: one for name, one in speakers.items() if one[0].corpus in TAUGHT}
    vectors = {name: _vectors(found, rng) for name, found in taught.items()}
    trials = Trials(rng)
    for number in range(FOLDS):
        held_out = list(taught)[number::FOLDS]
        rest = {name: vectors[name] for name in taught if name not in held_out}
        trials.add(fit(rest, taught), {name: taught[name] for name in held_out})
    model = fit(vectors, taught)
    trials.add(model, {name: speakers[name] for name in speakers if name not in taught})
    thresholds = thresholds_at(trials, TAUGHT)
    figures = measured(trials, thresholds)
    out.mkdir(parents=True, exist_ok=True)
    _write(model, thresholds["cohort"], out / f"{NETWORK}.json")
    (out / f"{NETWORK}.figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    return figures


def _vectors(found: Sequence[Spoken], rng: np.random.Generator) -> Array:
    """Return (n, FEATURES) of windows of one manner each."""
    manners: dict[str, list[Spoken]] = {}
    for one in found:
        manners.setdefault(one.manner, []).append(one)
    usable = [
        group
        for group in manners.values()
        if sum(one.frames.duration_s for one in group) >= LEAST_MANNER_S
    ]
    picked = [usable[rng.integers(len(usable))] for _ in range(WINDOWS_A_SPEAKER)]
    return np.array([voice_vector(stretch(group, WINDOW_S, rng)) for group in picked])


def fit(vectors: Mapping[str, Array], taught: Speakers) -> SpeakerModel:
    """Fit discriminants and covariances to (n, FEATURES) vectors of each speaker."""
    pooled = np.concatenate(list(vectors.values()))
    ordinary = np.nanmedian(pooled, axis=0)
    whole = np.where(np.isfinite(pooled), pooled, ordinary)
    mean, deviation = whole.mean(axis=0), whole.std(axis=0)
    scaled = {
        name: (np.where(np.isfinite(rows), rows, ordinary) - mean) / deviation
        for name, rows in vectors.items()
    }
    within = np.cov(np.concatenate([rows - rows.mean(axis=0) for rows in scaled.values()]).T)
    sphere = np.eye(len(within)) * np.trace(within) / len(within)
    within = (1 - SHRINKAGE) * within + SHRINKAGE * sphere
    means = _means_in_their_corpus(scaled, taught)
    spread, directions = scipy.linalg.eigh(means.T @ means / len(means), within)
    order = np.argsort(-spread)[:DIRECTIONS]
    between = np.maximum(spread[order], LEAST_BETWEEN)
    return SpeakerModel(ordinary, mean, deviation, directions[:, order], between, np.inf)


def _means_in_their_corpus(scaled: Mapping[str, Array], taught: Speakers) -> Array:
    """Return (speakers, FEATURES) means, each less the mean of the speaker's corpus."""
    corpora = {taught[name][0].corpus for name in scaled}
    centres = {
        corpus: np.mean(
            [
                rows.mean(axis=0)
                for name, rows in scaled.items()
                if taught[name][0].corpus == corpus
            ],
            axis=0,
        )
        for corpus in corpora
    }
    return np.array(
        [rows.mean(axis=0) - centres[taught[name][0].corpus] for name, rows in scaled.items()]
    )


def _write(model: SpeakerModel, threshold: float, path: Path) -> None:
    arrays = {
        name: np.round(getattr(model, name), 6).tolist()
        for name in ("ordinary", "mean", "deviation", "directions", "between")
    }
    path.write_text(json.dumps({**arrays, "threshold": threshold}) + "\n")
