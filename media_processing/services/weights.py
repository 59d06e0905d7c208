"""The folder of weights that a job reads: the release, with own networks in their places."""

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from media_processing.inference.overlay import overlay
from media_processing.selectors import WEIGHTS_DIR, own_in_force, placed
from scoring.models import ModelVersion


def in_force() -> Path:
    """Return the folder as it is in force now. Raises WeightsError where own files are missing."""
    return _folder(own_in_force())


def with_candidate(candidate: ModelVersion) -> Path:
    """Return the folder in force, with one candidate in its place."""
    others = own_in_force().exclude(name=candidate.name)
    return _folder([*others, candidate])


def _folder(versions: Iterable[ModelVersion]) -> Path:
    own = [placed(version) for version in versions]
    return overlay(WEIGHTS_DIR, own, Path(settings.OWN_WEIGHTS_DIR) / ".overlays")
