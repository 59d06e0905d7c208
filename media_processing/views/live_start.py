"""Where a live recording begins: consent first, then its kind and the questions."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applicants.errors import ProblemError
from applicants.models import Applicant, Consent
from applicants.permissions import Capability, requires
from applicants.selectors import standing_consents
from media_processing.live_start_form import NO_QUESTIONS, OWN_QUESTIONS, LiveStartForm
from media_processing.models import CaptureSession, LiveCapture, QuestionList
from media_processing.models.recording import Kind
from media_processing.question_wording import spoken_language
from media_processing.selectors import sessions_for
from media_processing.selectors.questions import question_lists_for
from media_processing.services.live import capture
from media_processing.views import upload_panel


@require_http_methods(["GET", "POST"])
@requires(Capability.UPLOAD_MEDIA)
def live_start(request: HttpRequest, pk: str) -> HttpResponse:
    """Show what was allowed and what can be asked; open the recording on POST."""
    session = get_object_or_404(sessions_for(request.user), pk=pk)
    lists = _ordered(question_lists_for(request.user).filter(archived_at__isnull=True))
    form = LiveStartForm(request.POST or None, lists=lists, initial={"chosen": _first(lists)})
    if request.method == "POST" and (session.simulated or session.is_shredded):
        form.refuse({"": _("This session takes no recording")})
    elif request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            live = capture.open_capture(
                request.user, session, kind=given["kind"], questions=given["questions"]
            )
        except ProblemError as problem:
            form.refuse({"": problem.message})
        else:
            return redirect("media:live", live.pk)
    status = 422 if form.is_bound else 200
    context = {**_context(session), "form": form, "lists": [_shown(each) for each in lists]}
    return render(request, "media_processing/live/start.html", context, status=status)


def _ordered(lists: Any) -> list[QuestionList]:
    """Return the lists with the reader's language first, and a branch's own before the others."""
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    return sorted(
        lists,
        key=lambda each: (each.language != language, each.is_built_in, each.mode, each.purpose),
    )


def _first(lists: Sequence[QuestionList]) -> str:
    talks = (str(each.pk) for each in lists if each.mode == QuestionList.Mode.INTERVIEW)
    return next(talks, NO_QUESTIONS)


def _shown(listed: QuestionList) -> dict[str, Any]:
    lang = spoken_language(listed.questions[0]) if listed.questions else listed.language
    return {"listed": listed, "lang": lang}


def _context(session: CaptureSession) -> dict[str, Any]:
    applicant = session.application.applicant
    running = LiveCapture.objects.filter(
        recording__session=session, state=LiveCapture.State.OPEN
    ).exclude(recording__job__state="cancelled")
    return {
        "session": session,
        "application": session.application,
        "applicant": applicant,
        "is_closed": session.simulated or session.is_shredded,
        "consents": _consents(applicant),
        "running": running.select_related("recording").first(),
        "voice_kind": Kind.VOICE,
        "own_questions": OWN_QUESTIONS,
        "no_questions": NO_QUESTIONS,
        **upload_panel.context(session),
    }


def _consents(applicant: Applicant) -> list[dict[str, Any]]:
    standing = standing_consents(applicant)
    return [
        {"label": scope.label, "consent": standing.get(scope.value)} for scope in Consent.RECORDED
    ]
