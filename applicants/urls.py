from django.contrib.auth.views import LogoutView
from django.urls import path

from applicants import views

urlpatterns = [
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("applicants/", views.applicant_list, name="applicant_list"),
    path("applicants/new/", views.applicant_new, name="applicant_new"),
    path("applicants/<uuid:pk>/", views.applicant_detail, name="applicant_detail"),
    path("applicants/<uuid:pk>/reveal/", views.applicant_reveal, name="applicant_reveal"),
    path("applicants/<uuid:pk>/edit/", views.applicant_edit, name="applicant_edit"),
    path("applicants/<uuid:pk>/consent/", views.consent, name="consent"),
    path("applications/<uuid:pk>/", views.application_detail, name="application_detail"),
]
