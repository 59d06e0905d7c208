"""Train the voice-emotion network: ``manage.py train_model voice``.

1. *Base*: a network learns to listen from vocal bursts of many people and from Polish speech
   (EmoGator and nEMO), without a clip of RAVDESS.
2. *Trial*: it goes on with the train speakers of RAVDESS and nEMO; the validation speakers give
   the curve and the temperature. They chose the recipe, and no epoch of a run.
3. *Refinement*: the recipe is now fixed, so the validation speakers teach too, from the trial's
   weights on. Trial and refinement are one committee. The test speakers never teach.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from media_processing.training.voice_corpora import VoiceSource
from media_processing.training.voice_export import calibrate, export
from media_processing.training.voice_folds import cross_validate
from media_processing.training.voice_recipe import (
    Run,
    TrainingRules,
    chosen,
    rules_for,
    training_thread,
)

# The corpus whose speaker folds are left out in turn where none is named.
CROSS_VALIDATED = "ravdess"


def main(
    data: Path,
    out: Path,
    seed: int,
    *,
    source: VoiceSource | None = None,
    epochs: int | None = None,
    start_from: Path | None = None,
    folds: int | None = None,
    corpora: str | None = None,
    rules: TrainingRules | None = None,
) -> None:
    """Train on the corpora under ``data``; write checkpoints, report and ONNX under ``out``.

    ``data`` (or its folder ``voice``) holds ``<corpus>.csv`` and ``<corpus>.zip``; a ``source``
    gives one corpus that is laid out in another way, and the network learns from it alone.
    ``start_from``, the ``base.pt`` of an earlier run, stands for the first phase, ``epochs`` for
    the length of the second; the third is half as long. With ``folds`` nothing is exported: one of
    the ``corpora`` (RAVDESS where none is named), or that of the ``source``, is cross-validated
    over its speaker folds into ``folds-<corpus>.json``. A run that was cut off goes on from its
    last epoch. Raises FileNotFoundError where a corpus is absent, ValueError for ``corpora`` that
    would choose nothing.
    """
    _refuse_idle(corpora, folds, source)
    rules = rules or (rules_for(source) if source else TrainingRules())
    if epochs is not None:
        refinement = replace(rules.refinement, epochs=max(1, epochs // 2))
        rules = replace(rules, member=replace(rules.member, epochs=epochs), refinement=refinement)
    out.mkdir(parents=True, exist_ok=True)
    run = Run(out, seed, rules, start_from)
    with training_thread():
        if start_from is None:
            run = run.with_base(data)
        if folds is None:
            name, report = "report.json", _train(run, source or data)
        else:
            corpus = source.corpus if source else corpora or CROSS_VALIDATED
            report = cross_validate(run, source or data, corpus, folds)
            name = f"folds-{corpus}.json"
    (out / name).write_text(json.dumps(report, indent=1), encoding="utf-8")


def _refuse_idle(corpora: str | None, folds: int | None, source: VoiceSource | None) -> None:
    if corpora is None:
        return
    if folds is None:
        raise ValueError("--corpora names the corpus that --folds cross-validates; give --folds N")
    if source is not None:
        raise ValueError(f"--layout gives one corpus, {source.corpus}; leave --corpora out")


def _train(run: Run, data: Path | VoiceSource) -> dict[str, Any]:
    material = run.material(data)
    train = chosen(material, lambda clip: clip.split == "train")
    validation = chosen(material, lambda clip: clip.split == "val")
    taught = chosen(material, lambda clip: clip.split in {"train", "val"})
    trial = run.member("trial", train, validation)
    calibration = calibrate(trial.average, validation)
    committee = run.refine(trial, taught)
    path = run.out / "voice_emotion.onnx"
    return {
        "seed": run.seed,
        "rules": asdict(run.rules),
        "base": _history(run.base),
        "trial": trial.history,
        **calibration,
        "onnx_difference": export(committee, calibration["temperature"], path),
    }


def _history(checkpoint: Path | None) -> list[dict[str, float]]:
    """Return the history that a checkpoint of training holds; plain weights hold none."""
    if checkpoint is None:
        return []
    return list(torch.load(checkpoint, weights_only=True).get("history", []))
