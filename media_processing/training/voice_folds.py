"""Cross-validation over the speaker folds of a corpus: ``manage.py train_model voice --folds 6``.

Each fold's networks begin from the base, which never heard the corpus, and learn as the shipped
committee does, trial and refinement, from the speakers of the other folds. No clip of a held-out
speaker takes part in training, in choosing an epoch, or in normalising.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from media_processing.training.class_metrics import confusion_matrix, unweighted_average_recall
from media_processing.training.voice_corpora import CLASSES, Clip, VoiceSource
from media_processing.training.voice_features import Material
from media_processing.training.voice_recipe import Run, chosen
from media_processing.training.voice_scoring import clip_logits

# What teaches beside the other folds of a corpus. CASIA's weights measure and are not shipped.
SHARES: Mapping[str, Mapping[str, float]] = {
    "ravdess": {"ravdess": 0.85, "nemo": 0.15},
    "casia": {"casia": 0.6, "ravdess": 0.25, "nemo": 0.15},
}
# The 97.5 % point of Student's t for n folds: the interval is of the mean of few figures.
STUDENT_T = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57}


def cross_validate(run: Run, data: Path | VoiceSource, corpus: str, folds: int) -> dict[str, Any]:
    """Train and test once per fold of ``corpus``; return the figures of the held-out speakers.

    The folds are those of the corpus' table. Every clip's log-probabilities are kept beside the
    checkpoints. Raises ValueError for a corpus without folds, or with another number of them.
    """
    # A corpus in a layout of its own has nothing beside it to learn from.
    known = SHARES if isinstance(data, Path) else {corpus: {corpus: 1.0}}
    if corpus not in known:
        raise ValueError(f"no folds of {corpus!r}; known are {', '.join(known)}")
    member, refinement = (
        replace(phase, corpus_share=known[corpus])
        for phase in (run.rules.member, run.rules.refinement)
    )
    run = replace(run, rules=replace(run.rules, member=member, refinement=refinement))
    material = run.material(data)
    own = [clip for clip in material.clips if clip.corpus == corpus]
    names = sorted({clip.fold for clip in own})
    if len(names) != folds:
        raise ValueError(f"{corpus} has {len(names)} folds of speakers, not {folds}")
    opinions = np.full((len(own), len(CLASSES)), np.nan)
    for fold in names:
        opinions[[clip.fold == fold for clip in own]] = _fold_logits(run, material, corpus, fold)
    np.save(run.out / f"folds-{corpus}.npy", opinions)
    return {
        "corpus": corpus,
        "seed": run.seed,
        "rules": asdict(run.rules),
        **fold_figures(own, opinions),
    }


def _fold_logits(run: Run, material: Material, corpus: str, fold: str) -> npt.NDArray[np.float64]:
    def is_held_out(clip: Clip) -> bool:
        return clip.corpus == corpus and clip.fold == fold

    def teaches(clip: Clip) -> bool:
        return clip.fold != fold if clip.corpus == corpus else clip.split != "test"

    name, taught = f"{corpus}-fold-{fold}", chosen(material, teaches)
    committee = run.refine(run.member(name, taught), taught, f"{name}-refined")
    return clip_logits(committee, chosen(material, is_held_out))


def fold_figures(clips: Sequence[Clip], opinions: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Return UAR per fold, their mean with a 95 % interval, per sex, and the pooled confusion.

    ``opinions`` are (clips, classes) log-probabilities; the decision is taken among the classes
    that the corpus has.
    """
    truth = np.array([CLASSES.index(clip.label) for clip in clips])
    present = np.unique(truth)
    predicted = present[opinions[:, present].argmax(axis=1)]
    folds = _uars([clip.fold for clip in clips], truth, predicted)
    figures = np.array([row["uar"] for row in folds.values()])
    spread = STUDENT_T.get(len(figures), 1.96) * figures.std(ddof=1) / np.sqrt(len(figures))
    confusion = confusion_matrix(truth, predicted, len(CLASSES))[np.ix_(present, present)]
    return {
        "n": len(clips),
        "classes": [CLASSES[index] for index in present],
        "mean_uar": float(figures.mean()),
        "interval_95": [float(figures.mean() - spread), float(figures.mean() + spread)],
        "accuracy": float((truth == predicted).mean()),
        "per_fold": folds,
        "per_sex": _uars([clip.sex for clip in clips], truth, predicted),
        "confusion": confusion.tolist(),
    }


def _uars(
    keys: Sequence[str], truth: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64]
) -> dict[str, dict[str, Any]]:
    rows = {}
    for key in sorted(set(keys)):
        inside = np.array([other == key for other in keys])
        counts = confusion_matrix(truth[inside], predicted[inside], len(CLASSES))
        rows[key] = {"uar": unweighted_average_recall(counts), "n": int(inside.sum())}
    return rows
