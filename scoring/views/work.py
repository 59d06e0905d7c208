"""The work list: what waits for whom."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, F, OrderBy, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from applicants.errors import ProblemError
from applicants.models import Application, Officer
from applicants.permissions import Capability, can, requires
from applicants.selectors import applications_for
from applicants.services import applications
from applicants.services.readings import record_listing
from scoring.models import ReviewFlag
from scoring.models.revision import CreditClass
from scoring.selectors import flags_for, work_items

PAGE_SIZES = (25, 50, 100)

OPEN = Q(state__in=Application.OPEN_STATES)

TABS = {
    "mine": gettext_lazy("Mine"),
    "unassigned": gettext_lazy("Unassigned"),
    "awaiting": gettext_lazy("Awaiting a decision"),
    "flagged": gettext_lazy("Flagged"),
    "all": gettext_lazy("All"),
}

SORTS = {
    "-created_at": gettext_lazy("Newest first"),
    "created_at": gettext_lazy("Oldest first"),
    "-amount": gettext_lazy("Largest amount first"),
    "amount": gettext_lazy("Smallest amount first"),
    "due_at": gettext_lazy("Least time left first"),
    "current_score__final_score": gettext_lazy("Lowest score first"),
    "-current_score__final_score": gettext_lazy("Highest score first"),
}


SCORE_SORTS = {"due_at", "current_score__final_score", "-current_score__final_score"}


def tab_filters(officer: Officer) -> dict[str, Q]:
    """Return what each tab holds for an officer."""
    waiting = flags_for(officer).filter(state__in=ReviewFlag.UNDECIDED_STATES)
    flagged = waiting.order_by().values("application")
    return {
        "mine": OPEN & Q(assigned_to=officer),
        "unassigned": OPEN & Q(assigned_to=None),
        "awaiting": Q(state__in=[Application.State.SUBMITTED, Application.State.IN_REVIEW]),
        "flagged": Q(pk__in=flagged),
        "all": Q(),
    }


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Lead everybody to where their work is."""
    if can(request.user, Capability.VIEW_APPLICANTS):
        return redirect("scoring:work_list")
    return redirect("admin:index")


@require_safe
@requires(Capability.VIEW_APPLICANTS)
def work_list(request: HttpRequest) -> HttpResponse:
    tabs = tab_filters(request.user)
    visible = work_items(request.user)
    tab = request.GET.get("tab", "mine")
    rows = _filtered(visible.filter(tabs.get(tab, Q())), request)
    page = Paginator(rows, _page_size(request)).get_page(request.GET.get("page"))
    record_listing(page.object_list, "applicant_id", actor=request.user)
    context = {
        "page": page,
        "tab": tab,
        "tabs": _counted(applications_for(request.user), tabs),
        "states": Application.State.choices,
        "classes": CreditClass.choices,
        "sorts": _sorts(request.user),
        "sizes": PAGE_SIZES,
        "scored": can(request.user, Capability.VIEW_SCORES),
    }
    return render(request, "scoring/work_list.html", context)


def _counted(visible: QuerySet[Application], tabs: dict[str, Q]) -> list[dict[str, object]]:
    counts = visible.aggregate(**{name: Count("pk", filter=each) for name, each in tabs.items()})
    return [{"name": name, "label": TABS[name], "count": counts[name]} for name in tabs]


def _filtered(rows: QuerySet[Application], request: HttpRequest) -> QuerySet[Application]:
    if state := request.GET.get("state"):
        rows = rows.filter(state=state)
    credit_class = request.GET.get("class")
    if credit_class and can(request.user, Capability.VIEW_SCORES):
        rows = rows.filter(current_score__credit_class=credit_class)
    sort = request.GET.get("sort", "")
    allowed = dict(_sorts(request.user))
    return rows.order_by(*_order(sort if sort in allowed else "-created_at"))


def _order(sort: str) -> tuple[OrderBy, str]:
    """Return an order with what has no value last."""
    column = F(sort.removeprefix("-"))
    falling = sort.startswith("-")
    return (column.desc(nulls_last=True) if falling else column.asc(nulls_last=True)), "pk"


def _sorts(officer: Officer) -> list[tuple[str, object]]:
    scored = can(officer, Capability.VIEW_SCORES)
    return [(name, label) for name, label in SORTS.items() if scored or name not in SCORE_SORTS]


def _page_size(request: HttpRequest) -> int:
    asked = request.GET.get("size", "")
    return next((size for size in PAGE_SIZES if str(size) == asked), PAGE_SIZES[0])


@require_POST
@requires(Capability.EDIT_APPLICANTS)
def application_take(request: HttpRequest, pk: str) -> HttpResponse:
    application = get_object_or_404(applications_for(request.user), pk=pk)
    try:
        applications.assign(application, officer=request.user, to=request.user)
        messages.success(request, _("%(number)s is yours.") % {"number": application.number})
    except ProblemError as error:
        messages.error(request, error.message)
    return redirect("application_detail", application.pk)
