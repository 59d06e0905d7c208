"""Who walks: the body that the officer named, and nobody before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from media_processing.analysis.gait_skeleton import POINTS
from media_processing.analysis.pose import Pose, PoseSample
from media_processing.analysis.subject import FaceAnchor, Subject
from media_processing.analysis.video import Frame
from media_processing.analysis.walker import WalkerFollower
from media_processing.demo_media.rendered_walker import Stage
from media_processing.demo_media.walker_motion import Crossing, WalkingStyle, figure_at

STAGE = Stage(width_px=1280)
STYLE = WalkingStyle()
SIZE_PX = (90, 240)
NOBODY_SAID = Subject(face=())

Scene = Callable[[float], Sequence[Pose]]


def body_at(x: float) -> Pose:
    """A body whose middle is at the share ``x`` of the picture's width."""
    places, _ = STAGE.project(figure_at(STYLE, Crossing(STYLE.speed_mps), 1.0))
    shares = (places / [STAGE.width_px, STAGE.height_px]).astype(np.float32)
    shares[:, 0] += x - shares[:, 0].mean()
    return Pose(shares, np.ones(POINTS, np.float32))


@dataclass
class Eye:
    """A finder that sees the first body of a scene that is not painted over."""

    scene: Scene
    now_s: float = 0.0

    def find(self, image_bgr: np.ndarray) -> Pose | None:
        height, width = image_bgr.shape[:2]
        for pose in self.scene(self.now_s):
            x, y = (pose.points.mean(axis=0) * [width, height]).astype(int)
            if (image_bgr[y, x] != 127).any():
                return pose
        return None


def watch(
    scene: Scene,
    seconds: float,
    subject: Subject = NOBODY_SAID,
    clicks: dict[float, Subject] | None = None,
) -> tuple[WalkerFollower, list[PoseSample]]:
    """Return the follower and what is known to be the subject's at the end."""
    eye = Eye(scene)
    follower = WalkerFollower(eye, eye, subject)
    known: list[PoseSample] = []
    said = dict(clicks or {})
    for index in range(round(seconds * 10)):
        eye.now_s = index / 10
        if eye.now_s in said:
            follower.confirm(said.pop(eye.now_s))
        new = follower.look(Frame(eye.now_s, np.full((*SIZE_PX, 3), 50, np.uint8)))
        if follower.take_void():
            known.clear()
        known += new
    return follower, known


def click(pose: Pose, t_s: float) -> Subject:
    return Subject(face=(), body=(FaceAnchor(t_s, *pose.box()),))


def places(samples: Sequence[PoseSample]) -> list[float]:
    return [round(float(s.pose.points[:, 0].mean()), 1) for s in samples if s.pose is not None]


def test_an_empty_room_keeps_no_box() -> None:
    def scene(t_s: float) -> list[Pose]:
        return [body_at(0.3), body_at(0.7)] if t_s < 2 else []

    assert len(watch(scene, 2.0)[0].bodies) == 2
    assert watch(scene, 4.5)[0].bodies == []


def test_nobody_is_read_before_somebody_is_named_not_even_who_is_alone() -> None:
    follower, known = watch(lambda t_s: [body_at(0.3)], 4.0)

    assert known == [] and not follower.was_confirmed
    assert [person for person, _ in follower.bodies] == [1]


def test_who_is_named_is_read_from_where_this_body_came_into_view() -> None:
    alone = [body_at(0.3)]
    follower, known = watch(lambda t_s: alone, 4.0, clicks={2.5: click(alone[0], 2.0)})

    assert set(places(known)) == {0.3} and known[0].t_s == 0 and known[-1].t_s == 3.9
    assert follower.bodies[0][0] == 0 and follower.was_confirmed


def test_a_click_beside_every_body_names_nobody() -> None:
    said = {2.5: click(body_at(0.8), 2.0)}
    follower, known = watch(lambda t_s: [body_at(0.3)], 4.0, clicks=said)

    assert known == [] and not follower.was_confirmed


def test_nobody_is_read_while_two_are_about_and_nobody_is_named() -> None:
    follower, known = watch(lambda t_s: [body_at(0.3), body_at(0.8)], 4.0)

    assert known == [] and follower.people == 2
    assert [person for person, _ in follower.bodies] == [1, 2]


@pytest.mark.parametrize("named", [0.3, 0.8])
def test_the_named_body_alone_is_read_whichever_the_finder_prefers(named: float) -> None:
    pair = [body_at(0.3), body_at(0.8)]
    _, known = watch(lambda t_s: pair, 5.0, clicks={2.5: click(body_at(named), 2.0)})

    assert set(places(known)) == {named}
    assert known[-1].t_s == 4.9
    # What the named body showed before is known where it was the one that was followed.
    assert (known[0].t_s == 0) == (named == 0.3)


def test_somebody_who_comes_in_is_never_read_for_the_named_one() -> None:
    said = {1.0: click(body_at(0.3), 0.5)}
    follower, known = watch(lambda t_s: [body_at(0.8), body_at(0.3)][t_s < 2 :], 5.0, clicks=said)

    assert set(places(known)) == {0.3} and known[-1].t_s < 2
    assert follower.people == 2


def test_who_was_named_before_is_void_once_somebody_else_is_named() -> None:
    def scene(t_s: float) -> list[Pose]:
        return [body_at(0.3)] if t_s < 2 else [body_at(0.3), body_at(0.8)]

    first = click(body_at(0.3), 0.5).body
    both = Subject(face=(), body=(*first, *click(body_at(0.8), 3.0).body))
    clicks = {1.0: Subject(face=(), body=first), 3.5: both}
    _, known = watch(scene, 5.0, clicks=clicks)

    assert set(places(known)) == {0.8}


def test_the_walker_who_was_lost_among_others_is_named_anew() -> None:
    def scene(t_s: float) -> list[Pose]:
        return [body_at(0.8)] if 3 < t_s < 5 else [body_at(0.3), body_at(0.8)]

    _, known = watch(scene, 8.0, clicks={1.0: click(body_at(0.3), 0.5)})

    assert set(places(known)) == {0.3}
    assert max(one.t_s for one in known if one.pose is not None) <= 3


def test_a_click_that_is_taken_back_makes_all_void() -> None:
    pair = [body_at(0.3), body_at(0.8)]
    said = {1.0: click(body_at(0.3), 0.5), 3.0: NOBODY_SAID}
    _, known = watch(lambda t_s: pair, 5.0, clicks=said)

    assert known == []


def test_a_click_on_the_face_names_its_body() -> None:
    head = body_at(0.8).points[0]
    face = FaceAnchor(2.0, float(head[0]) - 0.02, float(head[1]) - 0.02, 0.04, 0.04)
    said = {2.5: Subject(face=(face,))}
    _, known = watch(lambda t_s: [body_at(0.3), body_at(0.8)], 5.0, clicks=said)

    assert set(places(known)) == {0.8}


def test_a_new_take_begins_with_nobody_named() -> None:
    pair = [body_at(0.3), body_at(0.8)]
    said = Subject(face=(), body=click(pair[0], 0.5).body, joins_s=(3.0,))
    _, known = watch(lambda t_s: pair, 5.0, said)

    assert max(one.t_s for one in known) < 3
