"""Routes of the rights of people and of the page of data, keys and access."""

from django.urls import path

from creditweb.subjects import data_views, views

app_name = "subjects"
urlpatterns = [
    path("data/", data_views.data, name="data"),
    path("access/", data_views.access, name="access"),
    path("access.csv", data_views.access_csv, name="access_csv"),
    path("requests/", views.request_list, name="requests"),
    path("applicants/<uuid:pk>/", views.subject, name="subject"),
    path("requests/<uuid:pk>/", views.request_detail, name="request"),
    path("requests/<uuid:pk>/progress/", views.request_progress, name="progress"),
    path("requests/<uuid:pk>/do/", views.request_do, name="do"),
    path("requests/<uuid:pk>/correct/", views.request_correct, name="correct"),
    path("requests/<uuid:pk>/refuse/", views.request_refuse, name="refuse"),
    path("requests/<uuid:pk>/download/", views.request_download, name="download"),
]
