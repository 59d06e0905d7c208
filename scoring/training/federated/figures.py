"""Puts the reports of several runs into one file, for the page on federated training.

``python -m scoring.training.federated.figures OUT.json RUN …``, each RUN the ``--out`` folder of a
``train_federated``.
"""

import sys
from pathlib import Path
from typing import Any

from scoring.training import artifact_files

KEPT = ("table", "branches", "auc", "rounds", "seconds")


def collected(runs: list[Path]) -> dict[str, Any]:
    """Return what the page shows of each run."""
    return {"runs": [_of(artifact_files.read_json(run / "report.json")) for run in runs]}


def _of(report: dict[str, Any]) -> dict[str, Any]:
    choice, traffic = report["choice"], report["traffic"]
    return {
        **{name: report[name] for name in KEPT},
        "split_by": choice["split_by"],
        "secure": choice["secure"],
        "epsilon": choice["epsilon"],
        "kilobytes_sent": round(traffic["bytes_from_branch"] / 1000),
        "kilobytes_received": round(traffic["bytes_to_branch"] / 1000),
    }


def main(out: str, *runs: str) -> None:
    """Read the runs and write the file."""
    artifact_files.write_json(Path(out), collected([Path(run) for run in runs]))


if __name__ == "__main__":
    main(*sys.argv[1:])
