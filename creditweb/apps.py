from django.apps import AppConfig


class CreditwebConfig(AppConfig):
    """The project itself, registered for its commands and checks."""

    name = "creditweb"

    def ready(self) -> None:
        from creditweb import checks  # noqa: F401  # registering the checks needs the app registry
