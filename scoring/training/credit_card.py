"""The card of a training run: what was learned from, what came out, what it does not say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoring.engine.scorecard import Scale
from scoring.training import artifact_files
from scoring.training.table_profile import TableProfile
from scoring.training.time_cuts import TITLES

# The scale of a policy that nobody changed.
SCALE = Scale(base_points=600, base_odds=15.0, points_to_double_odds=50)


def text(
    table: str,
    compared: Mapping[str, Any],
    profile: TableProfile,
    choice: Mapping[str, Any],
    out: Path,
) -> str:
    """Return the card as Markdown."""
    parts = [
        f"# Estimators from {table}\n",
        _data(compared, profile, choice),
        _figures(compared),
        _warnings(compared, profile),
        _files(compared),
    ]
    if (out / "scorecard.json").is_file() and len(compared["classes"]) == 2:
        parts.append(_points(artifact_files.read_json(out / "scorecard.json")))
    parts.append(
        "## Limits\n\nThe figures are out of fold on this table. They say nothing of applicants "
        "who were never granted a loan, of later years or of other lenders. Watch the stability of "
        "scores, and compare with outcomes, before the estimator decides.\n"
    )
    return "\n".join(parts)


def _data(compared: Mapping[str, Any], profile: TableProfile, choice: Mapping[str, Any]) -> str:
    left_out = ", ".join(choice["protected"]) or "none"
    synthetic = compared.get("synthetic_rows", 0)
    warning = f"**{synthetic:,} of the rows are synthetic.** " if synthetic else ""
    return (
        f"{warning}"
        f"Learned from {compared['rows']:,} rows of {profile.rows:,}; target `{choice['target']}`, "
        f"classes {', '.join(compared['classes'])}; the last of two is the event. "
        f"Features: {', '.join(compared['features'])}. "
        f"Protected columns left out: {left_out}. "
        f"{choice['folds']} folds, {choice['repeats']} repeats, seed {choice['seed']}. "
        + _method(compared, choice)
        + "\n"
    )


def _method(compared: Mapping[str, Any], choice: Mapping[str, Any]) -> str:
    """Return how rare classes and the trends of bins were treated."""
    trend = "only rise or only fall" if choice["trend"] == "monotone" else "turn at most once"
    told = f"The points of the scorecard's bins {trend} with a value. "
    if choice["class_weight"] != "balanced":
        return told + "Every row weighed the same while learning."
    told += "Every class weighed the same while learning, and probabilities were calibrated after."
    if len(compared["classes"]) > 2:
        return told
    means = [
        f"{TITLES[name]} {100 * sum(p['predicted'] * p['rows'] for p in points) / rows:.2f} %"
        for name in TITLES
        if (points := (compared.get(name) or {}).get("calibration"))
        if (rows := sum(p["rows"] for p in points))
    ]
    found = next(compared[name] for name in TITLES if (compared.get(name) or {}).get("calibration"))
    points = found["calibration"]
    observed = sum(p["observed"] * p["rows"] for p in points) / sum(p["rows"] for p in points)
    told += f" Mean probability out of fold: {', '.join(means)}"
    return f"{told}; observed {100 * observed:.2f} %."


def _figures(compared: Mapping[str, Any]) -> str:
    names = [name for name in TITLES if compared.get(name)]
    if len(compared["classes"]) > 2:
        head = "| | accuracy | macro-F1 | AUC |\n|---|---|---|---|"
        lines = [
            f"| {TITLES[name]} | {found['accuracy']:.4f} | {found['macro_f1']:.4f} "
            f"| {found['auc_ovr']:.4f} |"
            for name in names
            if (found := compared[name])
        ]
    else:
        head = (
            "| | AUC (95 % interval) | KS | Brier | bad rate among the approved 70 % |\n"
            "|---|---|---|---|---|"
        )
        lines = [_figures_line(TITLES[name], compared[name]) for name in names]
    return f"## Out of fold\n\n{head}\n" + "\n".join(lines) + "\n"


def _figures_line(title: str, found: Mapping[str, Any]) -> str:
    low, high = found["auc_ci"]
    return (
        f"| {title} | {found['auc']:.4f} ({low:.4f}–{high:.4f}) | {found['ks']:.4f} "
        f"| {found['brier']:.5f} | {100 * found['bad_rate_at_70']:.2f} % |"
    )


def _warnings(compared: Mapping[str, Any], profile: TableProfile) -> str:
    lines = [f"- {fault.text}" for fault in profile.faults]
    lines += [f"- To keep to the time budget: {cut}." for cut in compared["cut"]]
    return "## What to know of the table\n\n" + ("\n".join(lines) or "No faults found.") + "\n"


def _files(compared: Mapping[str, Any]) -> str:
    """Return which files serve, and how far each is from the estimator that was fitted."""
    written = compared.get("files") or {}
    if not written:
        return "## Files\n\nNone of the chosen estimators is written.\n"
    lines = [
        f"- `{file}`: {TITLES[name]}; its probabilities differ by at most "
        f"{compared['parity'][name]:.0e} from the fitted estimator's"
        for name, file in written.items()
    ]
    if len(compared["classes"]) > 2:
        order = ", ".join(compared["classes"])
        lines.append(f"\nEach gives the probability of every class, in this order: {order}.")
    return "## Files\n\n" + "\n".join(lines) + "\n"


def _points(card: Mapping[str, Any]) -> str:
    """Return the scorecard in points on the scale of a policy that nobody changed."""
    lines = [
        "## Scorecard in points\n",
        f"{SCALE.base_points} points at odds of {SCALE.base_odds:g}:1, doubling every "
        f"{SCALE.points_to_double_odds}; base points "
        f"{round(SCALE.offset + SCALE.factor * card['intercept_log_odds'])}.\n",
        "| characteristic | bin | share | bad rate | points |",
        "|---|---|---|---|---|",
    ]
    for each in card["characteristics"]:
        lines += [_points_line(each["name"], label, found) for label, found in _labelled(each)]
    return "\n".join(lines) + "\n"


def _labelled(each: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    is_text = bool(each["texts"]) and len(each["bins"]) == 1
    ranges = [] if is_text else [(_range(found), found) for found in each["bins"]]
    return [*ranges, *each["texts"].items(), ("missing or other", each["missing"])]


def _points_line(name: str, label: str, found: Mapping[str, Any]) -> str:
    rate = "–" if found["bad_rate"] is None else f"{100 * found['bad_rate']:.1f} %"
    points = round(SCALE.factor * found["log_odds"])
    return f"| {name} | {label} | {100 * found['share']:.1f} % | {rate} | {points:+d} |"


def _range(each: Mapping[str, Any]) -> str:
    lower, upper = each["lower"], each["upper"]
    if lower is None:
        return "all" if upper is None else f"below {upper:g}"
    return f"from {lower:g}" if upper is None else f"{lower:g} to below {upper:g}"
