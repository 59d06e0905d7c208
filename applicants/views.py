"""Pages of sign-in, applicants and consent."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applicants import history
from applicants.forms import BusinessForm, ConsentForm, ContactForm, PersonForm
from applicants.models import Applicant, Application, Consent, Officer
from applicants.permissions import Capability, requires
from applicants.selectors import (
    applicants_for,
    applications_for,
    branches_for,
    possible_duplicates,
    search_applicants,
    standing_consents,
)
from applicants.services import applicants, audit, consents
from applicants.services.readings import record_listing

ROWS_PER_PAGE = 25

FORMS: dict[str, type[ContactForm]] = {
    Applicant.Kind.PERSON: PersonForm,
    Applicant.Kind.BUSINESS: BusinessForm,
}


class SignIn(LoginView):
    """Sign-in; in the demo it also lists the demo accounts."""

    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        demo = {"demo_logins": settings.DEMO_LOGINS, "demo_password": settings.DEMO_PASSWORD}
        return super().get_context_data(**kwargs) | (demo if settings.DEMO else {})


@require_safe
@requires(Capability.VIEW_APPLICANTS)
def applicant_list(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    found = search_applicants(request.user, text) if text else applicants_for(request.user)
    page = Paginator(found.prefetch_related("applications"), ROWS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    if text and page.paginator.count == 1:
        return _one_match(page.object_list[0], text)
    record_listing(page.object_list, "pk", actor=request.user)
    return render(request, "applicants/applicant_list.html", {"page": page, "search_text": text})


def _one_match(applicant: Applicant, text: str) -> HttpResponse:
    application = applicant.applications.filter(number__iexact=text).first()
    if application is not None:
        return redirect("application_detail", application.pk)
    return redirect("applicant_detail", applicant.pk)


@require_safe
@requires(Capability.VIEW_APPLICANTS)
def applicant_detail(request: HttpRequest, pk: str) -> HttpResponse:
    applicant = get_object_or_404(applicants_for(request.user), pk=pk)
    context = {
        "applicant": applicant,
        "consents": _consent_states(applicant),
        "applications": applications_for(request.user).filter(applicant=applicant),
        "duplicates": possible_duplicates(request.user, applicant),
        "events": history.events_of(applicant),
    }
    return render(request, "applicants/applicant_detail.html", context)


@require_POST
@requires(Capability.VIEW_APPLICANTS)
def applicant_reveal(request: HttpRequest, pk: str) -> HttpResponse:
    """Show the personal data in full; that it was shown, and to whom, stays in the audit trail."""
    applicant = get_object_or_404(applicants_for(request.user), pk=pk)
    audit.record("applicant.revealed", actor=request.user, obj=applicant)
    return render(
        request, "applicants/_personal_data.html", {"applicant": applicant, "revealed": True}
    )


@requires(Capability.EDIT_APPLICANTS)
def applicant_new(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", Applicant.Kind.PERSON)
    form = FORMS.get(kind, PersonForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        applicant = _create_applicant(request.user, kind, form)
        if applicant is not None:
            messages.success(request, _("Applicant registered."))
            return redirect("applicant_detail", applicant.pk)
    context = {"form": form, "kind": kind}
    return render(request, "applicants/applicant_form.html", context, status=_status(form))


def _create_applicant(officer: Officer, kind: str, form: ContactForm) -> Applicant | None:
    branch = branches_for(officer).first() if officer.branch_id else None
    if branch is None:
        form.refuse({"branch": _("Only an officer of a branch can add applicants.")})
        return None
    try:
        return applicants.create_applicant(
            officer=officer, branch=branch, kind=kind, **form.cleaned_data
        )
    except ValidationError as error:
        form.refuse(error.message_dict)
        return None


@requires(Capability.EDIT_APPLICANTS)
def applicant_edit(request: HttpRequest, pk: str) -> HttpResponse:
    applicant = get_object_or_404(applicants_for(request.user), pk=pk)
    form_class = FORMS[applicant.kind]
    given = {name: getattr(applicant, name) for name in form_class.base_fields}
    form = form_class(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid() and _correct(applicant, request.user, form):
        messages.success(request, _("Personal data corrected."))
        return redirect("applicant_detail", applicant.pk)
    context = {"form": form, "kind": applicant.kind, "applicant": applicant}
    return render(request, "applicants/applicant_form.html", context, status=_status(form))


def _correct(applicant: Applicant, officer: Officer, form: ContactForm) -> bool:
    try:
        applicants.correct_applicant(applicant, officer=officer, **form.cleaned_data)
    except ValidationError as error:
        form.refuse(error.message_dict)
        return False
    return True


@requires(Capability.RECORD_CONSENT)
def consent(request: HttpRequest, pk: str) -> HttpResponse:
    """Show the notice of emotion recognition, then record what the applicant allows."""
    applicant = get_object_or_404(applicants_for(request.user), pk=pk)
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _give(applicant, request.user, form):
        messages.success(request, _("Consent recorded."))
        return redirect("applicant_detail", applicant.pk)
    states = _consent_states(applicant)
    context = {
        "applicant": applicant,
        "form": form,
        "consents": states,
        "standing": [each for each in states if each["consent"]],
        "past": applicant.consents.filter(withdrawn_at__isnull=False).select_related("given_to"),
        "text_version": consents.TEXT_VERSION,
    }
    return render(request, "applicants/consent.html", context, status=_status(form))


def _give(applicant: Applicant, officer: Officer, form: ConsentForm) -> bool:
    try:
        consents.give(applicant, officer=officer, **form.cleaned_data)
    except ValidationError as error:
        form.refuse(error.message_dict)
        return False
    return True


@require_safe
@requires(Capability.VIEW_APPLICANTS)
def application_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """Show one application; score and sessions come as panels of their own apps."""
    application = get_object_or_404(applications_for(request.user), pk=pk)
    profiles = application.profiles.order_by("-version").select_related("created_by")
    context = {
        "application": application,
        "applicant": application.applicant,
        "profiles": profiles,
        "profile": profiles.first(),
        "consents": _consent_states(application.applicant),
        "events": history.events_of_application(application.pk),
        "steps": _steps(application),
    }
    return render(request, "applicants/application_detail.html", context)


def _steps(application: Application) -> list[dict[str, object]]:
    """Return the stage bar: draft, submitted, in review, decided."""
    states = Application.State
    order = [states.DRAFT, states.SUBMITTED, states.IN_REVIEW]
    closed = application.state not in order
    at = len(order) if closed else order.index(application.state)
    times = [application.created_at, application.submitted_at, None]
    steps: list[dict[str, object]] = [
        {"label": state.label, "done": number < at, "now": number == at, "at": when}
        for number, (state, when) in enumerate(zip(order, times, strict=True))
    ]
    label = application.get_state_display() if closed else _("Decided")
    end = {"label": label, "now": closed, "state": application.state, "at": application.decided_at}
    return [*steps, end]


def _consent_states(applicant: Applicant) -> list[dict[str, object]]:
    standing = standing_consents(applicant)
    return [
        {"scope": scope.value, "label": scope.label, "consent": standing.get(scope)}
        for scope in Consent.RECORDED
    ]


def _status(form: ContactForm | ConsentForm) -> int:
    return 422 if form.errors else 200
