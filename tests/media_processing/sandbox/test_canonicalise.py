"""Uploads of every kind, good and hostile, through the real confined child."""

import hashlib
import math
import os
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from media_processing.analysis.video import read_frames, video_facts
from media_processing.sandbox import canonicalise as subject
from media_processing.sandbox.canonicalise import (
    Canonical,
    canonicalise,
    identify,
    parsed_probe,
    parsed_refusal,
    run_confined,
)
from media_processing.sandbox.jail import Jail, bubblewrap_works
from media_processing.sandbox.recognise import Container
from media_processing.sandbox.types import Limits, MediaRefused, MediaTransient
from tests.media_processing.media_files import (
    tone,
    write_float_wav,
    write_sound,
    write_video,
    write_wav,
)


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    return tmp_path / "work"


def refusal(source: Path, workdir: Path, limits: Limits | None = None) -> MediaRefused:
    with pytest.raises(MediaRefused) as refused:
        canonicalise(source, workdir, limits=limits)
    assert refused.value.message.endswith(".")
    return refused.value


def codes(canonical: Canonical) -> list[str]:
    return [finding.code for finding in canonical.quality]


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768


# --- what is taken ---


def test_video_with_sound_becomes_playback_and_audio(tmp_path: Path, workdir: Path) -> None:
    source = write_video(tmp_path / "in.mp4", seconds=3, rate=20, sound=tone(3))
    told: list[tuple[int, int]] = []

    canonical = canonicalise(source, workdir, progress=lambda *step: told.append(step))

    assert canonical.probe.container == "mp4"
    assert canonical.probe.duration_s == pytest.approx(3.0, abs=0.1)
    assert canonical.probe.video is not None
    assert (canonical.probe.video.codec, canonical.probe.video.fps) == ("h264", 20.0)
    assert canonical.probe.audio is not None
    assert canonical.probe.audio.sample_rate_hz == 48_000
    assert canonical.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert canonical.media.duration_s == pytest.approx(3.0, abs=0.1)
    assert canonical.media.video_path is not None
    assert canonical.media.audio_path is not None
    facts = video_facts(canonical.media.video_path)
    assert (facts.width_px, facts.height_px, facts.rate_hz) == (128, 96, 20.0)
    assert samples(canonical.media.audio_path).size == pytest.approx(48_000, abs=2000)
    assert told
    assert all(0 <= done <= total for done, total in told)
    left = {path.name for path in workdir.rglob("*") if path.is_file()}
    assert left == {"playback.mp4", "audio.wav"}


def test_the_playback_starts_with_its_index_so_that_it_streams(
    tmp_path: Path, workdir: Path
) -> None:
    source = write_video(tmp_path / "in.mp4", seconds=1)

    canonical = canonicalise(source, workdir)

    assert canonical.media.video_path is not None
    data = canonical.media.video_path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(
    ("name", "options", "container"),
    [
        ("a.mkv", {"codec": "libx264"}, "matroska"),
        ("a.webm", {"codec": "libvpx"}, "webm"),
        ("a.avi", {"codec": "mpeg4"}, "avi"),
        ("b.avi", {"codec": "mjpeg"}, "avi"),
        ("a.mpg", {"codec": "mpeg1video", "rate": 25}, "mpeg"),
        ("a.ts", {"codec": "libx264"}, "mpegts"),
        ("a.gif", {"codec": "gif"}, "gif"),
        ("a.mov", {"codec": "libx264"}, "mov"),
    ],
)
def test_video_containers(tmp_path: Path, workdir: Path, name, options, container) -> None:
    canonical = canonicalise(write_video(tmp_path / name, **options), workdir)

    assert canonical.probe.container == container
    assert canonical.media.video_path is not None
    assert canonical.media.audio_path is None
    assert canonical.media.duration_s == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize(
    ("name", "codec", "container"),
    [
        ("a.wav", "pcm_s16le", "wav"),
        ("a.aiff", "pcm_s16be", "aiff"),
        ("a.flac", "flac", "flac"),
        ("a.ogg", "libopus", "ogg"),
        ("a.mp3", "libmp3lame", "mp3"),
        ("a.m4a", "aac", "mp4"),
        ("a.webm", "libopus", "webm"),
    ],
)
def test_sound_containers(tmp_path: Path, workdir: Path, name, codec, container) -> None:
    canonical = canonicalise(write_sound(tmp_path / name, codec), workdir)

    assert canonical.probe.container == container
    assert canonical.probe.video is None
    assert canonical.media.video_path is None
    assert canonical.media.audio_path is not None
    assert canonical.media.duration_s == pytest.approx(2.0, abs=0.1)
    assert "NO_VIDEO" in codes(canonical)
    level = float(np.sqrt(np.mean(samples(canonical.media.audio_path) ** 2)))
    assert level == pytest.approx(0.3 / math.sqrt(2), rel=0.1)


