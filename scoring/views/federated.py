"""The page on federated training: what leaves a branch, and what was measured."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, requires
from scoring.paths import ARTIFACTS_DIR

FIGURES = "federated_figures.json"
# What the federation may differ by from training in one place.
BAR = 0.01
SUMS: tuple[tuple[str | Promise, str | Promise], ...] = (
    (_("Counts"), _("good and bad rows in each cell of a grid that is the same for all branches")),
    (_("Gradients"), _("gradient and curvature of the scorecard at common coefficients")),
    (_("Weights"), _("the common network after a few passes over the branch’s own rows")),
    (_("Scores"), _("good and bad test rows by predicted risk, to measure")),
)


# Files of the shipped runs by what they hold; another keeps its own name.
TABLES: dict[str, str | Promise] = {
    "taiwan_UCI_Credit_Card.csv.zip": _("Credit cards in Taiwan"),
    "SouthGermanCredit.asc": _("South German credit"),
}
COLUMNS: dict[str, str | Promise] = {"LIMIT_BAL": _("credit limit"), "amount": _("loan amount")}


@require_safe
@requires(Capability.VIEW_PRIVACY)
def federated_training(request: HttpRequest) -> HttpResponse:
    """Show the sums that a branch gives and the measured runs."""
    path = ARTIFACTS_DIR / FIGURES
    runs = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.is_file() else []
    context = {"sums": SUMS, "runs": [_shown(run) for run in runs]}
    return render(request, "scoring/federated.html", context)


def _shown(run: dict[str, Any]) -> dict[str, Any]:
    found = run["auc"]
    largest = max(abs(value) for value in found["difference"].values())
    alone = zip(run["branches"], found["alone"].values(), strict=True)
    return {
        **run,
        "title": TABLES.get(run["table"], run["table"]),
        "column": COLUMNS.get(run["split_by"], run["split_by"]),
        "largest": largest,
        "is_within": largest <= BAR,
        "branches": [{**branch, "auc": auc} for branch, auc in alone],
    }
