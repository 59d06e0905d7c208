"""Tables of past loans: the list, the upload, and what is in one."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applicants.errors import ProblemError
from applicants.permissions import Capability, can, requires
from scoring import dispatch
from scoring.models import CreditTable, TrainingRun
from scoring.services import background
from scoring.services import credit_tables as tables
from scoring.training_forms import TableForm

RUNS_SHOWN = 20


@require_safe
@requires(Capability.VIEW_ESTIMATORS)
def credit_tables(request: HttpRequest) -> HttpResponse:
    """List the tables, and the newest trainings on any of them."""
    rows = CreditTable.objects.filter(deleted_at=None).select_related("uploaded_by")
    runs = TrainingRun.objects.select_related("table", "created_by").prefetch_related("registered")
    context = {
        "tables": rows.annotate(trainings=Count("runs")),
        "runs": runs[:RUNS_SHOWN],
        "may_train": can(request.user, Capability.TRAIN_ESTIMATORS),
    }
    return render(request, "scoring/table_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Capability.TRAIN_ESTIMATORS)
def credit_table_new(request: HttpRequest) -> HttpResponse:
    """Take in a table; a worker reads it afterwards."""
    form = TableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            table = tables.take_in(
                form.cleaned_data["file"],
                licence=form.cleaned_data["licence"],
                officer=request.user,
            )
        except ProblemError as problem:
            form.refuse(problem.fields or {"": problem.message})
        else:
            dispatch.profile_table(table)
            return redirect("scoring:credit_table", table.pk)
    status = 422 if form.is_bound and request.method == "POST" else 200
    largest_mib = settings.TABLE_MAX_BYTES // 1024**2
    context = {"form": form, "largest_mib": largest_mib}
    return render(request, "scoring/table_new.html", context, status=status)


@require_safe
@requires(Capability.VIEW_ESTIMATORS)
def credit_table(request: HttpRequest, pk: str) -> HttpResponse:
    """Show what a table holds, its faults and its trainings; while it is read, how far that is."""
    table = get_object_or_404(CreditTable.objects.select_related("uploaded_by"), pk=pk)
    faults = table.profile.get("faults", [])
    context = {
        "table": table,
        "errors": [fault for fault in faults if fault["severity"] == "error"],
        "warnings": [fault for fault in faults if fault["severity"] != "error"],
        "runs": table.runs.select_related("created_by").prefetch_related("registered"),
        "may_train": can(request.user, Capability.TRAIN_ESTIMATORS),
        "is_read": table.runs.filter(Q(state__in=TrainingRun.OPEN_STATES)).exists(),
        "worker_missing": table.is_open
        and background.is_worker_missing((CreditTable, TrainingRun)),
    }
    return render(request, "scoring/table.html", context)


@require_POST
@requires(Capability.TRAIN_ESTIMATORS)
def credit_table_delete(request: HttpRequest, pk: str) -> HttpResponse:
    table = get_object_or_404(CreditTable, pk=pk, deleted_at=None)
    try:
        tables.delete(table, officer=request.user)
    except ProblemError as problem:
        messages.error(request, problem.message)
        return redirect("scoring:credit_table", table.pk)
    messages.success(request, _("The table is deleted; nobody can read its rows any more."))
    return redirect("scoring:credit_tables")