def test_uneven_times_are_kept_at_the_average_rate(tmp_path: Path, workdir: Path) -> None:
    times = [0, 0.1, 0.15, 0.3, 0.9, 1.0, 1.05, 1.3, 1.9, 2.0]
    source = write_video(tmp_path / "in.webm", codec="libvpx", times_s=times)

    canonical = canonicalise(source, workdir)

    assert canonical.probe.video is not None
    assert canonical.probe.video.fps == pytest.approx(9 / 2.0, abs=0.01)
    assert canonical.media.video_path is not None
    stamps = [frame.t_s for frame in read_frames(canonical.media.video_path, 100)]
    assert np.ptp(np.diff(stamps)) < 1e-3
    assert canonical.media.duration_s == pytest.approx(2.1, abs=0.15)


def test_the_content_counts_and_not_the_name(tmp_path: Path, workdir: Path) -> None:
    source = write_video(tmp_path / "in.webm", codec="libvpx")

    canonical = canonicalise(source.rename(tmp_path / "in.mp4"), workdir)

    assert canonical.probe.container == "webm"


@pytest.mark.parametrize(
    "name",
    ["-i.mp4", "😀 \u202e.mp4", "a'b\"c;$(touch x).mp4", "%03d.mp4", "concat:a|b.mp4", "x" * 200],
)
def test_strange_names_are_only_names(tmp_path: Path, workdir: Path, name: str) -> None:
    source = write_video(tmp_path / "in.mp4", seconds=1).rename(tmp_path / name)

    assert canonicalise(source, workdir).probe.container == "mp4"


def test_a_relative_path_out_of_the_directory(tmp_path, workdir, monkeypatch) -> None:
    write_video(tmp_path / "in.mp4", seconds=1)
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")

    assert canonicalise(Path("../in.mp4"), workdir).probe.container == "mp4"


def test_a_still_picture_beside_sound_is_no_video(tmp_path: Path, workdir: Path) -> None:
    source = write_video(tmp_path / "in.mp4", times_s=[0], sound=tone(2))

    canonical = canonicalise(source, workdir)

    assert canonical.probe.video is None
    assert canonical.media.video_path is None
    assert canonical.media.audio_path is not None


def test_silent_sound_is_kept_and_said(tmp_path: Path, workdir: Path) -> None:
    source = write_video(tmp_path / "in.mp4", sound=np.zeros(32_000, np.float32))

    canonical = canonicalise(source, workdir)

    assert canonical.media.audio_path is not None
    assert not samples(canonical.media.audio_path).any()
    assert "AUDIO_SILENT" in codes(canonical)


def test_some_invalid_samples_are_silenced(tmp_path: Path, workdir: Path) -> None:
    sound = tone(2)
    sound[::100], sound[5::1000], sound[7::999] = np.nan, np.inf, 1e38

    canonical = canonicalise(write_float_wav(tmp_path / "in.wav", sound), workdir)

    assert canonical.media.audio_path is not None
    assert np.sqrt(np.mean(samples(canonical.media.audio_path) ** 2)) < 0.3


def stereo(path: Path) -> Path:
    """Two seconds of a tone on the left, silence on the right."""
    both = np.stack([tone(2), np.zeros(32_000, np.float32)], axis=1)
    return write_float_wav(path, both.ravel(), channels=2)


@pytest.mark.parametrize(("channel", "loud"), [(0, True), (1, False), (None, True)])
def test_one_channel_of_the_sound_can_be_chosen(
    channel: int | None, loud: bool, tmp_path: Path, workdir: Path
) -> None:
    canonical = canonicalise(stereo(tmp_path / "in.wav"), workdir, channel=channel)
    assert canonical.media.audio_path is not None and canonical.media.sound_channels == 2
    assert bool(samples(canonical.media.audio_path).max() > 0.1) == loud


def test_a_channel_that_is_not_there_leaves_the_sound_as_it_is(
    tmp_path: Path, workdir: Path
) -> None:
    canonical = canonicalise(write_sound(tmp_path / "in.wav", "pcm_s16le"), workdir, channel=1)
    assert canonical.media.audio_path is not None and canonical.media.sound_channels == 1
    assert samples(canonical.media.audio_path).max() > 0.1


