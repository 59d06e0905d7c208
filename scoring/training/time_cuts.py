"""What a run left undone to keep to its time budget, in sentences for the card and the page."""

from collections import Counter
from collections.abc import Mapping, Sequence

from scoring.training.effort import Effort

TITLES = {
    "points_table": "points table",
    "scorecard": "WOE scorecard",
    "boosting": "gradient boosting",
    "ebm": "explainable boosting machine",
    "neural": "neural network",
    "logistic": "logistic regression",
    "tree": "decision tree",
    "blend": "blend",
    "boosting_untuned": "LightGBM untuned",
    "ebm_untuned": "EBM untuned",
}
OF_MEMBERS = ("boosting", "ebm", "neural")
OF_PASSES = ("ebm", "neural", "ebm_untuned")


def of_folds(
    efforts: Mapping[str, Sequence[Effort]], names: Sequence[str], folds: int, full: Effort
) -> list[str]:
    """Return what was cut in the comparison: ``efforts`` has what each measured fold spent."""
    told = []
    for name in names:
        spent = efforts.get(name, ())
        if not spent:
            told.append(f"{TITLES[name]}: no fold ended in time, so it was not measured")
            continue
        if len(spent) < folds:
            told.append(f"{TITLES[name]}: measured on {len(spent)} of {folds} folds")
        counted = Counter(phrase for effort in spent for phrase in less(name, effort, full))
        told += [
            f"{TITLES[name]}: {phrase} in {count} of {folds} folds"
            for phrase, count in counted.items()
        ]
    return told


def of_files(efforts: Mapping[str, Effort | None], full: Effort) -> list[str]:
    """Return what was cut in the files that serve; None stands for one that was not made."""
    told = []
    for name, effort in efforts.items():
        if effort is None:
            told.append(f"{TITLES[name]}: no file was written, the time was up")
        elif phrases := less(name, effort, full):
            told.append(f"{TITLES[name]}, the file that serves: {', '.join(phrases)}")
    return told


def less(name: str, spent: Effort, full: Effort) -> list[str]:
    """Return in what a fit spent less than the full effort."""
    phrases = []
    if name == "boosting" and spent.trials < full.trials:
        phrases.append("no search of settings")
    if name in OF_MEMBERS and spent.members < full.members:
        phrases.append(f"{spent.members} members instead of {full.members}")
    if name in OF_PASSES and spent.passes < full.passes:
        phrases.append(f"{100 * spent.passes / full.passes:.0f} % of the usual work of a member")
    if spent.row_share < 1:
        phrases.append(f"learned from {100 * spent.row_share:.0f} % of the rows")
    return phrases
