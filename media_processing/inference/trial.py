"""Running a network for the first time, where it can neither take the machine down nor hang.

A graph may ask for any amount of memory and loop for ever; nothing in the file tells beforehand.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent.parent
_CHILD = ("-s", "-B", "-P", "-m", "media_processing.inference.trial_child")


class TrialError(Exception):
    """The trial did not come to an end; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a trial may take. The memory is address space: libraries count too."""

    cpu_s: int = 60
    wall_s: float = 300.0
    memory_bytes: int = 2 * 1024**3

    def __str__(self) -> str:
        return f"{self.cpu_s} s of a processor, {self.memory_bytes // 1024**2} MiB"


@dataclass(frozen=True, slots=True)
class Trial:
    """What a network takes, and what it gave for noise.

    ``inputs`` is type and shape of each, None where the file could not be loaded; ``answers`` is
    the shape of each, None where it could not be run.
    """

    inputs: list[tuple[str, list[int | str]]] | None
    answers: list[tuple[int, ...]] | None = None
    is_distribution: bool = False


def try_network(path: Path, shapes: Sequence[Sequence[int]], limits: Limits | None = None) -> Trial:
    """Load the network of ``path`` and run it on noise of these shapes, in a process of its own.

    Raises TrialError where that takes more than the limits.
    """
    limits = limits or Limits()
    request = {"path": str(path.resolve()), "shapes": [list(shape) for shape in shapes]}
    with tempfile.TemporaryDirectory() as empty:
        told = _told_by_child(json.dumps(request | asdict(limits)), limits, Path(empty))
    return _trial(told)


def _told_by_child(request: str, limits: Limits, folder: Path) -> dict[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603  # this interpreter, by full argv
            [sys.executable, *_CHILD],
            input=request + "\n",
            capture_output=True,
            text=True,
            timeout=limits.wall_s,
            cwd=folder,
            env={"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TrialError(f"Its trial took longer than {limits.wall_s:.0f} s.") from error
    if done.returncode != 0:
        raise TrialError(f"Its trial broke off; it may take {limits}.")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _trial(told: dict[str, Any]) -> Trial:
    inputs, answers = told["inputs"], told["answers"]
    if inputs is None or answers is None:
        return Trial(inputs and [(type_, shape) for type_, shape in inputs])
    return Trial(
        [(type_, shape) for type_, shape in inputs],
        [tuple(shape) for shape in answers["shapes"]],
        answers["is_distribution"],
    )