def test_a_cut_off_recording_is_used_as_far_as_it_goes(tmp_path: Path, workdir: Path) -> None:
    whole = write_video(
        tmp_path / "in.mp4", seconds=10, sound=tone(10), options={"movflags": "faststart"}
    ).read_bytes()
    source = tmp_path / "cut.mp4"
    source.write_bytes(whole[: int(len(whole) * 0.6)])

    canonical = canonicalise(source, workdir)

    assert canonical.probe.truncated
    assert 3.0 < canonical.media.duration_s < 9.0
    assert codes(canonical)[0] == "RECORDING_TRUNCATED"


# --- what is refused ---


@pytest.mark.parametrize("share", [0.02, 0.1, 0.2])
def test_too_little_of_a_cut_off_recording(tmp_path, workdir, share: float) -> None:
    whole = write_video(
        tmp_path / "in.mp4", seconds=10, options={"movflags": "faststart"}
    ).read_bytes()
    source = tmp_path / "cut.mp4"
    source.write_bytes(whole[: int(len(whole) * share)])

    assert refusal(source, workdir).code == "truncated"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_an_index_that_was_cut_off(tmp_path: Path, workdir: Path, share: float) -> None:
    whole = write_video(tmp_path / "in.mp4", seconds=4).read_bytes()
    source = tmp_path / "cut.mp4"
    source.write_bytes(whole[: int(len(whole) * share)])

    assert refusal(source, workdir).code == "truncated"


def test_an_empty_file(tmp_path: Path, workdir: Path) -> None:
    source = tmp_path / "in.webm"
    source.touch()

    assert refusal(source, workdir).code == "empty_file"


@pytest.mark.parametrize(
    "script",
    [
        "ffconcat version 1.0\nfile secret.mp4\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nsecret.mp4\n",
    ],
)
def test_a_script_that_names_another_file(tmp_path: Path, workdir: Path, script: str) -> None:
    write_video(tmp_path / "secret.mp4")
    source = tmp_path / "in.mp4"
    source.write_text(script)

    assert refusal(source, workdir).code == "not_media"


@pytest.mark.parametrize("demuxer", ["mov", "matroska", "mpegts"])
def test_a_script_is_not_followed_even_if_it_were_taken_for_media(
    tmp_path: Path, workdir: Path, demuxer: str
) -> None:
    write_video(tmp_path / "secret.mp4")
    source = tmp_path / "in.mp4"
    source.write_text("ffconcat version 1.0\nfile secret.mp4\n")
    workdir.mkdir()

    with pytest.raises(MediaRefused):
        run_confined(
            Jail(source, workdir, bubblewrap_works()), Container("mp4", demuxer), Limits(), None
        )


def test_random_bytes_behind_a_good_signature(tmp_path: Path, workdir: Path) -> None:
    source = tmp_path / "in.webm"
    noise = np.random.default_rng(3).bytes(200_000)
    source.write_bytes(b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + noise)

    assert refusal(source, workdir).code == "decode_failed"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"times_s": [0]}, "too_short"),
        ({"seconds": 0.3}, "too_short"),
        ({"rate": 120, "seconds": 1}, "frame_rate"),
        ({"size": (32, 32)}, "dimensions"),
        ({"size": (4096, 64), "rate": 5, "seconds": 1}, "dimensions"),
        ({"codec": "ffv1", "container": "matroska"}, "codec"),
        ({"streams": 9, "container": "matroska"}, "too_many_streams"),
    ],
)
def test_video_out_of_bounds(tmp_path: Path, workdir: Path, options, code: str) -> None:
    assert refusal(write_video(tmp_path / "in.mp4", **options), workdir).code == code


def test_a_picture_bomb_is_not_decoded(tmp_path: Path, workdir: Path) -> None:
    source = write_video(tmp_path / "in.mp4", size=(8192, 8192), times_s=[0], blank=True)

    refused = refusal(source, workdir)

    assert refused.code == "dimensions"
    assert "8192" in refused.message


@pytest.mark.parametrize(
    ("sound", "options", "code"),
    [
        (np.full(32_000, np.nan), {}, "audio_invalid"),
        (np.full(32_000, np.inf), {}, "audio_invalid"),
        (np.repeat(tone(0.6), 64), {"channels": 64}, "channels"),
        (tone(2), {"rate_hz": 1000}, "sample_rate"),
        (tone(2), {"rate_hz": 768_000}, "sample_rate"),
    ],
)
def test_sound_out_of_bounds(tmp_path: Path, workdir: Path, sound, options, code: str) -> None:
    assert refusal(write_float_wav(tmp_path / "in.wav", sound, **options), workdir).code == code


