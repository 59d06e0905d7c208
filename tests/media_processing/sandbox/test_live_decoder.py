"""A take is decoded while it grows, confined, and whatever its bytes are."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from media_processing.sandbox import live_decoder as subject
from media_processing.sandbox.live_decoder import Ended, Message, Picture, Sound, TakeDecoder
from media_processing.sandbox.recognise import Container, recognise
from media_processing.sandbox.types import Limits
from tests.media_processing.media_files import tone, write_video

MATROSKA = Container("matroska", "matroska")
CHUNK_BYTES = 2048
LONG_S = 16.0


@pytest.fixture(params=[True, False], ids=["bubblewrap", "plain"])
def isolated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param and not subject.bubblewrap_works():
        pytest.skip("bubblewrap is not installed or not allowed here")
    monkeypatch.setattr(subject, "bubblewrap_works", lambda: request.param)


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Four seconds of Matroska with a keyframe each second, as a recorder writes it."""
    path = tmp_path_factory.mktemp("take") / "take.mkv"
    _record(path, 4.0)
    return path.read_bytes()


@pytest.fixture(scope="module")
def long_take(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The same for longer."""
    path = tmp_path_factory.mktemp("take") / "long.mkv"
    _record(path, LONG_S)
    return path.read_bytes()


def _record(path: Path, seconds: float) -> None:
    write_video(path, seconds=seconds, rate=20, sound=tone(seconds), sound_codec="libopus",
                container="matroska", keyframe_every=20)  # fmt: skip


def heard(decoder: TakeDecoder, wait_s: float = 20.0) -> list[Message]:
    """Return all messages up to the end."""
    messages: list[Message] = []
    deadline = time.monotonic() + wait_s
    while not any(isinstance(one, Ended) for one in messages):
        assert time.monotonic() < deadline, decoder.log()
        messages += decoder.ready(wait_s=0.5)
    return messages


@pytest.mark.usefixtures("isolated")
def test_pictures_and_sound_come_out_of_chunks(take: bytes, tmp_path: Path) -> None:
    with TakeDecoder(recognise(take[:4096]), tmp_path, rate_hz=5.0) as decoder:
        for first in range(0, len(take), CHUNK_BYTES):
            decoder.feed(take[first : first + CHUNK_BYTES])
        decoder.finish()
        messages = heard(decoder)
    pictures = [one for one in messages if isinstance(one, Picture)]
    assert [one.t_s for one in pictures] == pytest.approx(np.arange(0, 4, 0.2), abs=0.01)
    assert pictures[0].image_bgr.shape == (96, 128, 3)
    sound = np.concatenate([one.samples for one in messages if isinstance(one, Sound)])
    assert sound.shape[1] == 1
    assert len(sound) / 16_000 == pytest.approx(4.0, abs=0.1)
    assert messages[-1] == Ended()


def test_a_picture_comes_out_before_the_take_ends(take: bytes, tmp_path: Path) -> None:
    with TakeDecoder(recognise(take[:4096]), tmp_path, rate_hz=5.0) as decoder:
        decoder.feed(take[: len(take) // 2])
        deadline = time.monotonic() + 20
        seen: list[float] = []
        while not seen and time.monotonic() < deadline:
            seen += [one.t_s for one in decoder.ready(wait_s=0.5) if isinstance(one, Picture)]
    assert seen[0] == 0.0


def test_pictures_before_the_resumption_are_not_decoded(take: bytes, tmp_path: Path) -> None:
    with TakeDecoder(recognise(take[:4096]), tmp_path, rate_hz=5.0, resume_s=2.5) as decoder:
        decoder.feed(take)
        decoder.finish()
        messages = heard(decoder)
    times_s = [one.t_s for one in messages if isinstance(one, Picture)]
    assert times_s[0] == pytest.approx(2.5, abs=0.06) and times_s[-1] == pytest.approx(3.8, abs=0.1)
    sound = np.concatenate([one.samples for one in messages if isinstance(one, Sound)])
    assert len(sound) / 16_000 == pytest.approx(4.0, abs=0.1)  # the level of speech needs it all


def _times_s(take: bytes, folder: Path, skip_after_s: float | None) -> tuple[list[float], int]:
    """Decode what came all at once; return the times of the pictures and how many were skipped."""
    with TakeDecoder(recognise(take[:4096]), folder, rate_hz=5.0,
                     skip_after_s=skip_after_s) as decoder:  # fmt: skip
        decoder.feed(take)
        decoder.finish()
        messages = heard(decoder)
    pictures = [one for one in messages if isinstance(one, Picture)]
    sound = np.concatenate([one.samples for one in messages if isinstance(one, Sound)])
    assert len(sound) / 16_000 == pytest.approx(LONG_S, abs=0.1)  # No sound is ever skipped.
    return [one.t_s for one in pictures], sum(one.skipped for one in pictures)


def test_far_behind_only_keyframes_are_decoded_until_it_has_caught_up(
    long_take: bytes, tmp_path: Path
) -> None:
    times_s, skipped = _times_s(long_take, tmp_path, skip_after_s=4.0)
    steps_s = np.diff(times_s)
    is_step = np.isclose(steps_s, 0.2, atol=0.01)
    first_close = int(np.argmax(is_step))
    # A picture each second at first; once less than two seconds wait, each of them again.
    assert steps_s[:first_close] == pytest.approx(1.0, abs=0.01) and first_close >= 8
    assert is_step[first_close:].all() and LONG_S - times_s[first_close] < 4.0
    assert skipped == round(LONG_S * 5) - len(times_s)


def test_nothing_is_skipped_where_every_picture_counts(long_take: bytes, tmp_path: Path) -> None:
    times_s, skipped = _times_s(long_take, tmp_path, skip_after_s=None)
    assert times_s == pytest.approx(np.arange(0, LONG_S, 0.2), abs=0.01)
    assert skipped == 0


def test_what_is_no_recording_ends_with_a_refusal(tmp_path: Path) -> None:
    rubbish = np.random.default_rng(3).bytes(200_000)
    with TakeDecoder(MATROSKA, tmp_path, rate_hz=5.0) as decoder:
        decoder.feed(rubbish)
        decoder.finish()
        last = heard(decoder)[-1]
    assert isinstance(last, Ended) and last.refusal is not None
    assert last.refusal.code == "decode_failed"


def test_a_take_ends_where_it_is_longer_than_any_may_be(take: bytes, tmp_path: Path) -> None:
    limits = Limits(max_duration_s=2.0)
    with TakeDecoder(MATROSKA, tmp_path, rate_hz=5.0, limits=limits) as decoder:
        decoder.feed(take)
        decoder.finish()
        messages = heard(decoder)
    last = messages[-1]
    assert isinstance(last, Ended) and last.refusal is not None and last.refusal.code == "too_long"
    heard_s = sum(len(one.samples) for one in messages if isinstance(one, Sound)) / 16_000
    assert 1.0 < heard_s <= 2.0


def test_rubbish_in_the_middle_loses_no_more_than_itself(take: bytes, tmp_path: Path) -> None:
    third = len(take) // 3
    with TakeDecoder(recognise(take[:4096]), tmp_path, rate_hz=5.0) as decoder:
        decoder.feed(take[:third] + np.random.default_rng(3).bytes(50_000) + take[2 * third :])
        decoder.finish()
        messages = heard(decoder)
    times_s = [one.t_s for one in messages if isinstance(one, Picture)]
    assert times_s[0] == 0.0
    assert isinstance(messages[-1], Ended)


def test_a_child_that_nobody_listens_to_is_stopped(take: bytes, tmp_path: Path) -> None:
    decoder = TakeDecoder(recognise(take[:4096]), tmp_path, rate_hz=20.0)
    for _ in range(20):
        decoder.feed(take)
    time.sleep(0.5)
    decoder.close()
    assert not list(tmp_path.iterdir())


PICTURE = {"event": "picture", "bytes": 12, "t_s": 0.0, "height": 2, "width": 2, "skipped": 0}
SOUND = {"event": "sound", "bytes": 8, "channels": 1}


def _take_over(says: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program that says what it likes in the place of the child."""
    (folder / "says").write_bytes(says)
    child = "import pathlib, sys; sys.stdout.buffer.write(pathlib.Path(sys.argv[1]).read_bytes())"
    argv = [sys.executable, "-c", child, str(folder / "says")]
    monkeypatch.setattr(subject, "confined_argv", lambda *_args, **_more: argv)


@pytest.mark.parametrize(
    "said",
    [
        json.dumps(SOUND | {"bytes": float("inf")}),
        json.dumps(PICTURE | {"t_s": float("nan")}),
        json.dumps(PICTURE | {"bytes": 0, "height": 0}),
        json.dumps(PICTURE | {"bytes": 0, "width": 0}),
        json.dumps(PICTURE | {"skipped": 10**12}),
        json.dumps(PICTURE | {"skipped": 900_000}),
        json.dumps(PICTURE | {"height": -2, "width": -2}),
        json.dumps(SOUND | {"channels": 4}),
        json.dumps(SOUND | {"channels": -1}),
        json.dumps({"event": "refused", "bytes": 0, "code": "too_long",
                    "figures": {"limit_minutes": 10**400}}),
        "[" * 60_000,
        '{"event": ' * 6_000,
        "\x00",
    ],
)  # fmt: skip
def test_whatever_a_child_says_that_was_taken_over_ends_its_take_alone(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _take_over(said.encode() + b"\n" + bytes(64), tmp_path, monkeypatch)
    with TakeDecoder(MATROSKA, tmp_path, rate_hz=5.0) as decoder:
        (last,) = heard(decoder)
    assert isinstance(last, Ended) and last.refusal is not None


def test_a_child_that_sends_pictures_without_end_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _take_over((json.dumps(PICTURE).encode() + b"\n" + bytes(12)) * 1000, tmp_path, monkeypatch)
    with TakeDecoder(MATROSKA, tmp_path, rate_hz=5.0, limits=Limits(max_duration_s=9)) as decoder:
        messages = heard(decoder)
    assert len(messages) == 101
