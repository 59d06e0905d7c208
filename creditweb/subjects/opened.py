"""Which pages and answers show one person, and that every opening of them is recorded.

One table instead of a call in each view: a route that shows a person and does not stand here
fails a test (``tests/creditweb/subjects/test_opened.py``).
"""

from collections.abc import Callable

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from applicants.models import Applicant, Application, SubjectRequest
from applicants.services.readings import record_reading
from media_processing.models import CaptureSession, LiveCapture, ProcessingJob, Recording
from scoring.models import ReviewFlag

# A form that is refused shows the person as well.
_REFUSED_FORM = 422

_ROUTES: dict[tuple[str, type[Model]], tuple[str, ...]] = {
    ("applicant.viewed", Applicant): (
        "applicant_detail", "applicant_edit", "consent", "scoring:application_new",
        "scoring:declare_groups", "media:applicant_sessions",
    ),
    ("applicant.revealed", Applicant): ("api_applicant",),
    ("application.viewed", Application): (
        "application_detail", "api_application", "scoring:profile_revise",
        "scoring:application_decide", "scoring:outcome_new", "media:application_sessions",
    ),
    ("score.viewed", Applicant): ("scoring:applicant_scores",),
    ("score.viewed", Application): (
        "api_scores", "api_counterfactuals", "scoring:application_score", "scoring:score_panel",
        "scoring:score_changes", "scoring:score_points", "scoring:what_if",
    ),
    ("bureau.viewed", Application): ("scoring:bureau_reports",),
    ("flag.viewed", ReviewFlag): ("scoring:flag_detail",),
    ("session.viewed", CaptureSession): (
        "media:session", "media:session_recordings", "media:session_workspace",
        "media:session_state", "media:session_events", "media:session_series", "media:live_start",
        "api_session_observations",
    ),
    ("session.viewed", LiveCapture): ("media:live", "api_live", "api_live_events"),
    ("session.viewed", ProcessingJob): ("media:job_state", "api_job"),
    ("recording.viewed", Recording): ("media:playback", "media:recording_figures"),
    ("subject.viewed", Applicant): ("subjects:subject",),
    ("subject.viewed", SubjectRequest): (
        "subjects:request", "subjects:progress", "subjects:correct",
    ),
}  # fmt: skip
OPENED = {route: what for what, routes in _ROUTES.items() for route in routes}


def recorded_readings(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Record who opened what before the answer leaves; without the record there is no answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        match = request.resolver_match
        if match is not None and match.view_name in OPENED and _shows(request, response):
            try:
                _record(request, match)
            except Exception:
                response.close()
                raise
        return response

    return middleware


def _shows(request: HttpRequest, response: HttpResponse) -> bool:
    is_answered = 200 <= response.status_code < 300 or response.status_code == _REFUSED_FORM
    return is_answered and request.method != "HEAD" and request.user.is_authenticated


def _record(request: HttpRequest, match: ResolverMatch) -> None:
    action, model = OPENED[match.view_name]
    record_reading(action, actor=request.user, obj=model(pk=match.kwargs["pk"]))
