"""Checks at the start: what an installation must know before it serves."""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register  # noqa: A004  # Django's own names

from media_processing.selectors import installed, networks, weights_damage

HINT = "Restore the file from the release, or install your own network again."


@register(Tags.security)
def damage_is_told(app_configs: object, **kwargs: object) -> list[Warning]:
    # A warning: what repairs the damage, and what has nothing to do with it, must run all the same.
    # The stage that needs such a file fails, and /readyz is red.
    return [Warning(told, hint=HINT, id="creditweb.W002") for told in weights_damage()]


@register(Tags.security, deploy=True)
def weights_are_whole(app_configs: object, **kwargs: object) -> list[Error]:
    return [Error(told, hint=HINT, id="creditweb.E001") for told in weights_damage()]


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
