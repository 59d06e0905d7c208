"""``make bench``: run every benchmark and write ``benchmarks/latest.json``."""

import importlib
import json
import os
import pkgutil
import sys
from pathlib import Path

import django

FOLDER = Path(__file__).parent
NOT_BENCHMARKS = {"__main__", "figure"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    chosen = sys.argv[1:] or sorted(
        module.name for module in pkgutil.iter_modules([str(FOLDER)])
        if module.name not in NOT_BENCHMARKS
    )  # fmt: skip
    rows = []
    for name in chosen:
        for figure in importlib.import_module(f"benchmarks.{name}").figures():
            rows.append(figure.as_dict())
            print("{name}: {value:g} {unit}, {ratio:g} × {peer}".format(**rows[-1]), flush=True)
    (FOLDER / "latest.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
