"""All routes. Each app names its own; the API shares one prefix."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from creditweb import health, views

admin.site.site_header = admin.site.site_title = "creditweb"

urlpatterns = [
    path("livez", health.alive, name="livez"),
    path("readyz", health.ready, name="readyz"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api_schema"), name="api_docs"),
    path("api/v1/", include("applicants.api.urls")),
    path("api/v1/", include("scoring.api.urls")),
    path("api/v1/", include("media_processing.api.urls")),
    path("privacy/", include("creditweb.subjects.urls")),
    path("", include("applicants.urls")),
    path("", include("scoring.urls")),
    path("", include("media_processing.urls")),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error
