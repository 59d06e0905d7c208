"""Routes of sessions and recordings: pages, live progress, playback and resumable uploads."""

from django.urls import path

from media_processing.views import (
    live,
    live_start,
    networks,
    pages,
    playback,
    progress,
    question_lists,
    series,
    uploads,
)

app_name = "media"
urlpatterns = [
    path("uploads/", uploads.UploadList.as_view(), name="uploads"),
    path("uploads/<uuid:pk>/", uploads.UploadDetail.as_view(), name="upload"),
    path("recordings/<uuid:pk>/media/", playback.playback, name="playback"),
    path("jobs/<uuid:pk>/state/", progress.job_state, name="job_state"),
    path("sessions/<uuid:pk>/state/", progress.session_state, name="session_state"),
    path("sessions/<uuid:pk>/events/", progress.session_events, name="session_events"),
    path("sessions/<uuid:pk>/series/", series.session_series, name="session_series"),
    path("sessions/<uuid:pk>/", pages.session, name="session"),
    path("sessions/<uuid:pk>/recordings/", pages.session_recordings, name="session_recordings"),
    path("sessions/<uuid:pk>/workspace/", pages.session_workspace, name="session_workspace"),
    path("recordings/<uuid:pk>/figures/", pages.recording_figures, name="recording_figures"),
    path("sessions/<uuid:pk>/live/", live_start.live_start, name="live_start"),
    path("live/<uuid:pk>/", live.live, name="live"),
    path("jobs/<uuid:pk>/cancel/", pages.cancel_job, name="cancel_job"),
    path("stages/<int:pk>/retry/", pages.retry_stage, name="retry_stage"),
    path("applications/<uuid:pk>/sessions/new/", pages.new_session, name="new_session"),
    path(
        "applications/<uuid:pk>/sessions/", pages.application_sessions, name="application_sessions"
    ),
    path("applicants/<uuid:pk>/sessions/", pages.applicant_sessions, name="applicant_sessions"),
    path("applicants/<uuid:pk>/consent/withdraw/", pages.withdraw_consent, name="withdraw_consent"),
    path("questions/", question_lists.question_list_index, name="question_lists"),
    path("questions/new/", question_lists.question_list_new, name="question_list_new"),
    path("questions/<uuid:pk>/", question_lists.question_list, name="question_list"),
    path(
        "questions/<uuid:pk>/archive/",
        question_lists.question_list_archive,
        name="question_list_archive",
    ),
    path("networks/", networks.network_list, name="networks"),
    path("networks/<slug:name>/", networks.model_card, name="model_card"),
    path("networks/<slug:name>/pictures/<str:file>", networks.card_picture, name="card_picture"),
    path("networks/versions/<int:pk>/", networks.network_version, name="network_version"),
    path(
        "networks/versions/<int:pk>/pictures/<str:file>",
        networks.version_picture,
        name="version_picture",
    ),
    path("networks/versions/<int:pk>/step/", networks.network_step, name="network_step"),
    path("networks/proposals/<int:pk>/step/", networks.proposal_step, name="proposal_step"),
]
