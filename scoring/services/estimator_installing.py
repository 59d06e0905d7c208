"""Taking an estimator of one's own in: checked, copied, and registered as a candidate."""

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from applicants.errors import RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from scoring.engine.artifacts import ArtifactEntry, write_manifest
from scoring.engine.places import Place
from scoring.models import ModelVersion, TrainingRun
from scoring.services import estimators, model_versions
from scoring.services.estimator_checks import check_serves, unfit

CARD = "card.md"
MAX_BYTES = 30 * 1024**2


@dataclass(frozen=True, slots=True)
class Origin:
    """What a lender says of an estimator: its version, what it learnt from, under which terms."""

    version: str
    licence: str
    commercial: bool
    trained_on: tuple[str, ...]
    training: TrainingRun | None = None


def install(folder: Path, origin: Origin, place: Place, *, officer: Officer | None) -> ModelVersion:
    """Register the file of a place that lies in ``folder``, with its ``card.md``, as a candidate.

    Raises ProblemError with a sentence where the estimator cannot serve applications.
    """
    if officer is not None and not can(officer, Capability.TRAIN_ESTIMATORS):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    content = _content(folder, place)
    check_serves(content, place)
    entry = _entry(origin, place, hashlib.sha256(content).hexdigest())
    model_versions.sync_from_manifest()  # what is in force now must be there to go back to
    _check_new(entry)
    with transaction.atomic():
        version = _register(entry, origin, officer)
        _copy(entry, folder)
    return version


def _content(folder: Path, place: Place) -> bytes:
    for name in (place.file, CARD):
        path = folder / name
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_BYTES:
            raise unfit(
                _("%(name)s is missing, larger than %(mib)d MiB, or only a link.")
                % {"name": name, "mib": MAX_BYTES // 1024**2}
            )
    return (folder / place.file).read_bytes()


def _entry(origin: Origin, place: Place, sha256: str) -> ArtifactEntry:
    if not origin.licence.strip() or not origin.version.strip():
        raise unfit(_("A version and a licence are needed."))
    return ArtifactEntry(
        name=place.name,
        version=origin.version.strip(),
        role=place.role,
        file=place.file,
        sha256=sha256,
        licence=origin.licence.strip(),
        commercial=origin.commercial,
        trained_on=origin.trained_on,
        card=CARD,
    )


def _check_new(entry: ArtifactEntry) -> None:
    same_place = ModelVersion.objects.filter(name=entry.name)
    if same_place.filter(sha256=entry.sha256).exists():
        raise unfit(_("This estimator is registered already."), code="registered_already")
    if same_place.filter(version=entry.version).exists():
        raise unfit(
            _("There is another version %(version)s; give yours a new name.")
            % {"version": entry.version},
            code="version_taken",
        )


def _register(entry: ArtifactEntry, origin: Origin, officer: Officer | None) -> ModelVersion:
    version = ModelVersion.objects.create(
        kind=ModelVersion.Kind.ESTIMATOR,
        name=entry.name,
        version=entry.version,
        role=entry.role,
        file=entry.file,
        sha256=entry.sha256,
        licence=entry.licence,
        commercial=entry.commercial,
        trained_on=list(entry.trained_on),
        card=entry.card,
        is_own=True,
        training=origin.training,
        state=ModelVersion.State.CANDIDATE,
    )
    audit.record(
        "estimator.registered", actor=officer, obj=version, name=entry.name, sha256=entry.sha256
    )
    return version


def _copy(entry: ArtifactEntry, source: Path) -> None:
    """Copy estimator and card; the folder has its name only once it is whole."""
    target = estimators.own_folder(entry.name, entry.sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".installing-", dir=target.parent))
    try:
        for name in (entry.file, entry.card):
            shutil.copyfile(source / name, staging / name)
        write_manifest([entry], staging)
        staging.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)  # of an installation that was interrupted
        staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
