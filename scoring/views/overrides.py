"""How often people decide otherwise than the cut-off suggests, in which direction, and why."""

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, requires
from scoring import overrides as reads
from scoring import strategy_charts

ROWS_PER_PAGE = 25


@require_safe
@requires(Capability.VIEW_POLICY)
def overrides(request: HttpRequest) -> HttpResponse:
    """Show the last twelve months, by month and by the branch of the officer who decided."""
    since = _a_year_ago(timezone.localdate())
    decisions = reads.decisions_since(request.user, since)
    months = reads.by_month(decisions)
    branches = reads.by_branch(decisions, nowhere=_("No branch"))
    everywhere = reads.in_all(decisions)
    rows = reads.overrides_of(decisions)
    context = {
        "since": since,
        "everywhere": everywhere,
        "months": months[::-1],
        "branches": branches,
        "notes": reads.worth_a_note(branches),
        "note_needs": reads.MIN_DECISIONS_FOR_A_NOTE,
        "page": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "figure": strategy_charts.override_rates(months),
        "simulated": decisions.filter(simulated=True).exists(),
    }
    return render(request, "scoring/overrides.html", context)


def _a_year_ago(today: date) -> date:
    """Return the first day of the month eleven months back: twelve months with this one."""
    months = today.year * 12 + today.month - 1 - 11
    return date(months // 12, months % 12 + 1, 1)
