"""Checks at the start: what an installation must know before it serves."""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register  # noqa: A004  # Django's own names

from media_processing.inference.manifest import WeightsError
from media_processing.inference.overlay import Placed
from media_processing.selectors import WEIGHTS_DIR, check_files, installed, networks


@register(Tags.security)
def weights_are_whole(app_configs: object, **kwargs: object) -> list[Error]:
    # Without the database: what came with the release, and whatever own networks lie on the disk.
    try:
        check_files([*(Placed(entry, WEIGHTS_DIR) for entry in networks()), *installed()])
    except WeightsError as error:
        hint = "Restore the file from the release, or install your own network again."
        return [Error(str(error), hint=hint, id="creditweb.E001")]
    return []


@register(Tags.security, deploy=True)
def weights_may_be_used(app_configs: object, **kwargs: object) -> list[Warning]:
    if settings.ENVIRONMENT != "production":
        return []
    every = [*networks(), *(own.entry for own in installed())]
    named = [f"{network.file} ({network.licence})" for network in every if not network.commercial]
    if not named:
        return []
    return [
        Warning(
            f"These weights may not be used commercially: {', '.join(named)}.",
            hint="docs/guides/training.md says how to train your own.",
            id="creditweb.W001",
        )
    ]
