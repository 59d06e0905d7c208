"""The decision on an application: by a person, with a reason."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Application
from applicants.permissions import Capability, requires
from applicants.selectors import applications_for
from scoring.forms import ApplicationDecisionForm
from scoring.selectors import current_revision, undecided_flags
from scoring.services import review
from scoring.views.scores import summary_of


@requires(Capability.DECIDE_APPLICATIONS)
def application_decide(request: HttpRequest, pk: str) -> HttpResponse:
    application = get_object_or_404(applications_for(request.user), pk=pk)
    if request.method == "GET" and not application.is_open:
        state = application.get_state_display()
        messages.info(request, _("This application is no longer open: %s.") % state)
        return redirect("application_detail", application.pk)
    form = ApplicationDecisionForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = _decide(request, application, form)
        if status == 302:
            messages.success(request, _("Decided: %s.") % application.get_state_display())
            return redirect("application_detail", application.pk)
    revision = current_revision(request.user, application)
    context = summary_of(revision) if revision else {"score": None}
    context |= {"application": application, "form": form, "flags": undecided_flags(application)}
    context["too_early"] = "" if form.errors else _too_early(application)
    return render(request, "scoring/decide.html", context, status=status)


def _decide(request: HttpRequest, application: Application, form: ApplicationDecisionForm) -> int:
    if not form.is_valid():
        return 422
    try:
        review.decide_application(application, officer=request.user, **form.cleaned_data)
    except ProblemError as error:
        form.refuse(error.fields or {"": error.message})
        return error.status
    return 302


def _too_early(application: Application) -> str:
    """Return why nobody can decide yet, so that a reason is not written in vain."""
    try:
        review.check_all_is_read(application)
    except ProblemError as error:
        return error.message
    return ""
