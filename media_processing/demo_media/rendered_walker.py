"""Pictures of a shaded figure that walks across a room: no real person is shown.

Every part of the body is a cone with round ends, shaded per pixel by its own normals and hidden
by depth, so that a landmark finder made for people finds the figure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait_skeleton import BodyPoint
from media_processing.demo_media.walker_motion import Crossing, WalkingStyle, figure_at

Array = npt.NDArray[np.float64]
ImageBgr = npt.NDArray[np.uint8]
Colour = tuple[float, float, float]

_LIGHT = np.array([-0.45, -0.65, -0.62])


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """Colours as blue, green, red in 0…255."""

    skin: Colour = (132, 160, 206)
    hair: Colour = (32, 42, 58)
    shirt: Colour = (150, 98, 58)
    trousers: Colour = (70, 62, 58)
    shoes: Colour = (40, 40, 44)


@dataclass(frozen=True, slots=True)
class Stage:
    """The picture and the camera: at ``height_m`` over the floor, looking level."""

    width_px: int = 640
    height_px: int = 480
    rate_hz: float = 25.0
    focal_px: float = 620.0
    distance_m: float = 4.2
    height_m: float = 1.0

    def project(self, points: Array) -> tuple[Array, Array]:
        """Return (n, 2) pixels and (n,) distances of (n, 3) points."""
        depth = np.maximum(self.distance_m - points[:, 2], 0.3)
        across = points[:, 0] / depth * self.focal_px + self.width_px / 2
        down = (self.height_m - points[:, 1]) / depth * self.focal_px + self.height_px / 2
        return np.stack([across, down], axis=1), depth


@dataclass(frozen=True, slots=True)
class Part:
    """A cone with round ends between two points, radii in metres."""

    start: Array
    end: Array
    start_radius_m: float
    end_radius_m: float
    colour: Colour


@dataclass(slots=True)
class Canvas:
    """A picture with the distance of what each pixel shows."""

    stage: Stage
    image: npt.NDArray[np.float32]
    depth: npt.NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        self.depth = np.full(self.image.shape[:2], np.inf, np.float32)

    def draw(self, part: Part) -> None:
        """Draw a part where nothing nearer was drawn."""
        ends, depths = self.stage.project(np.stack([part.start, part.end]))
        radii = np.array([part.start_radius_m, part.end_radius_m]) / depths * self.stage.focal_px
        low = np.floor(ends - radii[:, None]).min(axis=0).astype(int) - 1
        high = np.ceil(ends + radii[:, None]).max(axis=0).astype(int) + 2
        left, top = np.clip(low, 0, (self.stage.width_px, self.stage.height_px))
        right, bottom = np.clip(high, 0, (self.stage.width_px, self.stage.height_px))
        if left < right and top < bottom:
            window = np.s_[top:bottom, left:right]
            grid = np.stack(np.meshgrid(np.arange(left, right), np.arange(top, bottom)), axis=-1)
            along, across = _along_and_across(grid - ends[0], ends[1] - ends[0])
            radius = radii[0] + along * (radii[1] - radii[0])
            distance = depths[0] + along * (depths[1] - depths[0])
            self._shade(window, across / radius[..., None], radius, distance, part.colour)

    def _shade(
        self,
        window: tuple[slice, slice],
        across: Array,
        radius: Array,
        distance: Array,
        colour: Colour,
    ) -> None:
        """Shade a round surface: ``across`` is the place on it in radii, (height, width, 2)."""
        inside = 1.0 - (across**2).sum(axis=-1)
        outward = np.sqrt(np.maximum(inside, 0.0))
        nearest = distance - outward * radius / self.stage.focal_px * distance
        normal = np.dstack([across, -outward])
        light = 0.42 + 0.62 * np.maximum(normal @ _LIGHT / np.linalg.norm(_LIGHT), 0.0)
        seen = (inside > 0) & (nearest < self.depth[window])
        # The rim fades over a pixel, or the edges would be stairs.
        cover = np.clip(inside * radius / 2, 0, 1)[..., None]
        shaded = cover * light[..., None] * np.array(colour) + (1 - cover) * self.image[window]
        self.image[window][seen] = shaded[seen]
        self.depth[window][seen] = nearest[seen]


def _along_and_across(offset: Array, axis: Array) -> tuple[Array, Array]:
    """Split offsets from the start of a segment: share of the way (0…1), and what is beside it."""
    along = np.clip(offset @ axis / max(float(axis @ axis), 1e-6), 0, 1)
    return along, offset - along[..., None] * axis


def body_parts(points: Array, wardrobe: Wardrobe) -> list[Part]:
    """Return the parts of a dressed body from its (15, 3) points."""
    return [
        *_trunk_parts(points, wardrobe),
        *(part for side in (0, 1) for part in _leg_parts(points, wardrobe, side)),
        *(part for side in (0, 1) for part in _arm_parts(points, wardrobe, side)),
    ]


def _trunk_parts(points: Array, wardrobe: Wardrobe) -> list[Part]:
    left_shoulder, right_shoulder = points[BodyPoint.L_SHOULDER], points[BodyPoint.R_SHOULDER]
    left_hip, right_hip = points[BodyPoint.L_HIP], points[BodyPoint.R_HIP]
    neck, head = (left_shoulder + right_shoulder) / 2, points[BodyPoint.HEAD]
    up = (head - neck) / np.linalg.norm(head - neck)
    ahead = np.cross(up, left_shoulder - right_shoulder)
    ahead = -ahead / np.linalg.norm(ahead)
    sides = [
        Part(
            0.68 * shoulder + 0.32 * neck - 0.05 * up,
            1.0 * hip + 0.06 * up,
            0.095,
            0.10,
            wardrobe.shirt,
        )
        for shoulder, hip in ((left_shoulder, left_hip), (right_shoulder, right_hip))
    ]
    chest = Part(
        neck - 0.10 * up, (left_hip + right_hip) / 2 + 0.1 * up, 0.12, 0.11, wardrobe.shirt
    )
    yoke = Part(left_shoulder - 0.02 * up, right_shoulder - 0.02 * up, 0.06, 0.06, wardrobe.shirt)
    throat = Part(neck, head - 0.06 * up, 0.055, 0.05, wardrobe.skin)
    face = Part(head - 0.05 * up + 0.02 * ahead, head + 0.03 * up, 0.075, 0.09, wardrobe.skin)
    nose = Part(head + 0.09 * ahead, head - 0.03 * up + 0.10 * ahead, 0.012, 0.018, wardrobe.skin)
    hair = Part(head + 0.045 * up - 0.015 * ahead, head - 0.035 * ahead, 0.092, 0.09, wardrobe.hair)
    eyes = [_eye(head, up, ahead, side) for side in (-1, 1)]
    return [*sides, chest, yoke, throat, face, nose, hair, *eyes]


def _eye(head: Array, up: Array, ahead: Array, side: int) -> Part:
    centre = head + 0.01 * up + 0.083 * ahead + side * 0.033 * np.cross(up, ahead)
    return Part(centre, centre, 0.013, 0.013, (30, 30, 34))


def _leg_parts(points: Array, wardrobe: Wardrobe, side: int) -> list[Part]:
    hip, knee, ankle, toe = (
        points[left + side]
        for left in (BodyPoint.L_HIP, BodyPoint.L_KNEE, BodyPoint.L_ANKLE, BodyPoint.L_TOE)
    )
    heel = ankle - 0.25 * (toe - ankle) + np.array([0.0, -0.04, 0.0])
    return [
        Part(hip, knee, 0.09, 0.062, wardrobe.trousers),
        Part(knee, ankle, 0.06, 0.045, wardrobe.trousers),
        Part(heel, toe, 0.042, 0.034, wardrobe.shoes),
    ]


def _arm_parts(points: Array, wardrobe: Wardrobe, side: int) -> list[Part]:
    shoulder, elbow, wrist = (
        points[left + side] for left in (BodyPoint.L_SHOULDER, BodyPoint.L_ELBOW, BodyPoint.L_WRIST)
    )
    hand = wrist + 0.35 * (wrist - elbow)
    return [
        Part(shoulder, elbow, 0.055, 0.043, wardrobe.shirt),
        Part(elbow, wrist, 0.04, 0.03, wardrobe.skin),
        Part(wrist, hand, 0.033, 0.03, wardrobe.skin),
    ]


def room(stage: Stage) -> npt.NDArray[np.float32]:
    """Return a plain room: a wall, a skirting board and a floor."""
    rows = np.arange(stage.height_px)[:, None]
    horizon = _floor_row(stage, -2.0)
    wall = np.array([205, 208, 206]) * (0.9 + 0.1 * rows / stage.height_px)[..., None]
    floor = np.array([112, 134, 152]) * (0.75 + 0.35 * rows / stage.height_px)[..., None]
    picture = np.where((rows < horizon)[..., None], wall, floor)
    picture[horizon - 6 : horizon] = (150, 152, 150)
    return np.ascontiguousarray(
        np.broadcast_to(picture, (stage.height_px, stage.width_px, 3)), np.float32
    )


def _floor_row(stage: Stage, z_m: float) -> int:
    place, _ = stage.project(np.array([[0.0, 0.0, z_m]]))
    return int(place[0, 1])


def _draw_shadow(image: npt.NDArray[np.float32], stage: Stage, points: Array) -> None:
    foot = points[[BodyPoint.L_ANKLE, BodyPoint.R_ANKLE]].mean(axis=0) * np.array([1, 0, 1])
    place, depth = stage.project(foot[None])
    shadow = np.zeros(image.shape[:2], np.float32)
    axes = (int(0.38 * stage.focal_px / depth[0]), int(0.07 * stage.focal_px / depth[0]))
    centre = (int(place[0, 0]), int(place[0, 1]))
    cv2.ellipse(shadow, centre, axes, 0, 0, 360, 1.0, cv2.FILLED)
    image *= 1 - 0.35 * cv2.GaussianBlur(shadow, (0, 0), 6)[..., None]


def render_figure(
    points: Array, stage: Stage, wardrobe: Wardrobe, background: npt.NDArray[np.float32]
) -> ImageBgr:
    """Return one picture of a body with (15, 3) points in metres."""
    canvas = Canvas(stage, background.copy())
    _draw_shadow(canvas.image, stage, points)
    for part in body_parts(points, wardrobe):
        canvas.draw(part)
    return np.clip(canvas.image, 0, 255).astype(np.uint8)


def walker_frames(
    style: WalkingStyle,
    duration_s: float,
    *,
    stage: Stage | None = None,
    wardrobe: Wardrobe | None = None,
    heading_deg: float = 0.0,
    seed: int = 0,
) -> Iterator[ImageBgr]:
    """Yield the pictures (height, width, 3) of a figure that walks to and fro.

    The rate is ``stage.rate_hz``. ``heading_deg`` 0 is a side view, 90 frontal.
    """
    stage, wardrobe = stage or Stage(), wardrobe or Wardrobe()
    way = Crossing(style.speed_mps, heading_deg=heading_deg)
    background = room(stage)
    rng = np.random.default_rng(seed)
    for index in range(round(duration_s * stage.rate_hz)):
        points = figure_at(style, way, index / stage.rate_hz)
        picture = render_figure(points, stage, wardrobe, background)
        grain = rng.normal(0, 2.5, picture.shape)
        yield np.clip(picture + grain, 0, 255).astype(np.uint8)
