"""Pages of capture sessions, and the panels that other pages load."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applicants.errors import ProblemError
from applicants.models import Application
from applicants.permissions import Capability, can, requires
from applicants.selectors import applicants_for, applications_for
from media_processing import charts, dispatch, words
from media_processing.models import CaptureSession, Recording
from media_processing.selectors import (
    is_worker_missing,
    jobs_for,
    networks,
    recordings_for,
    sessions_for,
    stages_for,
)
from media_processing.selectors.live import is_hidden
from media_processing.selectors.questions import answered_questions
from media_processing.services import consent, jobs
from media_processing.services.sessions import open_session
from media_processing.views import (
    answer_parts,
    evidence_panel,
    history_parts,
    recording_player,
    recording_steps,
    session_parts,
    upload_panel,
)
from scoring.selectors import newest_sequence


@require_safe
@requires(Capability.VIEW_MEDIA)
def session(request: HttpRequest, pk: str) -> HttpResponse:
    """Show one session: its recordings and their steps, the player, the evidence, the upload."""
    context = _session_context(request, pk)
    capture, selected = context["session"], context["selected"]
    context |= {
        "application": capture.application,
        "applicant": capture.application.applicant,
        "takes_recordings": context["may_upload"]
        and not capture.simulated
        and not capture.is_shredded,
        "keys_template": "media_processing/_keys.html",
        **upload_panel.context(capture),
        **_workspace_context(request, capture, selected),
    }
    return render(request, "media_processing/session.html", context)


@require_safe
@requires(Capability.VIEW_MEDIA)
def session_workspace(request: HttpRequest, pk: str) -> HttpResponse:
    """Return the player and what stands below it, when there is more to show."""
    context = _session_context(request, pk)
    context |= _workspace_context(request, context["session"], context["selected"])
    return render(request, "media_processing/_workspace.html", context)


@require_safe
@requires(Capability.VIEW_MEDIA)
def session_recordings(request: HttpRequest, pk: str) -> HttpResponse:
    """Return the list of recordings alone; the page asks for it when something has moved."""
    return render(request, "media_processing/_recordings.html", _session_context(request, pk))


def _session_context(request: HttpRequest, pk: object) -> dict[str, Any]:
    capture = get_object_or_404(sessions_for(request.user), pk=pk)
    recordings = list(
        recordings_for(request.user)
        .filter(session=capture)
        .select_related("job", "uploaded_by", "live")
        .prefetch_related("job__stages", "live__takes")
    )
    selected = _selected(request, recordings)
    items = recording_steps.recording_items(recordings, selected)
    return {
        "session": capture,
        "score_sequence": newest_sequence(capture.application_id),
        "events_url": reverse("media:session_events", args=[capture.pk]),
        "recordings": items,
        "selected": selected,
        "has_open_jobs": any(item.job is not None and item.job.is_open for item in items),
        "observed_count": selected.observations.count() if selected else 0,
        "playable_count": sum(item.has_player for item in items),
        "is_worker_missing": is_worker_missing(),
        "may_upload": can(request.user, Capability.UPLOAD_MEDIA),
    }


def _selected(request: HttpRequest, recordings: Sequence[Recording]) -> Recording | None:
    """Return the recording that the address names, else the first that can be shown."""
    shown = [recording for recording in recordings if recording.duration_s]
    wanted = request.GET.get("recording")
    named = (recording for recording in shown if str(recording.pk) == wanted)
    return next(named, shown[0] if shown else None)


def _workspace_context(
    request: HttpRequest, capture: CaptureSession, recording: Recording | None
) -> dict[str, Any]:
    evidence = evidence_panel.context(request.user, capture)
    return evidence if recording is None else evidence | _player_context(recording)


def _player_context(recording: Recording) -> dict[str, Any]:
    media_url = reverse("media:playback", args=[recording.pk])
    answers = answer_parts.answer_rows(answered_questions(recording))
    return {
        "answers": answers,
        "has_answers": any(answer.intervals for answer in answers),
        "answer_columns": answer_parts.columns(),
        "player": recording_player.player_of(recording, media_url=media_url),
        "measures": session_parts.measures_of(recording),
        "summaries": session_parts.summaries_of(recording),
        "history": history_parts.history_of(recording),
        "why_no_history": history_parts.why_no_history(recording),
        "expressions": words.EXPRESSIONS,
        "networks": networks(),
    }


@require_safe
@requires(Capability.VIEW_MEDIA)
def recording_figures(request: HttpRequest, pk: str) -> JsonResponse:
    """Return the figures of one recording for the player; none while its branch hides them."""
    recording = get_object_or_404(recordings_for(request.user), pk=pk)
    if is_hidden(recording):
        raise Http404
    return JsonResponse(charts.recording_figures(recording))


@require_POST
@requires(Capability.UPLOAD_MEDIA)
def new_session(request: HttpRequest, pk: str) -> HttpResponse:
    """Open a session of an application and show it, or where its live interview starts."""
    application = get_object_or_404(applications_for(request.user), pk=pk)
    try:
        capture = open_session(application, officer=request.user)
    except ProblemError as problem:
        messages.error(request, problem.message)
        return redirect("application_detail", application.pk)
    is_live = request.POST.get("next") == "live"
    return redirect("media:live_start" if is_live else "media:session", capture.pk)


@require_POST
@requires(Capability.RECORD_CONSENT)
def withdraw_consent(request: HttpRequest, pk: str) -> HttpResponse:
    """Take consent back: work stops, what it covered is erased, scores are worked out again."""
    applicant = get_object_or_404(applicants_for(request.user), pk=pk)
    scopes = request.POST.getlist("scopes")
    withdrawn, queued = consent.withdraw(applicant, scopes, officer=request.user)
    dispatch.ring(queued)
    if withdrawn:
        messages.success(
            request, _("Consent taken back. What it covered was erased and no longer counts.")
        )
    return redirect("consent", applicant.pk)


@require_POST
@requires(Capability.UPLOAD_MEDIA)
def cancel_job(request: HttpRequest, pk: str) -> HttpResponse:
    """Stop the work on a recording."""
    job = get_object_or_404(jobs_for(request.user), pk=pk)
    try:
        jobs.cancel(job, officer=request.user)
    except ProblemError as problem:
        messages.error(request, problem.message)
    return _after_change(request, job.recording.session_id)


@require_POST
@requires(Capability.UPLOAD_MEDIA)
def retry_stage(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a failed step again."""
    stage = get_object_or_404(stages_for(request.user), pk=pk)
    try:
        dispatch.ring(jobs.retry(stage, officer=request.user))
    except ProblemError as problem:
        messages.error(request, problem.message)
    return _after_change(request, stage.job.recording.session_id)


