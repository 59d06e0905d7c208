"""Federated training of one table on this machine, held against training in one place.

``train`` deals the table out, runs server and branches as processes of their own, and measures
what they found beside two estimators that no federation could beat or should fall behind: all rows
in one place, and each branch alone. All are measured on the same test rows.
"""

import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from scoring.engine.metrics import auc
from scoring.training import artifact_files
from scoring.training.federated import (
    branch,
    budget,
    certificates,
    export,
    fit,
    prepare,
    requests,
    rows,
    sums,
)
from scoring.training.federated.agreement import Agreement
from scoring.training.federated.branches import Choice, Dealt, clear, deal, populations
from scoring.training.federated.prepare import TIMEOUT_S
from scoring.training.federated.processes import FederationError, Processes
from scoring.training.private_noise import SystemNoise

logger = logging.getLogger(__name__)
Progress = Callable[[str], None]


def train(
    path: Path,
    choice: Choice,
    out: Path,
    *,
    settings: fit.Settings | None = None,
    progress: Progress = logger.info,
) -> dict[str, Any]:
    """Train on branches as processes; write ``report.json`` and return the report.

    Raises TableError for the table or a choice, FederationError where the run has no result or
    ``out`` has a folder ``run`` of something else, ParityError where a written file is not the
    estimator that was found.
    """
    settings = settings or fit.Settings(seed=choice.seed)
    run = _fresh(out / "run")
    try:
        dealt = deal(path, choice, run)
        found = _run(run, dealt, settings, progress)
        progress("measuring beside training in one place")
        return _report(path, choice, out, dealt=dealt, found=found, settings=settings)
    finally:
        # Copies of rows, and keys that nobody needs again.
        clear(run)
        (run / certificates.SERVER_KEY).unlink(missing_ok=True)


def _report(
    path: Path,
    choice: Choice,
    out: Path,
    *,
    dealt: Dealt,
    found: Mapping[str, Any],
    settings: fit.Settings,
) -> dict[str, Any]:
    report = {
        "table": path.name,
        "choice": {**asdict(choice), "split": choice.split and choice.split.name},
        "branches": populations(dealt),
        "synthetic_rows": dealt.synthetic_rows,
        # Of processes that :func:`branch.open_branch` opened.
        "noise": None if choice.epsilon is None else SystemNoise.source,
        "auc": compare(dealt, found, settings),
        "traffic": traffic(found["rounds"]),
        "seconds": found["seconds"],
        "rounds": len(found["rounds"]),
    }
    sample = dealt.folders[0] / "test.csv"
    report["parity"] = export.write(out, dealt.agreement, found["estimators"], report, sample)
    artifact_files.write_json(out / "report.json", report)
    dealt.agreement.write(out / branch.AGREEMENT_FILE)
    return report


def _fresh(folder: Path) -> Path:
    """Return an empty folder for its owner. Raises FederationError where another's lies there."""
    if folder.is_dir() and (folder / branch.AGREEMENT_FILE).is_file():
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        if folder.is_dir():
            folder.rmdir()
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise FederationError(
            f"{folder} is not the folder of an earlier run, and is left as it is: move it, or name "
            "another --out"
        ) from error
    return folder.resolve()


def _run(run: Path, dealt: Dealt, settings: fit.Settings, progress: Progress) -> dict[str, Any]:
    prepare.write_settings(run, settings, TIMEOUT_S)
    progress(f"starting a server and {len(dealt.folders)} branches")
    with Processes(run, dealt.folders) as processes:
        progress("they run; the logs are in " + str(processes.logs))
        found: dict[str, Any] = processes.run(TIMEOUT_S, lambda n: progress(f"round {n} is done"))
    return found


def compare(dealt: Dealt, found: Mapping[str, Any], settings: fit.Settings) -> dict[str, Any]:
    """Return AUCs on all test rows: federated, in one place, and of each branch alone.

    The estimators in one place have neither masks nor noise: they are what privacy is paid against.
    """
    # Without a budget, numbers lie on the fine grid, whatever the federation used.
    plain = replace(dealt.agreement, secure=False, epsilon=None)
    parts = [_parts(folder, plain) for folder in dealt.folders]
    test = _joined([each["test"] for each in parts])
    pooled = _joined([each["train"] for each in parts])
    own = _joined([_parts(folder, dealt.agreement)["test"] for folder in dealt.folders])
    federated = _aucs(found["estimators"], own)
    in_one_place = _aucs(in_one(plain, pooled, test, settings), test)
    return {
        "federated": federated,
        "by_histograms": {name: round(value, 4) for name, value in found["auc"].items()},
        "in_one_place": in_one_place,
        "difference": {
            name: round(federated[name] - in_one_place[name], 4) for name in in_one_place
        },
        "alone": {
            folder.name: _aucs(in_one(plain, each["train"], test, settings), test)
            for folder, each in zip(dealt.folders, parts, strict=True)
        },
    }


def in_one(
    agreement: Agreement, train_rows: rows.Rows, test: rows.Rows, settings: fit.Settings
) -> dict[str, Any]:
    """Train in one place: a federation of one branch."""
    ledger = budget.Ledger(None, None, agreement.delta)
    only = branch.Branch(agreement, {"train": train_rows, "test": test}, ledger)
    estimators: dict[str, Any] = fit.fit(
        requests.in_process(agreement, [only]), agreement, settings
    )["estimators"]
    return estimators


def _parts(folder: Path, agreement: Agreement) -> dict[str, rows.Rows]:
    return {part: rows.read(folder / f"{part}.csv", agreement) for part in ("train", "test")}


def _joined(parts: Sequence[rows.Rows]) -> rows.Rows:
    return rows.Rows(
        np.concatenate([each.cells for each in parts]),
        np.concatenate([each.bad for each in parts]),
    )


def _aucs(estimators: Mapping[str, Any], test: rows.Rows) -> dict[str, float]:
    return {
        name: round(auc(test.bad, sums.risk(estimator, test)), 4)
        for name, estimator in estimators.items()
    }


def traffic(exchanged: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what went over the line of one branch, by sum and in total."""
    found: dict[str, dict[str, float]] = {}
    for each in exchanged:
        kind = found.setdefault(
            each["sum"], {"rounds": 0, "bytes_to_branch": 0, "bytes_from_branch": 0, "seconds": 0.0}
        )
        kind["rounds"] += 1
        for name in ("bytes_to_branch", "bytes_from_branch", "seconds"):
            kind[name] = round(kind[name] + each[name], 2)
    seconds = [each["seconds"] for each in exchanged]
    return {
        "by_sum": found,
        "bytes_to_branch": sum(each["bytes_to_branch"] for each in exchanged),
        "bytes_from_branch": sum(each["bytes_from_branch"] for each in exchanged),
        "median_seconds_per_round": round(float(np.median(seconds)), 2),
    }
