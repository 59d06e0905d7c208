"""Trainings: chosen for a table, watched while they run, compared, registered."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applicants.errors import ProblemError
from applicants.permissions import Capability, can, requires
from scoring import dispatch
from scoring.comparison import NAMES, Comparison
from scoring.engine.places import PLACES
from scoring.explanation import CHARACTERISTICS
from scoring.models import CreditTable, TrainingRun
from scoring.services import background, training_runs
from scoring.training_forms import UNITS, form_for, register_form

RUNS = TrainingRun.objects.select_related("table", "created_by")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Capability.TRAIN_ESTIMATORS)
def training_new(request: HttpRequest, pk: str) -> HttpResponse:
    """Choose what to learn from a table, and queue the training."""
    table = get_object_or_404(CreditTable, pk=pk, deleted_at=None)
    if not table.may_train:
        messages.error(request, _("This table cannot be trained on."))
        return redirect("scoring:credit_table", table.pk)
    form = form_for(table.profile)(request.POST or None, initial=_initial(table))
    if request.method == "POST" and form.is_valid():
        try:
            run = training_runs.start(table, form.choice(), officer=request.user)
        except ProblemError as problem:
            form.refuse(problem.fields or {"": problem.message})
        else:
            dispatch.train(run)
            return redirect("scoring:training_run", run.pk)
    status = 422 if form.is_bound else 200
    context = {
        "table": table,
        "form": form,
        "units": [(CHARACTERISTICS[name].label, unit) for name, unit in UNITS.items()],
        "levels": _levels(table),
    }
    return render(request, "scoring/training_new.html", context, status=status)


def _initial(table: CreditTable) -> dict[str, Any]:
    return {"target": next(iter(table.profile["target_candidates"]), "")}


def _levels(table: CreditTable) -> list[str]:
    """Return the values of the columns that may be the target, for the field to suggest."""
    names = set(table.profile["target_candidates"])
    columns = [column for column in table.profile["columns"] if column["name"] in names]
    return list(dict.fromkeys(level["value"] for c in columns for level in c["levels"]))


@require_safe
@requires(Capability.VIEW_ESTIMATORS)
def training_run(request: HttpRequest, pk: str) -> HttpResponse:
    """Show how far a training is, and at its end how the estimators compare."""
    run = get_object_or_404(RUNS, pk=pk)
    approval = request.GET.get("approval", "")
    comparison = Comparison.of(run.figures, approval) if run.figures else None
    places = training_runs.places_for(run)
    context: dict[str, Any] = {
        "run": run,
        "step": _step_label(run.step),
        "choice": run.choice,
        "comparison": comparison,
        "may_train": can(request.user, Capability.TRAIN_ESTIMATORS),
        "places": places,
        "form": register_form(places)(),
        "registered": run.registered.order_by("registered_at"),
        "worker_missing": run.is_open and background.is_worker_missing((CreditTable, TrainingRun)),
    }
    return render(request, "scoring/training_run.html", context)


def _step_label(step: str) -> str:
    """Return what a training says it does, in words."""
    if step.startswith("fit "):
        return _("%(name)s on all rows") % {"name": NAMES.get(step[4:], step[4:])}
    known = {"": _("It has begun."), "reading": _("Reading the table"), "done": _("Writing files")}
    return known.get(step) or str(NAMES.get(step, step))


@require_POST
@requires(Capability.TRAIN_ESTIMATORS)
def training_step(request: HttpRequest, pk: str) -> HttpResponse:
    """Cancel a training, or have one go on that failed or was cancelled."""
    run = get_object_or_404(TrainingRun, pk=pk)
    try:
        if request.POST.get("action") == "cancel":
            training_runs.cancel(run, officer=request.user)
            messages.success(request, _("Cancelled. What is finished stays for another try."))
        elif request.POST.get("action") == "retry":
            dispatch.train(training_runs.retry(run, officer=request.user))
    except ProblemError as problem:
        messages.error(request, problem.message)
    return redirect("scoring:training_run", run.pk)


@require_POST
@requires(Capability.TRAIN_ESTIMATORS)
def training_register(request: HttpRequest, pk: str) -> HttpResponse:
    """Register an estimator of a training as a candidate."""
    run = get_object_or_404(RUNS, pk=pk)
    form = register_form(PLACES.values())(request.POST)
    try:
        if not form.is_valid():
            raise ProblemError("invalid", next(iter(form.errors.values()))[0])
        version = training_runs.register(run, officer=request.user, **form.cleaned_data)
    except ProblemError as problem:
        messages.error(request, problem.message)
        return redirect("scoring:training_run", run.pk)
    messages.success(request, _("Registered as a candidate. Next: run it in shadow."))
    return redirect("scoring:estimator_version", version.pk)
