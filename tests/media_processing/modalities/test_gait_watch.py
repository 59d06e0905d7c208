"""A walk that is watched while it is recorded is the walk that an upload of it holds."""

from collections.abc import Iterator

import numpy as np
import pytest

from media_processing.analysis.gait_skeleton import BodyPoint
from media_processing.analysis.pose import MediaPipePoseFinder
from media_processing.analysis.subject import NOT_ASKED, FaceAnchor, Subject
from media_processing.analysis.types import Observation, Severity
from media_processing.analysis.video import Frame
from media_processing.demo_media.rendered_walker import (
    Stage,
    Wardrobe,
    render_figure,
    room,
)
from media_processing.demo_media.walker_motion import Crossing, WalkingStyle, figure_at
from media_processing.inference.gait_i3d import GaitI3d
from media_processing.modalities.gait_watch import WalkWatch
from media_processing.selectors import WEIGHTS_DIR

STYLE = WalkingStyle(cadence_spm=104)
STAGE = Stage(width_px=960, rate_hz=10.0, distance_m=5.0)
WAY = Crossing(STYLE.speed_mps, half_way_m=3.2)
SECONDS = 5.5
OFFICER_M = 3.0

Rows = dict[float, Observation]


@pytest.fixture(scope="module")
def walk() -> list[np.ndarray]:
    background, moments = room(STAGE), np.arange(round(SECONDS * STAGE.rate_hz)) / STAGE.rate_hz
    bodies = (figure_at(STYLE, WAY, float(t_s)) for t_s in moments)
    return [render_figure(body, STAGE, Wardrobe(), background) for body in bodies]


@pytest.fixture
def finders() -> Iterator[tuple[MediaPipePoseFinder, MediaPipePoseFinder]]:
    with MediaPipePoseFinder() as first, MediaPipePoseFinder(is_tracking=False) as second:
        yield first, second


def live_rows(watch: WalkWatch, pictures: list[np.ndarray], step: int = 1) -> Rows:
    """Feed every ``step``-th picture as the live pass does; return the rows that then stand."""
    rows: Rows = {}
    for index in range(0, len(pictures), step):
        watch.take(Frame(index / STAGE.rate_hz, pictures[index]))
        new = watch.take_new()
        if watch.take_void():
            rows.clear()
        rows |= {one.t_start_s: one for one in new}
    return rows


def watch_with(finders: tuple[MediaPipePoseFinder, ...], subject: Subject) -> WalkWatch:
    return WalkWatch(GaitI3d.load(WEIGHTS_DIR), finders[0], finders[1], subject)


def named() -> Subject:
    """Return what a click on the walker half a second after the start says."""
    points, _ = STAGE.project(figure_at(STYLE, WAY, 0.5))
    shares = points / [STAGE.width_px, STAGE.height_px]
    box = (*shares.min(axis=0), *np.ptp(shares, axis=0))
    return Subject(face=(), body=(FaceAnchor(0.5, *map(float, box)),))


def with_officer(walker: list[np.ndarray]) -> list[np.ndarray]:
    """The same walk past somebody who stands at the right of the picture."""
    standing = figure_at(STYLE, WAY, 1.0)
    standing[:, 0] += OFFICER_M - standing[:, 0].mean()
    clothes = Wardrobe(shirt=(60, 60, 150), trousers=(120, 110, 100))
    return [
        render_figure(standing, STAGE, clothes, picture.astype(np.float32)) for picture in walker
    ]


def test_walk_while_recorded_is_the_walk_of_the_upload(
    walk: list[np.ndarray], finders: tuple[MediaPipePoseFinder, ...]
) -> None:
    live = watch_with(finders, named())
    rows = live_rows(live, walk)
    with MediaPipePoseFinder() as first, MediaPipePoseFinder(is_tracking=False) as second:
        upload = watch_with((first, second), NOT_ASKED)
        whole = [
            one
            for index, picture in enumerate(walk)
            for one in upload.take(Frame(index / 10, picture))
        ]
        whole += upload.end()
    measured, said = live.measures(), upload.result(SECONDS).measures

    assert measured["walking_s"] == pytest.approx(said["walking_s"], abs=1.0)
    assert measured["cadence_spm"] == pytest.approx(said["cadence_spm"], rel=0.02)
    assert measured["stoop_deg"] == pytest.approx(said["stoop_deg"], abs=1.0)
    both = [(rows[one.t_start_s], one) for one in whole if one.t_start_s in rows]
    assert len(both) >= len(whole) - 1 >= 3
    seen, told = (np.array([one.probabilities for one in side]) for side in zip(*both, strict=True))
    assert np.corrcoef(seen.ravel(), told.ravel())[0, 1] >= 0.98


def test_half_of_the_pictures_tell_the_cadence_as_well(
    walk: list[np.ndarray], finders: tuple[MediaPipePoseFinder, ...]
) -> None:
    live = watch_with(finders, named())
    live_rows(live, walk, step=2)

    assert live.measures()["cadence_spm"] == pytest.approx(104, rel=0.1)
    # What is newer than a second is not read yet.
    assert live.measures()["walking_s"] > 3.5


@pytest.mark.parametrize("is_alone", [True, False])
def test_nothing_of_a_walk_is_known_before_the_walker_is_clicked(
    is_alone: bool, walk: list[np.ndarray], finders: tuple[MediaPipePoseFinder, ...]
) -> None:
    pictures = (walk if is_alone else with_officer(walk))[:30]
    live = watch_with(finders, Subject(face=()))
    assert live_rows(live, pictures) == {} and live.people == (1 if is_alone else 2)
    assert live.measures()["walking_s"] == 0
    # The closing pass, which goes on to the end, says why.
    live.end()
    result = live.result(3.0)
    assert (result.reason, result.observations) == ("walker_not_confirmed", ())
    assert [one.code for one in result.quality] == ["WALKER_UNCONFIRMED"]
    assert not any(result.series.values())


def test_the_walker_who_was_clicked_is_observed_beside_the_officer(
    walk: list[np.ndarray], finders: tuple[MediaPipePoseFinder, ...]
) -> None:
    live = watch_with(finders, named())
    rows = live_rows(live, with_officer(walk))

    assert len(rows) >= 2
    assert live.measures()["cadence_spm"] == pytest.approx(104, rel=0.1)
    assert live.people == 2
    (company,) = [one for one in live.result(SECONDS).quality if one.code == "SEVERAL_PEOPLE"]
    assert company.severity == Severity.INFO


def test_a_seated_person_walks_not_yet(finders: tuple[MediaPipePoseFinder, ...]) -> None:
    seated = figure_at(STYLE, WAY, 3.0)
    low = [p for p in BodyPoint if p not in {BodyPoint.L_ANKLE, BodyPoint.R_ANKLE,
                                             BodyPoint.L_TOE, BodyPoint.R_TOE}]  # fmt: skip
    seated[low, 1] -= 0.42
    seated[[BodyPoint.L_KNEE, BodyPoint.R_KNEE], 1] += 0.35
    seated[[BodyPoint.L_KNEE, BodyPoint.R_KNEE, BodyPoint.L_ANKLE, BodyPoint.R_ANKLE,
            BodyPoint.L_TOE, BodyPoint.R_TOE], 0] += 0.4  # fmt: skip
    picture = render_figure(seated, STAGE, Wardrobe(), room(STAGE))
    live = watch_with(finders, Subject(face=()))

    assert live_rows(live, [picture] * 25) == {}
    assert live.measures()["walking_s"] == 0
