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
    verified_path,
    write_manifest,
)
from media_processing.selectors import WEIGHTS_DIR, networks, own_folder, placed
from media_processing.services.networks import sync_inventory
from scoring.models import ModelVersion

PICTURES = "pictures"
MAX_TEXT_BYTES = 2 * 1024**2
# What the inventory keeps of a manifest beside the place and the digest.
REGISTERED = ("version", "file", "licence", "commercial", "trained_on", "card", "classes")


def install(folder: Path) -> list[ModelVersion]:
    """Register every network of ``folder/manifest.toml`` as a candidate; all of them or none.

    A version that is registered and whose files were lost or altered gets them back, and keeps
    its state.
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
    except WeightsError as error:
        raise UnfitError(f"The manifest cannot be used: {error}.") from error
    if not entries:
        raise UnfitError("The manifest names no network.")
    return entries


def _check(entry: NetworkEntry, folder: Path) -> None:
    possible = places(networks())
    if entry.name not in possible:
        known = ", ".join(sorted(possible))
        raise UnfitError(f"There is no place {entry.name!r}; there are {known}.")
    _check_plain(entry, folder)
    registered = _registered(entry)
    if registered is not None:
        _check_restores(registered, entry)
    elif ModelVersion.objects.filter(name=entry.name, version=entry.version).exists():
        raise UnfitError(
            f"There is another {entry.name} {entry.version}; give yours a new version."
        )
    check_fits(entry, folder, possible[entry.name], WEIGHTS_DIR)


def _registered(entry: NetworkEntry) -> ModelVersion | None:
    return ModelVersion.objects.filter(name=entry.name, sha256=entry.sha256).first()


def _check_restores(version: ModelVersion, entry: NetworkEntry) -> None:
    """Refuse to install a file again, unless what was registered with it was lost."""
    if not version.is_own or _is_whole(version):
        raise UnfitError(f"{version} is registered already.")
    differing = [name for name in REGISTERED if getattr(version, name) != _told(entry, name)]
    if differing:
        raise UnfitError(
            f"{version} was registered with another {', '.join(differing)}; its files come back "
            "with the manifest that it was installed with."
        )


def _is_whole(version: ModelVersion) -> bool:
    try:
        found = placed(version)
        verified_path(found.entry, found.folder)
    except WeightsError:
        return False
    return (found.folder / found.entry.card).is_file()


def _told(entry: NetworkEntry, name: str) -> object:
    value = getattr(entry, name)
    return list(value) if isinstance(value, tuple) else value


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
    registered = _registered(entry)
    version = registered or ModelVersion.objects.create(
        kind=ModelVersion.Kind.NETWORK,
        name=entry.name,
        sha256=entry.sha256,
        is_own=True,
        state=ModelVersion.State.CANDIDATE,
        **{name: _told(entry, name) for name in REGISTERED},
    )
    action = "network.restored" if registered else "network.installed"
    audit.record(action, obj=version, name=entry.name, sha256=entry.sha256)
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
