from django.apps import AppConfig


class MediaProcessingConfig(AppConfig):
    name = "media_processing"
