"""A million applicants in one file, from its bytes to the result, by one worker on one core."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from applicants.models import Officer
from benchmarks.figure import Figure
from benchmarks.score_columns import WHOLE, made_up
from scoring.engine.factor_columns import HUNDRED

ROWS, ROWS_AT_ONCE = 1_000_000, 50_000
LIMIT_S = 600.0
LIMIT_MB = 512.0
REPOSITORY = Path(__file__).resolve().parent.parent


def figures() -> Iterator[Figure]:
    Officer.objects.get_or_create(
        username="batch-benchmark", defaults={"role": Officer.Role.RISK_ANALYST}
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        write_people(path, ROWS)
        told = _run(path, Path(folder))
    if told["state"] != "done" or told["rows"] != ROWS or told["good"] + told["bad"] != ROWS:
        raise RuntimeError(f"the batch ended as {told}")
    yield Figure(
        "a batch of a million rows, one worker", told["seconds"], "s", "limit of 10 minutes",
        LIMIT_S, "well below 1",
    )  # fmt: skip
    yield Figure(
        "a batch of a million rows, time of one core", told["core_s"], "s", "limit of 10 minutes",
        LIMIT_S, "well below 1, whatever else the machine does",
    )  # fmt: skip
    yield Figure(
        "a batch of a million rows, peak memory of the process", told["peak_mb"], "MB",
        "limit of 512 MB", LIMIT_MB, "below 1, and the same for ten million",
    )  # fmt: skip


def write_people(path: Path, rows: int) -> None:
    """Write made-up applicants as CSV; one value in ten is missing."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        for first in range(0, rows, ROWS_AT_ONCE):
            columns = made_up(min(ROWS_AT_ONCE, rows - first), seed=first).hundredths
            if not first:
                writer.writerow(["reference", *columns])
            texts = [_texts(name, column.tolist()) for name, column in columns.items()]
            references = (f"P{first + row:08d}" for row in range(len(texts[0])))
            writer.writerows(zip(references, *texts, strict=True))


def _texts(name: str, column: list[int]) -> list[str]:
    if name in WHOLE:
        return ["" if value < 0 else str(value // HUNDRED) for value in column]
    return ["" if value < 0 else f"{value / HUNDRED:.2f}" for value in column]


def _run(path: Path, folder: Path) -> dict[str, float]:
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"{url}?host={database['HOST']}",
        "MEDIA_STORAGE_URL": f"file://{folder / 'store'}",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "benchmarks.batch_process", str(path)]
    ended = subprocess.run(
        command, cwd=REPOSITORY, env=environment, check=True, capture_output=True, text=True
    )
    return json.loads(ended.stdout)  # type: ignore[no-any-return]
