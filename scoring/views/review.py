"""The review queue: flags of high-risk rules, looked at by a second person."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from applicants.errors import ProblemError
from applicants.models import Officer
from applicants.permissions import Capability, can, requires
from applicants.services.readings import record_listing
from scoring.forms import FlagDecisionForm
from scoring.models import ReviewFlag
from scoring.selectors import first_hands, flags_for, review_queue
from scoring.services import review
from scoring.views.scores import summary_of

ROWS_PER_PAGE = 25
UNDECIDED = Q(state__in=ReviewFlag.UNDECIDED_STATES)

TABS = {
    "open": gettext_lazy("Waiting"),
    "mine": gettext_lazy("Mine"),
    "late": gettext_lazy("Late"),
    "decided": gettext_lazy("Decided"),
}


def tab_filters(officer: Officer) -> dict[str, Q]:
    """Return what each tab of the queue holds for an officer."""
    return {
        "open": UNDECIDED,
        "mine": UNDECIDED & Q(assigned_to=officer),
        "late": UNDECIDED & Q(due_at__lt=timezone.now()),
        "decided": ~UNDECIDED,
    }


@require_safe
@requires(Capability.VIEW_FLAGS)
def queue(request: HttpRequest) -> HttpResponse:
    tabs = tab_filters(request.user)
    visible = flags_for(request.user)
    tab = request.GET.get("tab", "open")
    rows = visible.filter(tabs.get(tab, UNDECIDED))
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    record_listing(page.object_list, "application__applicant_id", actor=request.user)
    context = {"page": page, "tab": tab, "tabs": _counted(visible, tabs)}
    return render(request, "scoring/review_queue.html", context)


def _counted(visible: QuerySet[ReviewFlag], tabs: dict[str, Q]) -> list[dict[str, object]]:
    counts = visible.aggregate(**{name: Count("pk", filter=each) for name, each in tabs.items()})
    return [{"name": name, "label": TABS[name], "count": counts[name]} for name in tabs]


@requires(Capability.VIEW_FLAGS)
def flag_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """Show a flag with its evidence; a second person decides here, then the next one opens."""
    flag = get_object_or_404(flags_for(request.user), pk=pk)
    form = FlagDecisionForm(request.POST or None)
    status = 200
    if request.method == "POST":
        answer, status = _decide(request, flag, form)
        if answer is not None:
            return answer
    context = _context(request.user, flag) | {"form": form}
    return render(request, "scoring/flag_detail.html", context, status=status)


def _decide(
    request: HttpRequest, flag: ReviewFlag, form: FlagDecisionForm
) -> tuple[HttpResponse | None, int]:
    """Return where to go after a decision, or the status of the page that tells why not."""
    if not form.is_valid() and review.may_decide_flag(request.user, flag):
        return None, 422
    try:
        review.decide_flag(
            flag,
            officer=request.user,
            outcome=form.data.get("outcome", ""),
            reason=form.data.get("reason", ""),
        )
    except ProblemError as error:
        form.refuse(error.fields or {"": error.message})
        return None, error.status
    messages.success(request, _("Decided. The next case is open."))
    return _next(request.user), 302


def _next(officer: Officer) -> HttpResponse:
    waiting = review_queue(officer)[:ROWS_PER_PAGE]
    following = [flag for flag in waiting if review.may_decide_flag(officer, flag)]
    if following:
        return redirect("scoring:flag_detail", following[0].pk)
    return redirect("scoring:review_queue")


def _context(officer: Officer, flag: ReviewFlag) -> dict[str, Any]:
    others = flags_for(officer).filter(application=flag.application).exclude(pk=flag.pk)
    return summary_of(flag.revision) | {
        "flag": flag,
        "application": flag.application,
        "others": others,
        "may_decide": review.may_decide_flag(officer, flag),
        "has_right": can(officer, Capability.DECIDE_FLAGS),
        "is_first_hand": officer.pk in first_hands(flag.application),
    }


@require_POST
@requires(Capability.DECIDE_FLAGS)
def flag_assign(request: HttpRequest, pk: str) -> HttpResponse:
    """Claim a flag, or give it back to the queue."""
    flag = get_object_or_404(flags_for(request.user), pk=pk)
    to = request.user if request.POST.get("to") == "me" else None
    try:
        review.assign_flag(flag, officer=request.user, to=to)
    except ProblemError as error:
        messages.error(request, error.message)
    return redirect("scoring:flag_detail", flag.pk)
