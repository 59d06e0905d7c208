"""Pages of the data officer: requests of people, and doing what they ask."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applicants.errors import ProblemError
from applicants.models import Applicant, Application, SubjectRequest
from applicants.permissions import Capability, requires
from applicants.selectors import subject_requests_for, subjects_for
from applicants.services import subject_requests
from applicants.services.readings import record_listing
from creditweb import dispatch
from creditweb.subjects import exports, rights, words
from creditweb.subjects.correction import Correction
from creditweb.subjects.forms import AskForm, PasswordForm, RefuseForm
from creditweb.subjects.holdings import held_about
from media_processing.models import SubjectExport
from scoring.downloads import streamed

ROWS_PER_PAGE = 25
HANDLE = Capability.HANDLE_SUBJECT_REQUESTS
Kind, State = SubjectRequest.Kind, SubjectRequest.State
ACTS: dict[str, Callable[..., object]] = {
    Kind.RESTRICT: rights.restrict,
    Kind.LIFT: rights.lift,
    Kind.OBJECT: rights.object_to_behaviour,
    Kind.CONCEDE: rights.concede,
    Kind.ERASE: rights.erase,
}


@require_safe
@requires(HANDLE)
def request_list(request: HttpRequest) -> HttpResponse:
    """Show what people asked, what is due first; find a person by id or application number."""
    if text := request.GET.get("find", "").strip():
        return _found(request, text)
    tab = request.GET.get("tab", "open")
    rows = subject_requests_for(request.user)
    counts = {"open": rows.filter(state=State.OPEN).count()}
    rows = rows.filter(state=State.OPEN).order_by("due_at") if tab == "open" else rows
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    record_listing(page.object_list, "applicant_id", actor=request.user)
    return render(request, "subjects/requests.html", {"page": page, "tab": tab, "counts": counts})


def _found(request: HttpRequest, text: str) -> HttpResponse:
    people = subjects_for(request.user)
    person = people.filter(applications__number__iexact=text[:40]).first()
    if person is None:
        try:
            person = people.filter(pk=text).first()
        except ValidationError:
            person = None
    if person is not None:
        return redirect("subjects:subject", person.pk)
    messages.error(request, _("There is no such applicant or application."))
    return redirect("subjects:requests")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(HANDLE)
def subject(request: HttpRequest, pk: str) -> HttpResponse:
    """Show what is held about a person and what was asked; record another request."""
    applicant = get_object_or_404(subjects_for(request.user), pk=pk)
    form = AskForm(request.POST if request.method == "POST" else None, applicant=applicant)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = subject_requests.receive(
                applicant, given["kind"], officer=request.user, note=given["note"],
                received_at=given["received_on"],
            )  # fmt: skip
            return redirect("subjects:request", made.pk)
        except ProblemError as problem:
            form.refuse({"": problem.message})
    context = {
        "applicant": applicant,
        "form": form,
        "held": held_about(applicant),
        "requests": subject_requests_for(request.user).filter(applicant=applicant),
    }
    return render(request, "subjects/subject.html", context, status=422 if form.errors else 200)


@require_safe
@requires(HANDLE)
def request_detail(request: HttpRequest, pk: str) -> HttpResponse:
    return render(request, "subjects/request.html", _context(request, pk))


@require_safe
@requires(HANDLE)
def request_progress(request: HttpRequest, pk: str) -> HttpResponse:
    """Return the part of the page that changes while a copy is being made."""
    return render(request, "subjects/_export.html", _context(request, pk))


def _context(request: HttpRequest, pk: object, **forms: object) -> dict[str, Any]:
    asked = get_object_or_404(subject_requests_for(request.user), pk=pk)
    return {
        "asked": asked,
        "applicant": asked.applicant,
        "right": words.RIGHTS[asked.kind],
        "export": SubjectExport.objects.filter(request=asked).select_related("fetched_by").first(),
        "password_form": PasswordForm(),
        "refuse_form": RefuseForm(),
        **forms,
    }


@require_POST
@requires(HANDLE)
def request_do(request: HttpRequest, pk: str) -> HttpResponse:
    """Do what was asked: start a copy, or act at once."""
    asked = get_object_or_404(subject_requests_for(request.user), pk=pk)
    if words.RIGHTS[asked.kind].needs_password and (again := _unconfirmed(request, pk)):
        return again
    try:
        if asked.kind == Kind.EXPORT:
            dispatch.make_export(exports.start(asked, officer=request.user).pk)
        elif asked.kind == Kind.RECTIFY:
            return redirect("subjects:correct", pk)
        else:
            ACTS[asked.kind](asked, officer=request.user)
            messages.success(request, _("Done, and written to the audit trail."))
    except ProblemError as problem:
        messages.error(request, problem.message)
    return redirect("subjects:request", pk)


def _unconfirmed(request: HttpRequest, pk: object) -> HttpResponse | None:
    """Return the page once more where the officer's own password is wrong; None where it is right.

    It counts against the same limit of attempts as signing in does.
    """
    form = PasswordForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data["password"]
        if authenticate(request, username=request.user.get_username(), password=given):
            return None
        form.refuse({"password": _("This is not your password.")})
    context = _context(request, pk, password_form=form)
    return render(request, "subjects/request.html", context, status=422)


@require_POST
@requires(HANDLE)
def request_download(request: HttpRequest, pk: str) -> HttpResponse:
    """Hand the copy out, once, to who typed the own password."""
    asked = get_object_or_404(subject_requests_for(request.user), pk=pk)
    if again := _unconfirmed(request, pk):
        return again
    export = get_object_or_404(SubjectExport, request=asked)
    try:
        return streamed(exports.fetch(export, officer=request.user))
    except ProblemError as problem:
        messages.error(request, problem.message)
        return redirect("subjects:request", pk)


@require_POST
@requires(HANDLE)
def request_refuse(request: HttpRequest, pk: str) -> HttpResponse:
    asked = get_object_or_404(subject_requests_for(request.user), pk=pk)
    form = RefuseForm(request.POST)
    if form.is_valid():
        try:
            subject_requests.refuse(asked, officer=request.user, reason=form.cleaned_data["reason"])
            messages.success(
                request, _("Refused; tell the person the reason and the right to complain.")
            )
        except ProblemError as problem:
            messages.error(request, problem.message)
        return redirect("subjects:request", pk)
    context = _context(request, pk, refuse_form=form)
    return render(request, "subjects/request.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(HANDLE)
def request_correct(request: HttpRequest, pk: str) -> HttpResponse:
    """Correct personal data and the finances of one application."""
    asked = get_object_or_404(
        subject_requests_for(request.user), pk=pk, kind=Kind.RECTIFY, state=State.OPEN
    )
    application = _chosen(asked.applicant, request.GET.get("application", ""))
    data = request.POST if request.method == "POST" else None
    correction = Correction(asked, application, data)
    if data is not None and correction.is_done(request.user):
        messages.success(request, _("Corrected, and written to the audit trail."))
        return redirect("subjects:request", pk)
    context = {
        "asked": asked,
        "applicant": asked.applicant,
        "application": application,
        "applications": _correctable(asked.applicant),
        "form": correction.personal,
        "finances": correction.finances,
    }
    status = 422 if correction.has_errors else 200
    return render(request, "subjects/correct.html", context, status=status)


def _correctable(applicant: Applicant) -> list[Application]:
    """A decision keeps the finances that it rests on; open and running loans can be corrected."""
    return [each for each in applicant.applications.all() if each.is_open or each.is_running]


def _chosen(applicant: Applicant, number: str) -> Application | None:
    known = {each.number: each for each in _correctable(applicant)}
    return known.get(number) if number else next(iter(known.values()), None)
