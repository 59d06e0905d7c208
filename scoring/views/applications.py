"""Opening, revising and submitting an application; each gives a score at once."""

from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applicants.errors import ProblemError
from applicants.forms import FinancialProfileForm, LoanForm, StyledForm, profile_form_of
from applicants.models import Applicant, Application, Officer
from applicants.permissions import Capability, requires
from applicants.selectors import applicants_for, applications_for
from applicants.services import applications
from scoring.services import applications as scored


@requires(Capability.EDIT_APPLICANTS)
def application_new(request: HttpRequest, pk: str) -> HttpResponse:
    applicant = get_object_or_404(applicants_for(request.user), pk=pk)
    loan = LoanForm(request.POST or None)
    finances = profile_form_of(applicant.kind)(request.POST or None)
    if request.method == "POST" and loan.is_valid() and finances.is_valid():
        application = _open(applicant, request.user, loan, finances)
        if application is not None:
            messages.success(request, _("Application opened and scored."))
            return redirect("application_detail", application.pk)
    context = {"applicant": applicant, "loan": loan, "finances": finances}
    wrong = bool(loan.errors or finances.errors)
    return render(request, "scoring/application_form.html", context, status=422 if wrong else 200)


def _open(
    applicant: Applicant, officer: Officer, loan: LoanForm, finances: FinancialProfileForm
) -> Application | None:
    try:
        application, _revision = scored.open_application(
            officer=officer,
            applicant=applicant,
            financials=finances.cleaned_data,
            **loan.cleaned_data,
        )
    except ValidationError as error:
        _refuse(finances, error)
        return None
    return application


@requires(Capability.EDIT_APPLICANTS)
def profile_revise(request: HttpRequest, pk: str) -> HttpResponse:
    application = get_object_or_404(applications_for(request.user), pk=pk)
    profile = application.profile()
    given = {name: _plain(value) for name, value in profile.factors().items()} if profile else {}
    form = profile_form_of(application.applicant.kind)(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid() and _revise(application, request.user, form):
        messages.success(request, _("Finances revised; the score was worked out again."))
        return redirect("application_detail", application.pk)
    context = {"application": application, "finances": form, "profile": profile}
    status = 422 if form.errors else 200
    return render(request, "scoring/profile_form.html", context, status=status)


def _plain(value: object) -> object:
    """Return 39000 for a stored 39000.00, as a person would type it."""
    return int(value) if isinstance(value, Decimal) and value == int(value) else value


def _revise(application: Application, officer: Officer, form: FinancialProfileForm) -> bool:
    try:
        scored.revise_profile(application, officer=officer, **form.cleaned_data)
    except (ValidationError, ProblemError) as error:
        _refuse(form, error)
        return False
    return True


def _refuse(form: StyledForm, error: ValidationError | ProblemError) -> None:
    if isinstance(error, ProblemError):
        form.refuse({"": error.message})
    else:
        form.refuse(error.message_dict if hasattr(error, "error_dict") else {"": error.messages})


@require_POST
@requires(Capability.EDIT_APPLICANTS)
def application_submit(request: HttpRequest, pk: str) -> HttpResponse:
    application = get_object_or_404(applications_for(request.user), pk=pk)
    try:
        applications.move(application, Application.State.SUBMITTED, officer=request.user)
        messages.success(request, _("Submitted for a decision."))
    except ProblemError as error:
        messages.error(request, error.message)
    return redirect("application_detail", application.pk)