def _after_change(request: HttpRequest, session_pk: object) -> HttpResponse:
    """Answer htmx with the list as it is now, a plain form with the page."""
    if not request.htmx:
        return redirect("media:session", session_pk)
    context = _session_context(request, session_pk)
    return render(request, "media_processing/_recordings.html", context)


# --- panels of other pages ------------------------------------------------------------------------


@require_safe
@requires(Capability.VIEW_APPLICANTS)
def applicant_sessions(request: HttpRequest, pk: str) -> HttpResponse:
    applicant = get_object_or_404(applicants_for(request.user), pk=pk)
    return _sessions_panel(request, applications_for(request.user).filter(applicant=applicant))


@require_safe
@requires(Capability.VIEW_APPLICANTS)
def application_sessions(request: HttpRequest, pk: str) -> HttpResponse:
    applications = applications_for(request.user).filter(pk=pk)
    get_object_or_404(applications)
    return _sessions_panel(request, applications, new_for=applications.first())


def _sessions_panel(
    request: HttpRequest, applications: Any, new_for: Application | None = None
) -> HttpResponse:
    captures = (
        CaptureSession.objects.filter(application__in=applications)
        .select_related("application", "created_by")
        .prefetch_related("recordings")
    )
    may_open = can(request.user, Capability.UPLOAD_MEDIA) and new_for is not None
    context = {
        "sessions": [session_parts.session_row(capture) for capture in captures],
        "new_for": new_for if may_open and new_for.is_open else None,
        "shows_application": new_for is None,
    }
    return render(request, "media_processing/_sessions.html", context)
