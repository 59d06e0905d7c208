"""Checks at the start: what an installation must know before it serves."""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register  # noqa: A004  # Django's own names

from media_processing.inference.manifest import WeightsError
from media_processing.selectors import check_weights, networks


@register(Tags.security)
def weights_are_whole(app_configs: object, **kwargs: object) -> list[Error]:
    try:
        check_weights()
    except WeightsError as error:
        return [Error(str(error), hint="Restore the file from the release.", id="creditweb.E001")]
    return []


@register(Tags.security, deploy=True)
def weights_may_be_used(app_configs: object, **kwargs: object) -> list[Warning]:
    if settings.ENVIRONMENT != "production":
        return []
    named = [
        f"{network.file} ({network.licence})" for network in networks() if not network.commercial
    ]
    if not named:
        return []
    return [
        Warning(
            f"These weights may not be used commercially: {', '.join(named)}.",
            hint="docs/guides/training.md says how to train your own.",
            id="creditweb.W001",
        )
    ]
