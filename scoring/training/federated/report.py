"""The report of a federated run as Markdown."""

from collections.abc import Mapping
from typing import Any

NAMES = {"scorecard": "Scorecard", "neural": "Neural network"}


def text(report: Mapping[str, Any]) -> str:
    """Return the report for people; every figure is in ``report.json`` too."""
    return "\n".join([_head(report), *_branches(report), "", *_aucs(report), "", *_cost(report)])


def _head(report: Mapping[str, Any]) -> str:
    choice, found = report["choice"], report["auc"]["difference"]
    how = "masked sums (secure aggregation)" if choice["secure"] else "plain sums"
    if choice["epsilon"]:
        how += f", ε = {choice['epsilon']:g} for each branch"
    largest = max(abs(value) for value in found.values())
    verdict = "within" if largest <= 0.01 else "not within"
    notes = _synthetic(report) + _noise(report)
    return (
        f"# Federated training on {report['table']}\n\n"
        f"{len(report['branches'])} branches, {how}. The AUC of the federation is {verdict} 0.01 "
        f"of training in one place (largest difference {largest:.4f}).\n{notes}"
    )


def _synthetic(report: Mapping[str, Any]) -> str:
    rows = report.get("synthetic_rows")
    return f"\n**{rows:,} of the rows are synthetic.**\n" if rows else ""


def _noise(report: Mapping[str, Any]) -> str:
    if not report.get("noise"):
        return ""
    return (
        f"\nNoise was drawn from {report['noise']}: another run finds other estimators and "
        "figures, with the same choices and seed too.\n"
    )


def _branches(report: Mapping[str, Any]) -> list[str]:
    by = report["choice"]["split_by"]
    told = f"Rows were dealt out by `{by}`." if by else "Rows were dealt out at random."
    lines = [
        told,
        "",
        "| branch | rows to learn from | test rows | event rate |",
        "|---|--:|--:|--:|",
    ]
    lines += [
        f"| {each['name']} | {each['train_rows']} | {each['test_rows']} "
        f"| {100 * each['event_rate']:.1f} % |"
        for each in report["branches"]
    ]
    return lines


def _aucs(report: Mapping[str, Any]) -> list[str]:
    found = report["auc"]
    lines = ["| AUC on all test rows | " + " | ".join(NAMES.values()) + " |", "|---|--:|--:|"]
    rows = {
        "federated": found["federated"],
        "all rows in one place, without noise": found["in_one_place"],
        **{f"{name} alone": values for name, values in found["alone"].items()},
        "federated, from the branches' histograms": found["by_histograms"],
    }
    for name, values in rows.items():
        lines.append(f"| {name} | " + " | ".join(f"{values[key]:.4f}" for key in NAMES) + " |")
    return lines


def _cost(report: Mapping[str, Any]) -> list[str]:
    traffic = report["traffic"]
    lines = ["| sum | rounds | kB to a branch | kB from a branch | s |", "|---|--:|--:|--:|--:|"]
    for name, each in traffic["by_sum"].items():
        lines.append(
            f"| {name} | {each['rounds']} | {each['bytes_to_branch'] / 1000:.1f} "
            f"| {each['bytes_from_branch'] / 1000:.1f} | {each['seconds']:.1f} |"
        )
    lines += [
        "",
        f"{report['rounds']} rounds in {report['seconds']:.0f} s "
        f"(median {traffic['median_seconds_per_round']:.1f} s a round); a branch received "
        f"{traffic['bytes_to_branch'] / 1000:.0f} kB and sent "
        f"{traffic['bytes_from_branch'] / 1000:.0f} kB.",
        "",
    ]
    return lines
