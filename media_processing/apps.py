from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediaProcessingConfig(AppConfig):
    name = "media_processing"
    verbose_name = _("Recordings and jobs")

    def ready(self) -> None:
        # The services need the app registry.
        from media_processing.services.deciding import refuse_too_early
        from scoring.signals import deciding

        deciding.connect(refuse_too_early, dispatch_uid="media_processing.refuse_too_early")
