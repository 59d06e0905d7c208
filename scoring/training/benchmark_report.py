"""Write the card of the estimators on the public tables from what the benchmark measured.

``python -m scoring.training.benchmark_report OUT`` reads the JSON files that
:mod:`scoring.training.benchmark_tables` wrote into OUT and prints Markdown.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoring.training.credit_card import TITLES

HEADINGS = {
    "german_data": "German credit, 1,000 rows (`german.data`), five repeats of five folds",
    "german": "South German credit, 1,000 rows, five repeats of five folds",
    "taiwan": "Taiwan, 30,000 rows, `cv0`",
    "gmsc": "Give Me Some Credit, 150,000 rows, `cv0`",
}
VARIANTS = {"all": "", "fair": ", without protected columns"}
HEAD = (
    "| | AUC, mean of the folds | AUC of all rows (95 % interval) | KS | Brier "
    "| bad rate among the approved 70 % | fits |\n|---|---|---|---|---|---|---|"
)
Figures = Mapping[str, Any]


def card(out: Path) -> str:
    """Return a chapter for every table and variant that was measured in the folder."""
    chapters = [
        _chapter(f"{heading}{words}", json.loads(path.read_text()))
        for name, heading in HEADINGS.items()
        for variant, words in VARIANTS.items()
        if (path := out / f"{name}_{variant}.json").is_file()
    ]
    return "\n".join(chapters)


def _chapter(heading: str, measured: Figures) -> str:
    names = [name for name in TITLES if name in measured]
    ordered = sorted(names, key=lambda name: measured[name]["auc"])
    lines = [_line(TITLES[name], measured[name]) for name in ordered]
    parts = [f"## {heading}\n", HEAD, *lines, "", _compared(measured)]
    return "\n".join(parts) + "\n"


def _line(title: str, found: Figures) -> str:
    low, high = found["auc_ci"]
    folds = found.get("auc_of_folds")
    mean = f"{folds['mean']:.4f} (sd {folds['sd']:.3f})" if folds else "–"
    brier = f"{found['brier']:.4f}" if found["calibration"] else "–"
    fits = f"{found['fit_s']:.0f} s" if found["fit_s"] else "–"
    return (
        f"| {title} | {mean} | {found['auc']:.4f} ({low:.4f}–{high:.4f}) | {found['ks']:.3f} "
        f"| {brier} | {100 * found['bad_rate_at_70']:.2f} % | {fits} |"
    )


def _compared(measured: Figures) -> str:
    best = measured["best"]
    found = [
        f"{TITLES[best].capitalize()} less {TITLES[name]}: {each['difference']:+.4f} "
        f"({each['interval'][0]:+.4f} to {each['interval'][1]:+.4f})."
        for name, each in measured.get("paired", {}).items()
    ]
    for name in ("points_table", "logistic"):
        if name in measured and name != best:
            fewer = 1 - measured[best]["bad_rate_at_70"] / measured[name]["bad_rate_at_70"]
            found.append(
                f"At 70 % approval it has {100 * fewer:.1f} % fewer defaults among the approved "
                f"than the {TITLES[name]}."
            )
    return "\n".join(found)


def main() -> None:
    """Print the card of the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder that the benchmark wrote into")
    sys.stdout.write(card(parser.parse_args().out))


if __name__ == "__main__":
    main()
