"""``make bench``: run every benchmark and write ``benchmarks/latest.json``."""

import importlib
import json
import os
import pkgutil
import sys
import traceback
from pathlib import Path

import django

FOLDER = Path(__file__).parent
NOT_BENCHMARKS = {
    "__main__", "batch_process", "book_rows", "figure", "interview_devices", "interview_notes",
    "interview_whole", "live_road", "live_walk", "processor", "walk_camera", "walk_notes",
}  # fmt: skip


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    # Late: these need the app registry. The figures are taken in a database of their own.
    from django.test.utils import setup_databases, teardown_databases

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        rows, failed = _measure(_named(sys.argv[1:]) or _all_names())
        (FOLDER / "latest.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    finally:
        _end_other_connections()
        teardown_databases(databases, verbosity=0)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _named(arguments: list[str]) -> list[str]:
    """Return the names before the first option; options are for the benchmark itself."""
    options = [place for place, word in enumerate(arguments) if word.startswith("--")]
    return arguments[: options[0]] if options else arguments


def _all_names() -> list[str]:
    names = (module.name for module in pkgutil.iter_modules([str(FOLDER)]))
    return sorted(name for name in names if name not in NOT_BENCHMARKS)


def _measure(names: list[str]) -> tuple[list[dict[str, object]], list[str]]:
    """Return the figures, and the names of the benchmarks that gave none."""
    rows, failed = [], []
    for name in names:
        try:
            for figure in importlib.import_module(f"benchmarks.{name}").figures():
                rows.append(figure.as_dict())
                print("{name}: {value:g} {unit}, {ratio:g} × {peer}".format(**rows[-1]), flush=True)
        except Exception:  # noqa: BLE001  # one that fails takes nothing from the others
            traceback.print_exc()
            failed.append(name)
    return rows, failed


def _end_other_connections() -> None:
    """A worker that a benchmark started may go on for a moment, and would keep its database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


if __name__ == "__main__":
    main()
