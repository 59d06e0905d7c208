"""The work list: what waits for whom."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from applicants.errors import ProblemError
from applicants.models import Application, Officer
from applicants.permissions import Capability, requires
from applicants.selectors import applications_for
from applicants.services import applications

PAGE_SIZES = (25, 50, 100)

OPEN = Q(state__in=Application.OPEN_STATES)

TABS = {
    "mine": gettext_lazy("Mine"),
    "unassigned": gettext_lazy("Unassigned"),
    "awaiting": gettext_lazy("Awaiting a decision"),
    "all": gettext_lazy("All"),
}

SORTS = {
    "-created_at": gettext_lazy("Newest first"),
    "created_at": gettext_lazy("Oldest first"),
    "-amount": gettext_lazy("Largest amount first"),
    "amount": gettext_lazy("Smallest amount first"),
}


def tab_filters(officer: Officer) -> dict[str, Q]:
    """Return what each tab holds for an officer."""
    return {
        "mine": OPEN & Q(assigned_to=officer),
        "unassigned": OPEN & Q(assigned_to=None),
        "awaiting": Q(state__in=[Application.State.SUBMITTED, Application.State.IN_REVIEW]),
        "all": Q(),
    }


@require_safe
@requires(Capability.VIEW_APPLICANTS)
def work_list(request: HttpRequest) -> HttpResponse:
    tabs = tab_filters(request.user)
    visible = applications_for(request.user)
    tab = request.GET.get("tab", "mine")
    rows = _filtered(visible.filter(tabs.get(tab, Q())), request)
    page = Paginator(rows, _page_size(request)).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "tab": tab,
        "tabs": _counted(visible, tabs),
        "states": Application.State.choices,
        "sorts": SORTS.items(),
        "sizes": PAGE_SIZES,
    }
    return render(request, "scoring/work_list.html", context)


def _counted(visible: QuerySet[Application], tabs: dict[str, Q]) -> list[dict[str, object]]:
    counts = visible.aggregate(**{name: Count("pk", filter=each) for name, each in tabs.items()})
    return [{"name": name, "label": TABS[name], "count": counts[name]} for name in tabs]


def _filtered(rows: QuerySet[Application], request: HttpRequest) -> QuerySet[Application]:
    if state := request.GET.get("state"):
        rows = rows.filter(state=state)
    sort = request.GET.get("sort", "")
    return rows.order_by(sort if sort in SORTS else "-created_at", "pk")


def _page_size(request: HttpRequest) -> int:
    asked = request.GET.get("size", "")
    return int(asked) if asked.isdigit() and int(asked) in PAGE_SIZES else PAGE_SIZES[0]


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
