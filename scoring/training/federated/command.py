"""What ``manage.py train_federated`` runs."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from scoring.training.exports import ParityError
from scoring.training.federated import report, simulation
from scoring.training.federated.branches import Choice
from scoring.training.federated.processes import FederationError, flower_folder

FAILURES = (ValueError, OSError, FederationError, ParityError)


def main(data: Path, out: Path, progress: Callable[[str], Any], **choice: Any) -> str:
    """Train, write everything to ``out``, and return the report as text.

    Raises TableError, AgreementError or FederationError with a sentence for people.
    """
    flower_folder()
    out.mkdir(parents=True, exist_ok=True)
    with _ending_in_order():
        told = report.text(simulation.train(data, Choice(**choice), out, progress=progress))
    (out / "report.md").write_text(told, encoding="utf-8")
    return told


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Have SIGTERM end the run as Ctrl-C does: copies of rows are removed on the way out."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _frame: FrameType | None) -> None:
    # A second one must not cut the clearing short.
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)
