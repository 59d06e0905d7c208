"""Does a network fit in the place of a shipped one? Shapes, classes, and that it answers."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from media_processing.inference.labels import mapping_matrix
from media_processing.inference.manifest import NetworkEntry, WeightsError, verified_path
from media_processing.inference.onnx_file import needs_other_files
from media_processing.inference.trial import Limits, Trial, TrialError, try_network

MAX_BYTES = 30 * 1024**2
FILE_NAME = re.compile(r"[a-z0-9_]+\.onnx")
CARD_NAME = re.compile(r"[a-z0-9_]+\.md")
VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")
TRIAL_SAMPLES = 2


class UnfitError(Exception):
    """A network cannot be placed; the message is a sentence that says why."""


def places(shipped: Sequence[NetworkEntry]) -> dict[str, NetworkEntry]:
    """Return the shipped networks that another can replace: ONNX, with classes that have labels."""
    return {entry.name: entry for entry in shipped if entry.file.endswith(".onnx") and _maps(entry)}


def check_fits(
    candidate: NetworkEntry, folder: Path, shipped: NetworkEntry, shipped_dir: Path
) -> None:
    """Raise UnfitError where ``candidate`` in ``folder`` cannot stand where ``shipped`` stands."""
    _check_entry(candidate, folder)
    _check_file(candidate, folder)
    model = onnxruntime.InferenceSession(
        shipped.path(shipped_dir).read_bytes(), providers=["CPUExecutionProvider"]
    )
    trial = _tried(candidate.path(folder), _trial_shapes(model))
    _check_inputs(trial, model)
    _check_answer(trial, model, candidate, shipped)


def _check_entry(candidate: NetworkEntry, folder: Path) -> None:
    if not FILE_NAME.fullmatch(candidate.file):
        raise UnfitError(f"{candidate.file!r} is no plain name of an ONNX file.")
    if not VERSION.fullmatch(candidate.version):
        raise UnfitError(f"{candidate.version!r} is no version.")
    if not candidate.licence.strip():
        raise UnfitError("The manifest names no licence.")
    if not candidate.trained_on:
        raise UnfitError("The manifest does not say what the network was trained on.")
    if not CARD_NAME.fullmatch(candidate.card) or not (folder / candidate.card).is_file():
        raise UnfitError(f"There is no model card {candidate.card!r} beside the manifest.")
    if not candidate.classes or len(set(candidate.classes)) < len(candidate.classes):
        raise UnfitError("The manifest names no classes, or one of them twice.")
    try:
        mapping_matrix(candidate.classes)
    except ValueError as error:
        raise UnfitError(f"The classes do not fit: {error}.") from error


def _check_file(candidate: NetworkEntry, folder: Path) -> None:
    path = candidate.path(folder)
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise UnfitError(f"{candidate.file} is larger than {MAX_BYTES // 1024**2} MiB.")
    try:
        verified_path(candidate, folder)
    except WeightsError as error:
        raise UnfitError(f"{error}.") from error


def _tried(path: Path, shapes: Sequence[Sequence[int]]) -> Trial:
    try:
        if needs_other_files(path.read_bytes()):
            raise UnfitError(f"{path.name} keeps weights in another file; export it as one file.")
        trial = try_network(path, shapes)
    except TrialError as error:
        raise UnfitError(str(error)) from error
    except ValueError as error:
        raise UnfitError(f"{path.name} is not a whole ONNX file.") from error
    if trial.inputs is None:
        raise UnfitError(f"{path.name} is not a whole ONNX file.")
    return trial


def _trial_shapes(model: Any) -> list[list[int]]:
    return [
        [size if isinstance(size, int) else TRIAL_SAMPLES for size in each.shape]
        for each in model.get_inputs()
    ]


def _check_inputs(trial: Trial, model: Any) -> None:
    ours = trial.inputs or []
    theirs = [(each.type, each.shape) for each in model.get_inputs()]
    alike = len(ours) == len(theirs) and all(
        type_ == other and _shapes_fit(shape, wanted)
        for (type_, shape), (other, wanted) in zip(ours, theirs, strict=True)
    )
    if not alike:
        raise UnfitError(f"Its input is {_told(ours)}; this place gives {_told(theirs)}.")


def _check_answer(trial: Trial, model: Any, candidate: NetworkEntry, shipped: NetworkEntry) -> None:
    """Compare the answers to noise: as many, of the same shapes but for the classes."""
    if trial.answers is None:
        raise UnfitError(f"It cannot be run on the input of this place, with {Limits()}.")
    wanted = [
        (*shape[:-1], len(candidate.classes))
        if len(shape) > 1 and shape[-1] == len(shipped.classes)
        else shape
        for shape in _answer_shapes(model)
    ]
    if trial.answers != wanted:
        raise UnfitError(f"Its answers have the shapes {trial.answers}; this place needs {wanted}.")
    if not trial.is_distribution:
        raise UnfitError("Its first answer is not a distribution over the classes.")


def _answer_shapes(model: Any) -> list[tuple[int, ...]]:
    names = [each.name for each in model.get_inputs()]
    feeds = {
        name: np.zeros(shape, np.float32)
        for name, shape in zip(names, _trial_shapes(model), strict=True)
    }
    return [each.shape for each in model.run(None, feeds)]


def _shapes_fit(shape: Sequence[int | str], wanted: Sequence[int | str]) -> bool:
    return len(shape) == len(wanted) and all(
        one == other or not isinstance(one, int) for one, other in zip(shape, wanted, strict=True)
    )


def _told(inputs: Sequence[tuple[str, Sequence[int | str]]]) -> str:
    return ", ".join(f"{type_} {list(shape)}" for type_, shape in inputs)


def _maps(entry: NetworkEntry) -> bool:
    try:
        mapping_matrix(entry.classes)
    except ValueError:
        return False
    return True
