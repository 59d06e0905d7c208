"""Pages for files of many applicants: sending one, watching it, fetching what came of it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applicants.errors import ProblemError
from applicants.permissions import Capability, requires
from scoring import dispatch
from scoring.batches.columns import COLUMNS
from scoring.downloads import streamed
from scoring.forms import BatchForm
from scoring.models import BatchJob
from scoring.selectors import batches_for
from scoring.services import batch_downloads, batches

ROWS_OF_A_PAGE = 25
READ_BYTES = 1024**2


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Capability.SCORE_BATCHES)
def batch_list(request: HttpRequest) -> HttpResponse:
    """Show the batches, and take another."""
    form = BatchForm(request.POST, request.FILES) if request.method == "POST" else BatchForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            job = batches.accept(
                file.chunks(READ_BYTES), name=file.name, size_bytes=file.size, officer=request.user
            )
        except ProblemError as problem:
            form.refuse({"file": problem.message})
        else:
            dispatch.advance_batch(job)
            return redirect("scoring:batch", job.pk)
    page = Paginator(batches_for(request.user), ROWS_OF_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "columns": COLUMNS,
        "days": settings.BATCH_RETENTION_DAYS,
        "max_megabytes": settings.BATCH_MAX_BYTES // 1000**2,
        "max_rows": settings.BATCH_MAX_ROWS,
    }
    status = 422 if form.errors else 200
    return render(request, "scoring/batch_list.html", context, status=status)


@require_safe
@requires(Capability.SCORE_BATCHES)
def batch_detail(request: HttpRequest, pk: str) -> HttpResponse:
    return render(request, "scoring/batch.html", _context(request, pk))


@require_safe
@requires(Capability.SCORE_BATCHES)
def batch_progress(request: HttpRequest, pk: str) -> HttpResponse:
    """Return the part of the page that changes while the batch is being scored."""
    return render(request, "scoring/_batch_progress.html", _context(request, pk))


def _context(request: HttpRequest, pk: str) -> dict[str, Any]:
    job = get_object_or_404(batches_for(request.user), pk=pk)
    percent = int(100 * job.progress) if job.state != BatchJob.State.READING else None
    seconds = None
    if job.started_at and job.finished_at:
        seconds = (job.finished_at - job.started_at).total_seconds()
    return {"job": job, "percent": percent, "seconds": seconds, "scored": job.good + job.bad}


@require_safe
@requires(Capability.SCORE_BATCHES)
def batch_result(request: HttpRequest, pk: str) -> HttpResponse:
    job = get_object_or_404(batches_for(request.user), pk=pk)
    try:
        return streamed(batch_downloads.result(job, officer=request.user))
    except ProblemError as problem:
        messages.error(request, problem.message)
        return redirect("scoring:batch", pk)


@require_safe
@requires(Capability.SCORE_BATCHES)
def batch_refused(request: HttpRequest, pk: str) -> HttpResponse:
    job = get_object_or_404(batches_for(request.user), pk=pk)
    try:
        return streamed(batch_downloads.refused(job, officer=request.user))
    except ProblemError as problem:
        messages.error(request, problem.message)
        return redirect("scoring:batch", pk)


@require_POST
@requires(Capability.SCORE_BATCHES)
def batch_end(request: HttpRequest, pk: str) -> HttpResponse:
    """Cancel a batch that is open; remove the files of one that has ended."""
    job = get_object_or_404(batches_for(request.user), pk=pk)
    try:
        if job.is_open:
            batches.cancel(job, officer=request.user)
            messages.success(request, _("The batch was cancelled and its files were removed."))
        else:
            batches.remove_files(job, officer=request.user)
            messages.success(request, _("The files of the batch were removed."))
    except ProblemError as problem:
        messages.error(request, problem.message)
    return redirect("scoring:batch", pk)
