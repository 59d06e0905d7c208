"""Which container a file is, by its own bytes: names and declared types are never believed."""

import re
from dataclasses import dataclass

from media_processing.sandbox.types import MediaRefused

HEAD_BYTES = 4096

_TS_PACKET = 188
_TS_SYNC = 0x47
_EBML = b"\x1aE\xdf\xa3"
_ISO_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"}
_PICTURE_BRANDS = {b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"crx "}


@dataclass(frozen=True, slots=True)
class Container:
    """A container that is taken: its public ``name`` and the ``demuxer`` that alone may read it."""

    name: str
    demuxer: str


# What may be decoded while it grows, by name.
GROWING = {
    container.name: container
    for container in (
        Container("webm", "matroska"),
        Container("matroska", "matroska"),
        Container("mp4", "mov"),
    )
}

# The signature of what people upload by mistake or on purpose, to name it in the refusal.
_FOREIGN: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), kind)
    for pattern, kind in (
        (rb"\s*(ffconcat|#EXTM3U|\[playlist\]|v=0\r?\n)", "a playlist that points to other files"),
        (rb".{0,512}<(MPD|smil|asx|playlist)\b", "a playlist that points to other files"),
        (rb".{0,512}<svg\b", "a drawing"),
        (rb".{0,512}<(!doctype html|html|script|body|head)\b", "a web page"),
        (
            rb"\x89PNG|\xff\xd8\xff|BM.{4}\0\0|II\*\0|MM\0\*|RIFF.{4}WEBP|\0\0\x01\0",
            "a still picture",
        ),
        (rb"%PDF", "a PDF document"),
        (rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ", "an archive or a document"),
        (rb"MZ|\x7fELF|#!/|\xcf\xfa\xed\xfe", "a program"),
        (rb"[\t\n\r\x20-\x7e]{32}", "a text"),
    )
)


def recognise(head: bytes) -> Container:
    """Return the container that the first :data:`HEAD_BYTES` of a file belong to.

    Raises MediaRefused ``empty_file`` or ``not_media``.
    """
    if not head:
        raise MediaRefused("empty_file")
    container = _iso(head) or _matroska(head) or _riff(head) or _simple(head) or _packets(head)
    if container is None:
        raise MediaRefused("not_media", kind=_foreign_kind(head))
    return container


def _foreign_kind(head: bytes) -> str:
    return next((kind for pattern, kind in _FOREIGN if pattern.match(head)), "of an unknown kind")


def _iso(head: bytes) -> Container | None:
    if head[4:8] not in _ISO_BOXES:
        return None
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand in _PICTURE_BRANDS:
        raise MediaRefused("not_media", kind="a still picture")
    return Container("mov" if brand in {b"qt  ", b""} else "mp4", "mov")


def _matroska(head: bytes) -> Container | None:
    if not head.startswith(_EBML):
        return None
    return Container("webm" if b"webm" in head[:128] else "matroska", "matroska")


def _riff(head: bytes) -> Container | None:
    form = head[8:12]
    if head[:4] == b"FORM" and form in {b"AIFF", b"AIFC"}:
        return Container("aiff", "aiff")
    if head[:4] in {b"RIFF", b"RF64"} and form == b"WAVE":
        return Container("wav", "wav")
    return Container("avi", "avi") if head[:4] == b"RIFF" and form == b"AVI " else None


def _simple(head: bytes) -> Container | None:
    signatures = (
        (b"GIF87a", "gif"),
        (b"GIF89a", "gif"),
        (b"OggS", "ogg"),
        (b"fLaC", "flac"),
        (b"#!AMR", "amr"),
        (b"ID3", "mp3"),
        (b"\0\0\x01\xba", "mpeg"),
    )
    name = next((name for signature, name in signatures if head.startswith(signature)), None)
    return Container(name, name) if name else None


def _packets(head: bytes) -> Container | None:
    if len(head) > 2 * _TS_PACKET and {head[0], head[_TS_PACKET], head[2 * _TS_PACKET]} == {
        _TS_SYNC
    }:
        return Container("mpegts", "mpegts")
    return Container("mp3", "mp3") if _is_mpeg_audio_frame(head) else None


def _is_mpeg_audio_frame(head: bytes) -> bool:
    """Tell an MPEG audio frame header (ISO 11172-3, 2.4.1.3) of layer II or III."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer in {1, 2} and bit_rate not in {0, 15} and sample_rate != 3
