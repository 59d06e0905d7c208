"""Every reason to refuse a file: its code, what is wrong, and what the officer can do."""

from typing import Any

SENTENCES: dict[str, str] = {
    "empty_file": "The file is empty. Record again or choose another file.",
    "too_large": (
        "The file is {gigabytes:.1f} GB; at most {limit_gigabytes:.0f} GB can be taken. "
        "Record in a lower resolution or in several parts."
    ),
    "not_media": (
        "The file is {kind}, not a video or sound recording. Upload a recording such as MP4, "
        "WebM, MOV, MKV, AVI, MPEG, GIF, WAV, AIFF, MP3, OGG, FLAC or AMR."
    ),
    "no_streams": (
        "The file holds neither moving pictures nor sound. Check that the camera or the "
        "microphone was on, and record again."
    ),
    "too_short": (
        "The recording is too short: {duration_s:.2f} s with {frames} pictures. At least "
        "{limit_s:g} s of video or sound are needed."
    ),
    "too_long": (
        "The recording is longer than {limit_minutes:.0f} minutes. Cut it, or record in "
        "several parts."
    ),
    "dimensions": (
        "The picture measures {width} × {height} pixels; between {minimum} pixels and "
        "{long} × {short} can be taken. Record with the usual settings of the camera."
    ),
    "frame_rate": (
        "The video has {fps:.0f} pictures per second; at most {limit:.0f} can be taken. "
        "Turn slow motion off and record again."
    ),
    "too_many_streams": (
        "The file holds {count} streams; at most {limit} can be taken. Export it again with "
        "one picture and one sound track."
    ),
    "channels": (
        "The sound has {channels} channels; at most {limit} can be taken. Export it as mono "
        "or stereo."
    ),
    "sample_rate": (
        "The sound has {sample_rate_hz} samples per second; {minimum} to {maximum} can be "
        "taken. Export it with 16 or 48 kHz."
    ),
    "duration_mismatch": (
        "The file says that it lasts {declared_s:.0f} s but holds only {duration_s:.1f} s. "
        "It is damaged or was altered: export it again from the camera."
    ),
    "codec": (
        "The {stream} is stored in the format {codec}, which is not supported. Export the "
        "recording as MP4 (H.264 and AAC)."
    ),
    "audio_invalid": (
        "The sound holds no valid samples (not-a-number or infinite values). Export it again "
        "as 16-bit sound."
    ),
    "decode_failed": (
        "The recording cannot be read: its contents are damaged. Play it on the device that "
        "made it; if it plays there, export it again as MP4."
    ),
    "truncated": (
        "The recording is incomplete: it was cut off while it was saved or copied. Copy it "
        "again from the device, or record again."
    ),
    "limit": (
        "Reading the recording took more time or memory than is allowed. Export it again as "
        "MP4 (H.264 and AAC) in 1080p or smaller."
    ),
}


def sentence(code: str, **figures: Any) -> str:
    """Return the officer's sentence for ``code``. Raises KeyError for an unknown code."""
    return SENTENCES[code].format(**figures)
