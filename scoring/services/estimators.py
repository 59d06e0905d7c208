"""The folder of artifacts that a score reads: the release, with own estimators in their places."""

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Application
from applicants.prepared import Prepared
from applicants.selectors import processable
from scoring.engine.artifacts import (
    ArtifactEntry,
    ArtifactError,
    read_manifest,
    verified_bytes,
    write_manifest,
)
from scoring.engine.overlay import Manifest, Placed, overlay
from scoring.engine.places import PLACES
from scoring.models import ModelVersion, ScoreRevision
from scoring.paths import ARTIFACTS_DIR


def in_force() -> Path:
    """Return the folder as it is in force now. Raises ArtifactError where own files are missing."""
    return _folder(_IN_FORCE())


def folder_of(revision: ScoreRevision) -> Path:
    """Return the folder with the scorecard that made a revision.

    Raises ProblemError where that version is neither of this release nor among the own ones.
    """
    scorecards = {place.name for place in PLACES.values() if place.decides}
    used = next((each for each in revision.models_used if each["name"] in scorecards), None)
    if used is None or read_manifest(ARTIFACTS_DIR)[used["name"]].sha256 == used["sha256"]:
        return ARTIFACTS_DIR
    version = _own().filter(name=used["name"], sha256=used["sha256"]).first()
    if version is None:
        raise ProblemError(
            "estimator_gone",
            _("The scorecard that made this score came with another release."),
            status=409,
        )
    return _folder([version])


def own_folder(name: str, sha256: str) -> Path:
    """Return the folder of one of the installation's own estimators."""
    return Path(settings.OWN_ESTIMATORS_DIR) / name / sha256[:16]


def placed(version: ModelVersion) -> Placed[ArtifactEntry]:
    """Return a version with its folder. Raises ArtifactError where its files are not there."""
    folder = own_folder(version.name, version.sha256) if version.is_own else ARTIFACTS_DIR
    entry = read_manifest(folder).get(version.name)
    if entry is None or entry.sha256 != version.sha256:
        raise ArtifactError(f"the files of {version} are not there")
    return Placed(entry, folder)


def own_in_force() -> QuerySet[ModelVersion]:
    return _own().filter(state=ModelVersion.State.ACTIVE).order_by("name")


_IN_FORCE = Prepared(lambda _value: own_in_force())


def in_shadow(*, of_businesses: bool) -> list[ModelVersion]:
    """Return what is run in shadow beside the scores of people, or of businesses."""
    names = [each.name for each in PLACES.values() if each.of_businesses == of_businesses]
    return list(_own().filter(state=ModelVersion.State.SHADOW, name__in=names).order_by("name"))


def check_files() -> None:
    """Raise ArtifactError where a file of an own estimator in force is missing or altered."""
    for version in own_in_force():
        found = placed(version)
        verified_bytes(found.entry, found.folder)


def scored_by_another() -> QuerySet[Application]:
    """Return the open applications whose score another scorecard made than the one in force."""
    manifest = read_manifest(in_force())
    outdated = Q()
    for place in PLACES.values():
        if place.decides and place.name in manifest:
            in_use = [{"sha256": manifest[place.name].sha256}]
            made = Q(current_score__revision__estimator=place.name)
            outdated |= made & ~Q(current_score__revision__models_used__contains=in_use)
    rows = Application.objects.filter(processable("applicant"), outdated)
    return rows.filter(state__in=Application.OPEN_STATES)


def _own() -> QuerySet[ModelVersion]:
    return ModelVersion.objects.filter(kind=ModelVersion.Kind.ESTIMATOR, is_own=True)


def _folder(versions: Iterable[ModelVersion]) -> Path:
    own = [placed(version) for version in versions]
    overlays_dir = Path(settings.OWN_ESTIMATORS_DIR) / ".overlays"
    return overlay(ARTIFACTS_DIR, own, overlays_dir, Manifest(read_manifest, write_manifest))
