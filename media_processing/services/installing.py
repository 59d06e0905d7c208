"""Taking an installation's own networks in: checked, copied, and registered as candidates."""

import shutil
import tempfile
from pathlib import Path

from django.db import transaction

from applicants.services import audit
from media_processing.inference.fitting import UnfitError, check_fits, places
from media_processing.inference.manifest import (
    NetworkEntry,
    WeightsError,
    read_manifest,
    write_manifest,
)
from media_processing.selectors import WEIGHTS_DIR, networks, own_folder
from media_processing.services.networks import sync_inventory
from scoring.models import ModelVersion

PICTURES = "pictures"
MAX_TEXT_BYTES = 2 * 1024**2


def install(folder: Path) -> list[ModelVersion]:
    """Register every network of ``folder/manifest.toml`` as a candidate; all of them or none.

    Raises UnfitError with a sentence where one of them cannot be placed.
    """
    entries = _entries(folder)
    sync_inventory()  # what is in force now must be there to go back to
    for entry in entries:
        _check(entry, folder)
    with transaction.atomic():
        return [_install(entry, folder) for entry in entries]


def _entries(folder: Path) -> list[NetworkEntry]:
    try:
        entries = list(read_manifest(folder).values())
    except (WeightsError, KeyError, TypeError, ValueError) as error:
        raise UnfitError(f"The manifest cannot be read: {error}.") from error
    if not entries:
        raise UnfitError("The manifest names no network.")
    return entries


def _check(entry: NetworkEntry, folder: Path) -> None:
    possible = places(networks())
    if entry.name not in possible:
        known = ", ".join(sorted(possible))
        raise UnfitError(f"There is no place {entry.name!r}; there are {known}.")
    _check_plain(entry, folder)
    same_name = ModelVersion.objects.filter(name=entry.name)
    if same_name.filter(sha256=entry.sha256).exists():
        raise UnfitError(f"{entry.name} {entry.version} is registered already.")
    if same_name.filter(version=entry.version).exists():
        raise UnfitError(
            f"There is another {entry.name} {entry.version}; give yours a new version."
        )
    check_fits(entry, folder, possible[entry.name], WEIGHTS_DIR)


def _check_plain(entry: NetworkEntry, folder: Path) -> None:
    """Refuse links, which could lead to any file of the server, and what is too large to show."""
    pictures = _pictures(entry, folder)
    for path in (folder / entry.file, folder / entry.card, folder / PICTURES, *pictures):
        if path.is_symlink():
            raise UnfitError(f"{path.name} is a link; give the file itself.")
    texts = (folder / entry.card, *pictures)
    if any(path.is_file() and path.stat().st_size > MAX_TEXT_BYTES for path in texts):
        raise UnfitError(f"The card or a picture is larger than {MAX_TEXT_BYTES // 1024**2} MiB.")


def _pictures(entry: NetworkEntry, folder: Path) -> list[Path]:
    return [path for path in (folder / PICTURES).glob(f"{entry.name}_*") if path.is_file()]


def _install(entry: NetworkEntry, folder: Path) -> ModelVersion:
    version = ModelVersion.objects.create(
        kind=ModelVersion.Kind.NETWORK,
        name=entry.name,
        version=entry.version,
        file=entry.file,
        sha256=entry.sha256,
        licence=entry.licence,
        commercial=entry.commercial,
        trained_on=list(entry.trained_on),
        card=entry.card,
        classes=list(entry.classes),
        is_own=True,
        state=ModelVersion.State.CANDIDATE,
    )
    audit.record("network.installed", obj=version, name=entry.name, sha256=entry.sha256)
    _copy(entry, folder, own_folder(entry.name, entry.sha256))
    return version


def _copy(entry: NetworkEntry, source: Path, target: Path) -> None:
    """Copy the network, its card and its pictures; a folder that is there is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".installing-", dir=target.parent))
    try:
        for name in (entry.file, entry.card):
            shutil.copyfile(source / name, staging / name)
        pictures = _pictures(entry, source)
        if pictures:
            (staging / PICTURES).mkdir()
        for picture in pictures:
            shutil.copyfile(picture, staging / PICTURES / picture.name)
        write_manifest([entry], staging)
        staging.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)  # of an installation that was interrupted
        staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
