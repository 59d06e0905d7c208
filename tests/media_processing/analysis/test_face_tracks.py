"""Following faces by place: who is one person, who is another, who is none."""

import numpy as np
import pytest

from media_processing.analysis.face_boxes import Box
from media_processing.analysis.face_smoothing import QualityWeightedSmoother
from media_processing.analysis.face_tracks import FaceTracker, Sighting

PERIOD_S = 0.2


def follow(
    paths: dict[str, dict[int, tuple[float, float, float]]],
    frames: int,
    cuts: tuple[int, ...] = (),
    unconfirmed: tuple[str, ...] = (),
) -> FaceTracker:
    """Run a tracker over named faces, each a dict from frame to (x, y, size)."""
    tracker = FaceTracker(PERIOD_S)
    for frame in range(frames):
        t_s = frame * PERIOD_S
        if frame in cuts:
            tracker.cut()
        seen = [
            Sighting(t_s, Box(*path[frame], path[frame][2]), confirmed=name not in unconfirmed)
            for name, path in paths.items()
            if frame in path
        ]
        tracker.add(t_s, seen)
    return tracker


def still(x: float, frames: range, size: float = 60.0) -> dict[int, tuple[float, float, float]]:
    return dict.fromkeys(frames, (x, 100.0, size))


def test_two_faces_side_by_side_are_two_people() -> None:
    tracker = follow({"a": still(50, range(10)), "b": still(200, range(10))}, 10)
    assert [len(track.sightings) for track in tracker.people()] == [10, 10]


def test_a_face_seen_for_less_than_a_second_is_not_counted() -> None:
    tracker = follow({"a": still(50, range(4)), "b": still(300, range(5))}, 10)
    assert len(tracker.people()) == 1
    assert tracker.people()[0].seen_s(PERIOD_S) == pytest.approx(1.0)


def test_the_second_may_come_in_pieces() -> None:
    seen = [*range(3), *range(20, 23)]
    tracker = follow({"a": dict.fromkeys(seen, (50.0, 100.0, 60.0))}, 25)
    assert len(tracker.people()) == 1


def test_what_a_second_look_does_not_confirm_is_no_person() -> None:
    tracker = follow({"back of a head": still(50, range(30))}, 30, unconfirmed=("back of a head",))
    assert tracker.tracks
    assert tracker.people() == []


def test_crossing_paths_keep_their_people() -> None:
    """Two faces pass each other; speed tells them apart."""
    right = {frame: (20.0 + 25 * frame, 100.0, 60.0) for frame in range(20)}
    left = {frame: (500.0 - 25 * frame, 130.0, 60.0) for frame in range(20)}
    tracker = follow({"right": right, "left": left}, 20)
    assert len(tracker.people()) == 2
    for track in tracker.people():
        steps = np.diff([sighting.box.x for sighting in track.sightings])
        assert abs(steps).max() == pytest.approx(25) and abs(steps.sum()) == pytest.approx(475)


def test_a_walker_is_followed_through_a_gap() -> None:
    path = {f: (40.0 * f, 100.0, 50.0) for f in range(20) if f not in (8, 9, 10)}
    assert len(follow({"walker": path}, 20).people()) == 1


def test_a_walker_who_turns_out_of_sight_comes_back_as_the_same_person() -> None:
    """Out at the left edge at two face sizes a second, in again after a second and a half."""
    out = {f: (400.0 - 20 * f, 100.0, 50.0) for f in range(20)}
    back = {f: (150.0 + 20 * (f - 27), 100.0, 50.0) for f in range(27, 45)}
    assert len(follow({"walker": out | back}, 45).people()) == 1
    seated = dict.fromkeys(range(20), (20.0, 100.0, 50.0))
    assert len(follow({"seated": seated | back}, 45).people()) == 2


def test_somebody_who_comes_back_to_the_same_place_is_the_same_person() -> None:
    path = still(50, range(10)) | still(70, range(30, 40))
    assert len(follow({"a": path}, 40).people()) == 1


def test_somebody_who_appears_far_away_is_another_person() -> None:
    path = still(50, range(10)) | still(900, range(30, 40))
    assert len(follow({"a": path}, 40).people()) == 2


def test_after_a_cut_a_new_place_is_a_new_person_and_the_old_place_the_old_one() -> None:
    moved = still(50, range(10)) | still(110, range(10, 20))
    assert len(follow({"a": moved}, 20).people()) == 1
    assert len(follow({"a": moved}, 20, cuts=(10,)).people()) == 2
    stayed = still(50, range(10)) | still(60, range(10, 20))
    assert len(follow({"a": stayed}, 20, cuts=(10,)).people()) == 1


def test_the_main_person_is_longest_and_largest() -> None:
    small_long, large_short = still(50, range(20), 40.0), still(300, range(12), 90.0)
    main = follow({"small": small_long, "large": large_short}, 20).people()[0]
    assert main.sightings[0].box.width == 90.0


def test_smoothing_weighs_by_quality_and_forgets_after_a_gap() -> None:
    smoother = QualityWeightedSmoother(2)
    first = smoother.add(0.0, np.array([1.0, 0.0]), quality=1.0)
    np.testing.assert_allclose(first, [1.0, 0.0])
    weak = smoother.add(0.2, np.array([0.0, 1.0]), quality=0.1)
    assert weak[1] == pytest.approx(0.1 / (0.1 + np.exp(-0.4)))
    late = smoother.add(5.0, np.array([0.0, 1.0]), quality=0.5)
    np.testing.assert_allclose(late, [0.0, 1.0])
