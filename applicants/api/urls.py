from django.urls import path

from applicants.api import views

urlpatterns = [
    path("applicants/", views.ApplicantList.as_view(), name="api_applicants"),
    path("applicants/<uuid:pk>/", views.ApplicantDetail.as_view(), name="api_applicant"),
    path("consents/", views.ConsentList.as_view(), name="api_consents"),
]
