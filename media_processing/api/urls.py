from django.urls import path

from media_processing.api import views

urlpatterns = [
    path("sessions/", views.SessionList.as_view(), name="api_sessions"),
    path("sessions/<uuid:pk>/observations/", views.SessionObservations.as_view(),
         name="api_session_observations"),
    path("recordings/", views.RecordingList.as_view(), name="api_recordings"),
    path("jobs/<uuid:pk>/", views.JobDetail.as_view(), name="api_job"),
]  # fmt: skip
