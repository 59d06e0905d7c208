"""The ZIP with everything that is held about one person, written as a stream.

``data.json`` has one list per record class, ``media`` the decrypted recordings, ``manifest.json``
the SHA-256 of every file. Nothing of it meets a disk before it is sealed.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.models import Applicant
from applicants.sealing import SealError
from creditweb.subjects.data_map import DATA, DataClass, audit_rows_of
from media_processing.models import Recording
from media_processing.services import storage

ROWS_AT_A_TIME = 2000
AUDIT_FIELDS = ("at", "action", "actor__role", "object_type", "object_id", "detail")
Report = Callable[[str, int, int], None]


class Target(Protocol):
    """Where the bytes go: only ever further on."""

    def write(self, data: bytes, /) -> int:
        """Take the next bytes."""


@dataclass(slots=True)
class _Hashed:
    """A file without seeking, as zipfile writes it, that counts and digests what passes."""

    target: Target
    size_bytes: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def write(self, data: bytes) -> int:
        self.target.write(bytes(data))
        self.digest.update(data)
        self.size_bytes += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an archive amounts to."""

    files: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Media:
    recording: Recording
    key: str
    name: str


def write(target: Target, applicant: Applicant, *, made_for: str, report: Report) -> Written:
    """Write the archive; ``report(step, done, total)`` hears of each file and may raise to stop."""
    media = list(_media_of(applicant))
    total, sink = len(media) + 2, _Hashed(target)
    entries: list[dict[str, Any]] = []
    unreadable: list[str] = []
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]  # never seeks
        report(_("Database"), 0, total)
        entries.append(_entry(archive, "data.json", data_of(applicant), is_text=True))
        for number, each in enumerate(media, 1):
            report(_("Recordings"), number, total)
            try:
                entries.append(_entry(archive, each.name, _content(each)))
            except (storage.ErasedError, storage.MissingError):
                unreadable.append(each.name)
        report(_("Table of contents"), total - 1, total)
        manifest = _manifest(applicant, made_for, entries, unreadable)
        _entry(archive, "manifest.json", [manifest], is_text=True)
    return Written(len(entries) + 1, sink.size_bytes, sink.digest.hexdigest())


def _entry(
    archive: zipfile.ZipFile, name: str, content: Iterable[bytes], *, is_text: bool = False
) -> dict[str, Any]:
    info = zipfile.ZipInfo(name, timezone.localtime().timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
    digest, size_bytes = hashlib.sha256(), 0
    parts = iter(content)
    part = next(parts, b"")  # what cannot be read fails here, before its entry is begun
    with archive.open(info, "w", force_zip64=True) as entry:
        while part:
            digest.update(part)
            size_bytes += len(part)
            entry.write(part)
            part = next(parts, b"")
    return {"name": name, "size_bytes": size_bytes, "sha256": digest.hexdigest()}


def data_of(applicant: Applicant) -> Iterator[bytes]:
    """Yield the JSON of every row, a few thousand at a time."""
    yield b"{"
    for each in DATA:
        yield f"\n{json.dumps(each.label)}: [".encode()
        yield from _rows(each, applicant)
        yield b"],"
    yield b'\n"applicants.AuditEvent": ['
    rows = audit_rows_of(applicant).values(*AUDIT_FIELDS).iterator(ROWS_AT_A_TIME)
    yield from _joined(map(_of_one_person, rows))
    yield b"]}\n"


def _of_one_person(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out who else stood in a list that the person stood in."""
    told = {name: value for name, value in row["detail"].items() if name != "people"}
    return {**row, "detail": told}


def _rows(each: DataClass, applicant: Applicant) -> Iterator[bytes]:
    rows = each.rows_of(applicant).values(*each.fields)
    yield from _joined(rows.iterator(ROWS_AT_A_TIME))


def _joined(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    for place, row in enumerate(rows):
        text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        yield f"{',' if place else ''}\n{text}".encode()


def _media_of(applicant: Applicant) -> Iterator[_Media]:
    rows = Recording.objects.filter(session__application__applicant=applicant)
    for row in rows.select_related("session").order_by("created_at"):
        folder = f"media/{row.session_id}/{row.pk}"
        names = {"source_key": f"original.{row.container or 'bin'}", "playback_key": "video.mp4",
                 "audio_key": "sound.wav"}  # fmt: skip
        for field_name, name in names.items():
            if key := getattr(row, field_name):
                yield _Media(row, key, f"{folder}/{name}")


def _content(each: _Media) -> Iterator[bytes]:
    """Yield the decrypted file. Raises ErasedError or MissingError, SealError where altered."""
    try:
        with storage.reading(each.recording.session, each.key) as sealed:
            yield from sealed.iterate()
    except SealError as error:
        raise SealError(f"recording {each.recording.pk} cannot be read") from error


def _manifest(
    applicant: Applicant, made_for: str, entries: list[dict[str, Any]], unreadable: list[str]
) -> bytes:
    content = {
        "applicant": str(applicant.pk),
        "made_at": timezone.now().isoformat(),
        "made_for": made_for,
        "files": entries,
        "unreadable": unreadable,
        "left_out": _("Keys, and names of sealed files: they say nothing about the person."),
    }
    return json.dumps(content, indent=1, ensure_ascii=False).encode()
