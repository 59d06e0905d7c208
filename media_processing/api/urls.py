from django.urls import path

from media_processing.api import live, views

urlpatterns = [
    path("sessions/", views.SessionList.as_view(), name="api_sessions"),
    path("sessions/<uuid:pk>/observations/", views.SessionObservations.as_view(),
         name="api_session_observations"),
    path("recordings/", views.RecordingList.as_view(), name="api_recordings"),
    path("live/", live.LiveList.as_view(), name="api_live_list"),
    path("live/<uuid:pk>/", live.LiveDetail.as_view(), name="api_live"),
    path("live/<uuid:pk>/events/", live.LiveEvents.as_view(), name="api_live_events"),
    path("live/<uuid:pk>/takes/", live.LiveTakes.as_view(), name="api_live_takes"),
    path("live/<uuid:pk>/takes/<int:number>/end/", live.LiveTakeEnd.as_view(),
         name="api_live_take_end"),
    path("live/<uuid:pk>/takes/<int:number>/chunks/<int:sequence>/",
         live.LiveChunkDetail.as_view(), name="api_live_chunk"),
    path("live/<uuid:pk>/marks/", live.LiveMarks.as_view(), name="api_live_marks"),
    path("live/<uuid:pk>/subject/", live.LiveSubject.as_view(), name="api_live_subject"),
    path("live/<uuid:pk>/close/", live.LiveClose.as_view(), name="api_live_close"),
    path("live/<uuid:pk>/discard/", live.LiveDiscard.as_view(), name="api_live_discard"),
    path("jobs/<uuid:pk>/", views.JobDetail.as_view(), name="api_job"),
]  # fmt: skip
