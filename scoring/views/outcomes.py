"""What became of loans: recorded one by one, or imported as a table."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Application, Officer
from applicants.permissions import Capability, can, requires
from applicants.selectors import applications_for
from applicants.services.readings import record_listing
from scoring.imported_lines import ImportReport
from scoring.models import LoanOutcome
from scoring.outcome_forms import OutcomeFileForm, OutcomeForm
from scoring.outcome_table import COLUMNS
from scoring.selectors import outcomes_for
from scoring.services import outcomes

ROWS_PER_PAGE = 25
IMPORT_ROWS = 20_000
SHOWN_REFUSALS = 200


@requires(Capability.VIEW_POLICY)
def outcome_list(request: HttpRequest) -> HttpResponse:
    """Show the newest outcomes; who may record them imports a table here."""
    may_record = can(request.user, Capability.RECORD_OUTCOMES)
    form = OutcomeFileForm(request.POST or None, request.FILES or None)
    report, status = None, 200
    if request.method == "POST":
        if not may_record:
            return render(request, "403.html", status=403)
        report, status = _imported(form, request.user)
    rows = outcomes_for(request.user)
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    record_listing(page.object_list, "application__applicant_id", actor=request.user)
    context = {
        "page": page,
        "counts": _counts(rows),
        "form": form,
        "report": report,
        "refused": report.refused[:SHOWN_REFUSALS] if report else (),
        "columns": COLUMNS,
        "limit": IMPORT_ROWS,
        "may_record": may_record,
    }
    return render(request, "scoring/outcome_list.html", context, status=status)


def _imported(form: OutcomeFileForm, officer: Officer) -> tuple[ImportReport | None, int]:
    if not form.is_valid():
        return None, 422
    try:
        content = form.cleaned_data["table"]
        return outcomes.import_table(content, officer=officer, limit=IMPORT_ROWS), 200
    except ProblemError as error:
        form.refuse({"table": error.message})
        return None, 422


def _counts(rows: QuerySet[LoanOutcome]) -> dict[str, int]:
    return rows.standing().aggregate(
        loans=Count("pk"),
        good=Count("pk", filter=Q(is_bad=False)),
        bad=Count("pk", filter=Q(is_bad=True)),
        open=Count("pk", filter=Q(is_bad=None)),
    )


@requires(Capability.RECORD_OUTCOMES)
def outcome_new(request: HttpRequest, pk: str) -> HttpResponse:
    application = get_object_or_404(applications_for(request.user), pk=pk)
    standing = application.outcomes.standing().first()
    form = OutcomeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = _recorded(application, request.user, form, standing)
        if status == 302:
            messages.success(request, _("The outcome is recorded."))
            return redirect("application_detail", application.pk)
    context = {
        "application": application,
        "form": form,
        "standing": standing,
        "rows": application.outcomes.select_related("recorded_by", "corrected_by"),
    }
    return render(request, "scoring/outcome_form.html", context, status=status)


def _recorded(
    application: Application, officer: Officer, form: OutcomeForm, standing: LoanOutcome | None
) -> int:
    if not form.is_valid():
        return 422
    replaces = standing if form.cleaned_data["replaces"] else None
    try:
        outcomes.record(application, officer=officer, replaces=replaces, **form.values())
    except ProblemError as error:
        form.refuse(error.fields or {"": error.message})
        return 422
    return 302
