"""Routes of sessions and recordings: pages, live progress, playback and resumable uploads."""

from django.urls import path

from media_processing.views import playback, progress, series, uploads

app_name = "media"
urlpatterns = [
    path("uploads/", uploads.UploadList.as_view(), name="uploads"),
    path("uploads/<uuid:pk>/", uploads.UploadDetail.as_view(), name="upload"),
    path("recordings/<uuid:pk>/media/", playback.playback, name="playback"),
    path("jobs/<uuid:pk>/state/", progress.job_state, name="job_state"),
    path("sessions/<uuid:pk>/state/", progress.session_state, name="session_state"),
    path("sessions/<uuid:pk>/events/", progress.session_events, name="session_events"),
    path("sessions/<uuid:pk>/series/", series.session_series, name="session_series"),
]
