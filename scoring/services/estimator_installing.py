"""Taking a scorecard of one's own in: checked, copied, and registered as a candidate."""

import hashlib
import math
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from scoring.engine.artifacts import ArtifactEntry, write_manifest
from scoring.engine.scorecard import Scorecard, parse_scorecard_bytes
from scoring.models import ModelVersion
from scoring.services import estimators, model_versions

FILE, CARD = "scorecard.json", "card.md"
MAX_BYTES = 5 * 1024**2


@dataclass(frozen=True, slots=True)
class Origin:
    """What a lender says of a scorecard: its version, what it learnt from, under which terms."""

    version: str
    licence: str
    commercial: bool
    trained_on: tuple[str, ...]


def install(folder: Path, origin: Origin, *, officer: Officer | None) -> ModelVersion:
    """Register ``folder/scorecard.json`` with its ``card.md`` as a candidate.

    Raises ProblemError with a sentence where the scorecard cannot serve applications.
    """
    if officer is not None and not can(officer, Capability.TRAIN_ESTIMATORS):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    content = _content(folder)
    check_serves(content)
    entry = _entry(origin, hashlib.sha256(content).hexdigest())
    model_versions.sync_from_manifest()  # what is in force now must be there to go back to
    _check_new(entry)
    with transaction.atomic():
        version = _register(entry, officer)
        _copy(entry, folder)
    return version


def check_serves(content: bytes) -> Scorecard:
    """Return the scorecard. Raises ProblemError where the application form cannot feed it."""
    try:
        card = parse_scorecard_bytes(content)
    except (ValueError, KeyError, TypeError) as error:
        raise _unfit(_("The scorecard cannot be read: %(why)s.") % {"why": error}) from error
    names = [each.name for each in card.characteristics]
    unknown = sorted(set(names) - set(estimators.SERVED))
    if card.name != estimators.SCORECARD or not names or len(names) != len(set(names)):
        raise _unfit(_("The file is not a scorecard with characteristics of its own."))
    if unknown:
        raise _unfit(
            _(
                "The application form does not ask for %(names)s. Say which characteristic of the "
                "form each column is, leave the others out, and train again."
            )
            % {"names": ", ".join(unknown)}
        )
    bins = [each for part in card.characteristics for each in (*part.bins, part.missing)]
    points = [card.intercept_log_odds, *(each.log_odds for each in bins)]
    if not all(math.isfinite(value) for value in points):
        raise _unfit(_("Some points of the scorecard are not finite."))
    return card


def _content(folder: Path) -> bytes:
    for name in (FILE, CARD):
        path = folder / name
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_BYTES:
            raise _unfit(
                _("%(name)s is missing, larger than %(mib)d MiB, or only a link.")
                % {"name": name, "mib": MAX_BYTES // 1024**2}
            )
    return (folder / FILE).read_bytes()


def _entry(origin: Origin, sha256: str) -> ArtifactEntry:
    if not origin.licence.strip() or not origin.version.strip():
        raise _unfit(_("A version and a licence are needed."))
    return ArtifactEntry(
        name=estimators.SCORECARD,
        version=origin.version.strip(),
        role="champion",
        file=FILE,
        sha256=sha256,
        licence=origin.licence.strip(),
        commercial=origin.commercial,
        trained_on=origin.trained_on,
        card=CARD,
    )


def _check_new(entry: ArtifactEntry) -> None:
    same_place = ModelVersion.objects.filter(name=entry.name)
    if same_place.filter(sha256=entry.sha256).exists():
        raise _unfit(_("This scorecard is registered already."), code="registered_already")
    if same_place.filter(version=entry.version).exists():
        raise _unfit(
            _("There is another version %(version)s; give yours a new name.")
            % {"version": entry.version},
            code="version_taken",
        )


def _register(entry: ArtifactEntry, officer: Officer | None) -> ModelVersion:
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
        state=ModelVersion.State.CANDIDATE,
    )
    audit.record(
        "estimator.registered", actor=officer, obj=version, name=entry.name, sha256=entry.sha256
    )
    return version


def _copy(entry: ArtifactEntry, source: Path) -> None:
    """Copy scorecard and card; the folder has its name only once it is whole."""
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


def _unfit(message: str, code: str = "estimator_unfit") -> ProblemError:
    return ProblemError(code, message, status=409)
