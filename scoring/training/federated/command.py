"""What ``manage.py train_federated`` runs."""

from collections.abc import Callable
from pathlib import Path
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
    told = report.text(simulation.train(data, Choice(**choice), out, progress=progress))
    (out / "report.md").write_text(told, encoding="utf-8")
    return told