def test_too_long_and_too_large(tmp_path: Path, workdir: Path) -> None:
    source = write_wav(tmp_path / "in.wav", tone(5))

    assert refusal(source, workdir, Limits(max_duration_s=4)).code == "too_long"
    assert refusal(source, workdir, Limits(max_bytes=1000)).code == "too_large"


def test_a_header_that_claims_a_day(tmp_path: Path, workdir: Path) -> None:
    data = bytearray(write_video(tmp_path / "in.mkv", seconds=2).read_bytes())
    duration = data.index(b"\x44\x89\x88") + 3  # the element Duration, a float64 in ms
    data[duration : duration + 8] = struct.pack(">d", 86_400_000.0)
    source = tmp_path / "lie.mkv"
    source.write_bytes(bytes(data))

    assert refusal(source, workdir).code == "duration_mismatch"


def test_what_is_not_a_regular_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(MediaRefused) as refused:
        identify(pipe, Limits())

    assert refused.value.code == "not_media"


@pytest.mark.parametrize("seed", range(6))
def test_mutated_files_never_break_out_as_another_error(tmp_path, workdir, seed: int) -> None:
    data = bytearray(write_video(tmp_path / "in.mp4", sound=tone(2)).read_bytes())
    random = np.random.default_rng(seed)
    for place in random.integers(0, len(data), 60):
        data[place] = random.integers(0, 256)
    source = tmp_path / "mutated.mp4"
    source.write_bytes(bytes(data))

    try:
        canonical = canonicalise(source, workdir)
    except MediaRefused:
        return
    assert math.isfinite(canonical.media.duration_s)


# --- the child itself ---


@pytest.mark.parametrize("isolated", [True, False])
def test_both_ways_of_confinement_give_the_same(tmp_path, workdir, isolated: bool) -> None:
    if isolated and not bubblewrap_works():
        pytest.skip("bubblewrap is not installed or not allowed here")
    source = write_video(tmp_path / "in.mp4", sound=tone(2))
    workdir.mkdir()

    probe = run_confined(Jail(source, workdir, isolated), Container("mp4", "mov"), Limits(), None)

    assert probe.video is not None
    assert probe.audio is not None
    assert {path.name for path in workdir.iterdir()} == {"playback.mp4", "audio.wav"}


def test_a_decoder_that_needs_too_much_memory_is_stopped(tmp_path: Path, workdir: Path) -> None:
    source = write_video(tmp_path / "in.mp4")

    refused = refusal(source, workdir, Limits(memory_bytes=230 * 1024**2))

    assert refused.code == "limit"


def test_a_child_that_hangs_without_working_may_be_tried_again(
    tmp_path: Path, workdir: Path
) -> None:
    source = write_video(tmp_path / "in.mp4")

    with pytest.raises(MediaTransient):
        canonicalise(source, workdir, limits=Limits(probe_wall_s=0.01))

    assert not list((workdir / "canonical").iterdir())


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"container": "x" * 99, "duration_s": 1, "video": None, "audio": None, "truncated": 0},
        {"container": "mp4", "duration_s": "?", "video": None, "audio": None, "truncated": 0},
        {"container": "mp4", "duration_s": 1, "video": 7, "audio": None, "truncated": 0},
        {"container": "<b>", "duration_s": 1, "video": None, "audio": None, "truncated": 0},
    ],
)
def test_a_child_that_lies_is_not_believed(event: dict) -> None:
    with pytest.raises(MediaRefused):
        parsed_probe({"event": "probe", **event})


@pytest.mark.parametrize(
    "event",
    [
        {"code": "no_such_code", "figures": {}},
        {"code": "too_short", "figures": {}},
        {"code": "codec", "figures": {"stream": "video", "codec": "<script>"}},
        {"code": "codec", "figures": None},
    ],
)
def test_a_refusal_in_foreign_words_becomes_our_own(event: dict) -> None:
    assert parsed_refusal({"event": "refused", **event}).code == "decode_failed"


def test_every_sentence_of_a_refusal_says_what_to_do() -> None:
    for code, sentence in subject.SENTENCES.items():
        assert sentence.count(". ") >= 1 or ":" in sentence, code
