"""What each cut-off would give, and the challengers in shadow beside the champion."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, requires
from scoring import book as books
from scoring import strategy_charts
from scoring.engine.strategy import Assumptions, cut_off_curve, most_profitable
from scoring.engine.types import CreditClass
from scoring.explanation import name_of
from scoring.services import policy as policies
from scoring.services import strategy
from scoring.strategy_forms import AssumptionsForm

TABLE_STEP_POINTS = 20


@require_safe
@requires(Capability.VIEW_POLICY)
def cut_off_strategy(request: HttpRequest) -> HttpResponse:
    policy = policies.active()
    found = books.currencies(request.user)
    if not found:
        return render(request, "scoring/strategy.html", {"policy": policy})
    form = AssumptionsForm(request.GET if "margin" in request.GET else None, currencies=found)
    is_wrong = form.is_bound and not form.is_valid()
    used = form.assumptions() if form.is_bound and not is_wrong else Assumptions()
    currency = form.cleaned_data["currency"] if form.is_bound and not is_wrong else found[0]
    context = {"policy": policy, "form": form, "currency": currency}
    context |= _curve(request, currency, used, policy.parsed.approval_cut_off_points)
    context |= _challengers(request)
    return render(request, "scoring/strategy.html", context, status=422 if is_wrong else 200)


def _curve(
    request: HttpRequest, currency: str, assumptions: Assumptions, cut_off: int
) -> dict[str, Any]:
    book = strategy.book_of(request.user, currency)
    curve = cut_off_curve(book.sums, assumptions)
    best = most_profitable(curve)
    shown = [
        row
        for row in curve
        if row.points % TABLE_STEP_POINTS == 0 or row.points in {cut_off, best and best.points}
    ]
    return {
        "book": book,
        "rows": shown,
        "best": best,
        "now": next((row for row in curve if row.points == cut_off), None),
        "rates_figure": strategy_charts.rates(curve, cut_off),
        "profit_figure": strategy_charts.profit(curve, cut_off, best, currency),
    }


def _challengers(request: HttpRequest) -> dict[str, Any]:
    rows = [
        {
            "name": name_of(each.estimator),
            "version": each.version,
            "comparison": each.comparison,
            "moves": list(zip(CreditClass, each.comparison.migration, strict=True)),
        }
        for each in strategy.challengers_of(request.user)
    ]
    return {"challengers": rows, "classes": list(CreditClass), "most": books.MAX_COMPARED}
