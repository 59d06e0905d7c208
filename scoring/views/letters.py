"""The letter to an applicant who was declined: shown as it is printed, and audited."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from applicants.errors import ProblemError
from applicants.permissions import Capability, requires
from applicants.selectors import applications_for
from applicants.services import audit
from scoring.decision_letter import language_of, letter_of, send_by


@require_safe
@requires(Capability.DECIDE_APPLICATIONS)
def decision_letter(request: HttpRequest, pk: str) -> HttpResponse:
    """Make the letter in the applicant's language, or in the one that is asked for."""
    application = get_object_or_404(applications_for(request.user), pk=pk)
    languages = dict(settings.LANGUAGES)
    asked = request.GET.get("letter", "")
    language = asked if asked in languages else language_of(application)
    try:
        letter = letter_of(application, language)
    except ProblemError as problem:
        messages.error(request, problem.message)
        return redirect("application_detail", application.pk)
    audit.record(
        "decision.letter_made", actor=request.user, obj=application, language=language,
        sha256=letter.sha256, revision=application.decision.revision_id,
    )  # fmt: skip
    context = {
        "application": application,
        "letter": letter,
        "send_by": send_by(application.decision),
        "languages": languages.items(),
    }
    return render(request, "scoring/decision_letter.html", context)
