from django.urls import path

from scoring.views import applications, work

app_name = "scoring"
urlpatterns = [
    path("", work.work_list, name="work_list"),
    path("applications/<uuid:pk>/take/", work.application_take, name="application_take"),
    path("applicants/<uuid:pk>/apply/", applications.application_new, name="application_new"),
    path("applications/<uuid:pk>/finances/", applications.profile_revise, name="profile_revise"),
    path(
        "applications/<uuid:pk>/submit/", applications.application_submit, name="application_submit"
    ),
]
