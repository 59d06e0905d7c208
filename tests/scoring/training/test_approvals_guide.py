"""The guide shows the figures that were measured, group by group."""

import json
from pathlib import Path

GUIDES = Path(__file__).resolve().parents[3] / "docs" / "guides"


def test_every_group_of_the_figures_stands_in_the_guide() -> None:
    figures = json.loads((GUIDES / "approvals_at_equal_risk.json").read_text())
    text = (GUIDES / "approvals_at_equal_risk.md").read_text()
    for part in ("people", "firms"):
        for name, row in figures[part]["groups"].items():
            low, high = row["more_points_ci"]
            told = f"| {row['cases']:,} | {row['approved_old_percent']:.1f} % | "
            told += f"{row['approved_new_percent']:.1f} % | **{row['more_points']:+.1f}** "
            assert f"{told}({low:.1f}–{high:.1f})" in text, name
