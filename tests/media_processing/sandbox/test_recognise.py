"""Containers are told by their bytes; whatever else is uploaded is named in the refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_processing.sandbox.recognise import recognise
from media_processing.sandbox.types import MediaRefused

TS_HEAD = (b"G" + bytes(187)) * 3

TAKEN = [
    (b"\0\0\0\x18ftypisom", "mp4"),
    (b"\0\0\0\x14ftypqt  ", "mov"),
    (b"\0\0\0\x08moov", "mov"),
    (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "webm"),
    (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", "matroska"),
    (b"RIFF\0\0\0\0AVI LIST", "avi"),
    (b"RIFF\0\0\0\0WAVEfmt ", "wav"),
    (b"FORM\0\0\0\0AIFFCOMM", "aiff"),
    (b"\0\0\x01\xba\x21", "mpeg"),
    (b"GIF89a", "gif"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"#!AMR\n", "amr"),
    (b"ID3\x04", "mp3"),
    (b"\xff\xfb\x90\x64", "mp3"),
    (TS_HEAD, "mpegts"),
]

REFUSED = [
    (b"ffconcat version 1.0\nfile secret.mp4\n", "playlist"),
    (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "playlist"),
    (b"  \n#EXTM3U\n", "playlist"),
    (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "playlist"),
    (b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">', "playlist"),
    (b'<?xml version="1.0"?><svg><image href="file:///etc/passwd"/></svg>', "drawing"),
    (b"<!DOCTYPE html><script>1</script>", "web page"),
    (b"\x89PNG\r\n\x1a\n", "still picture"),
    (b"\xff\xd8\xff\xe0", "still picture"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "still picture"),
    (b"\0\0\0\x18ftypheic", "still picture"),
    (b"%PDF-1.7", "PDF"),
    (b"PK\x03\x04", "archive"),
    (b"\x1f\x8b\x08", "archive"),
    (b"MZ\x90\0", "program"),
    (b"\x7fELF", "program"),
    (b"Dear officer, please find attached my video", "text"),
    (b"\xff\xf1\x50\x80", "unknown"),
    (b"\0", "unknown"),
]


@pytest.mark.parametrize(("head", "name"), TAKEN, ids=[name for _, name in TAKEN])
def test_taken_containers(head: bytes, name: str) -> None:
    assert recognise(head).name == name


@pytest.mark.parametrize(("head", "kind"), REFUSED, ids=range(len(REFUSED)))
def test_everything_else_is_refused_by_name(head: bytes, kind: str) -> None:
    with pytest.raises(MediaRefused, match=kind) as refused:
        recognise(head)

    assert refused.value.code == "not_media"


def test_an_empty_file_has_its_own_code() -> None:
    with pytest.raises(MediaRefused) as refused:
        recognise(b"")

    assert refused.value.code == "empty_file"


@given(st.binary(min_size=1, max_size=600))
def test_any_bytes_give_a_container_or_a_refusal(head: bytes) -> None:
    try:
        assert recognise(head).demuxer
    except MediaRefused as refused:
        assert refused.code == "not_media"
