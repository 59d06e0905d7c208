"""A drawn face that a face detector finds and whose expression can be changed.

Everything is drawn from shaded shapes; no real person's face is behind it. Coordinates are face
units: the origin lies between the eyes' line and the mouth, the cheeks at x = ±1, the chin at
y = 1.25; y grows downwards.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]
Colour = tuple[float, float, float]

SUPERSAMPLING = 2
FACE_SHARE = 0.27
# Beyond this many standard deviations a blurred edge is invisible.
BLUR_REACH = 4.0
LIGHT_FALL = 0.25
FRINGE: Points = np.array(
    [
        *([-1.0, -0.55], [-0.8, -0.82], [-0.3, -0.95], [0.25, -0.98], [0.75, -0.85], [1.0, -0.55]),
        *([1.02, -0.9], [0.6, -1.4], [0.0, -1.52], [-0.6, -1.4], [-1.02, -0.9]),
    ]
)


@dataclass(frozen=True, slots=True)
class Expression:
    """What the face does.

    ``smile`` and ``brow`` lie in -1…1 (corners of the mouth down or up; brows drawn down and
    together, or raised), ``mouth_open`` in 0…1, ``eyes_open`` around 1 (0 closed, 1.8 wide);
    ``yaw_degrees`` turns the head, up to about 30 to either side.
    """

    smile: float = 0.0
    brow: float = 0.0
    mouth_open: float = 0.0
    eyes_open: float = 1.0
    yaw_degrees: float = 0.0


NEUTRAL = Expression()
HAPPY = Expression(smile=1.0, brow=0.15, mouth_open=0.35, eyes_open=0.8)
SAD = Expression(smile=-0.9, brow=0.1, eyes_open=0.7)
ANGRY = Expression(smile=-0.5, brow=-1.0, mouth_open=0.1, eyes_open=0.85)
SURPRISED = Expression(smile=0.0, brow=1.0, mouth_open=1.0, eyes_open=1.8)


@dataclass(frozen=True, slots=True)
class Look:
    """Colours (BGR 0…255) that tell one drawn person from another."""

    skin: Colour = (150.0, 178.0, 224.0)
    hair: Colour = (38.0, 48.0, 66.0)
    iris: Colour = (96.0, 72.0, 44.0)
    clothes: Colour = (120.0, 84.0, 62.0)
    background: Colour = (196.0, 190.0, 182.0)


def draw_face(
    expression: Expression = NEUTRAL,
    *,
    width_px: int = 480,
    height_px: int = 480,
    centre: tuple[float, float] = (0.5, 0.48),
    face_share: float = FACE_SHARE,
    look: Look | None = None,
) -> npt.NDArray[np.uint8]:
    """Return a (height_px, width_px, 3) BGR picture of a head and shoulders.

    ``centre`` places the face (shares of the picture); ``face_share`` is half its width as a
    share of the picture's height.
    """
    canvas = _Canvas(width_px, height_px, centre, face_share, expression.yaw_degrees)
    colours = look or Look()
    canvas.image[:] = colours.background
    _draw_body(canvas, colours)
    _draw_head(canvas, colours)
    _draw_nose(canvas, colours)
    for side in (-1.0, 1.0):
        _draw_eye(canvas, colours, expression, side)
        _draw_brow(canvas, colours, expression, side)
        _draw_cheek(canvas, colours, expression, side)
    _draw_mouth(canvas, colours, expression)
    return canvas.finished()


class _Canvas:
    """Draws shapes in face units on a larger picture that is averaged down at the end."""

    def __init__(
        self,
        width_px: int,
        height_px: int,
        centre: tuple[float, float],
        face_share: float,
        yaw_degrees: float,
    ) -> None:
        self._size = (width_px, height_px)
        shape = (height_px * SUPERSAMPLING, width_px * SUPERSAMPLING, 3)
        self.image: Image = np.zeros(shape, dtype=np.float32)
        self.unit_px = face_share * shape[0]
        self._origin = (centre[0] * shape[1], centre[1] * shape[0])
        self._yaw = math.radians(yaw_degrees)

    def place(self, points: Points, depth: float = 0.0) -> Points:
        """Turn the head: points at ``depth`` in front of its axis move sideways."""
        x = points[:, 0] * math.cos(self._yaw) + depth * math.sin(self._yaw)
        return np.column_stack(
            [self._origin[0] + x * self.unit_px, self._origin[1] + points[:, 1] * self.unit_px]
        )

    def fill(
        self,
        points: Points,
        colour: Colour,
        *,
        depth: float = 0.0,
        soft: float = 0.0,
        strength: float = 1.0,
    ) -> None:
        """Fill a polygon; ``soft`` blurs its edge (face units), ``strength`` is its opacity."""
        blur_px = soft * self.unit_px
        corners = self.place(points, depth)
        window = self._window(corners, BLUR_REACH * blur_px)
        part = self.image[window]
        if not part.size:
            return
        mask = np.zeros(part.shape[:2], dtype=np.uint8)
        origin = (window[1].start, window[0].start)
        fixed_point = ((corners - origin) * 16).round().astype(np.int32)
        cv2.fillPoly(mask, [fixed_point], 255, lineType=cv2.LINE_AA, shift=4)
        cover = mask.astype(np.float32) / 255.0
        if soft > 0:
            cover = cv2.GaussianBlur(cover, (0, 0), blur_px)
        cover = (cover * strength)[:, :, np.newaxis]
        part += (np.array(colour, dtype=np.float32) - part) * cover

    def _window(self, corners: Points, margin_px: float) -> tuple[slice, slice]:
        """Return the rows and columns that a shape touches; the rest need not be computed."""
        height, width = self.image.shape[:2]
        low, high = corners.min(axis=0) - margin_px - 2, corners.max(axis=0) + margin_px + 2
        left, right = (int(np.clip(x, 0, width)) for x in (low[0], high[0]))
        top, bottom = (int(np.clip(y, 0, height)) for y in (low[1], high[1]))
        return slice(top, bottom), slice(left, right)

    def finished(self) -> npt.NDArray[np.uint8]:
        height, width = self.image.shape[:2]
        noisy = self.image * _light(height, width) + _grain(height, width)
        small = cv2.resize(noisy, self._size, interpolation=cv2.INTER_AREA)
        return np.asarray(np.clip(small, 0, 255), np.uint8)


@lru_cache(maxsize=2)
def _light(height: int, width: int) -> Image:
    """Return the shade from upper left to lower right, (height, width, 1)."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    slope = (across / width - 0.5) * 0.6 + (down / height - 0.5) * 0.4
    return np.asarray(1.0 - LIGHT_FALL * slope, np.float32)[:, :, np.newaxis]


@lru_cache(maxsize=2)
def _grain(height: int, width: int) -> Image:
    """Return the noise of a sensor, (height, width, 1)."""
    noise = np.random.default_rng(0).normal(0.0, 3.0, (height, width)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.0))[:, :, np.newaxis]


def _shade(colour: Colour, factor: float) -> Colour:
    blue, green, red = (min(channel * factor, 255.0) for channel in colour)
    return blue, green, red


def _ellipse(x: float, y: float, half_width: float, half_height: float) -> Points:
    turn = np.linspace(0, 2 * math.pi, 72, endpoint=False)
    return np.column_stack([x + half_width * np.cos(turn), y + half_height * np.sin(turn)])


def _head_outline() -> Points:
    turn = np.linspace(0, 2 * math.pi, 120, endpoint=False)
    across, down = np.cos(turn), np.sin(turn)
    # The jaw is narrower than the brow.
    width = np.where(down > 0, 0.98 - 0.30 * down**2, 0.98)
    return np.column_stack([across * width, np.where(down > 0, down * 1.27, down * 1.25)])


def _draw_body(canvas: _Canvas, look: Look) -> None:
    shoulders = np.array(
        [[-2.2, 3.2], [-1.9, 2.1], [-0.6, 1.65], [0.6, 1.65], [1.9, 2.1], [2.2, 3.2]]
    )
    canvas.fill(shoulders, look.clothes, soft=0.02)
    neck = np.array([[-0.5, 0.7], [0.5, 0.7], [0.56, 1.75], [0.0, 2.0], [-0.56, 1.75]])
    canvas.fill(neck, _shade(look.skin, 0.72), soft=0.03)


def _draw_head(canvas: _Canvas, look: Look) -> None:
    canvas.fill(_ellipse(0, -0.42, 1.12, 1.12), look.hair, soft=0.03)
    for side in (-1.0, 1.0):
        canvas.fill(_ellipse(side * 1.0, 0.0, 0.13, 0.28), _shade(look.skin, 0.8), soft=0.02)
    outline = _head_outline()
    canvas.fill(outline, _shade(look.skin, 0.74), soft=0.015)
    # Light falls off towards the edge of the round head.
    for scale, factor in ((0.93, 0.84), (0.84, 0.93), (0.70, 1.0), (0.50, 1.05)):
        canvas.fill(outline * scale, _shade(look.skin, factor), depth=0.15, soft=0.09)
    canvas.fill(FRINGE, look.hair, soft=0.025)
    canvas.fill(_ellipse(0, 1.22, 0.5, 0.1), _shade(look.skin, 0.7), soft=0.07, strength=0.6)


def _draw_nose(canvas: _Canvas, look: Look) -> None:
    ridge = np.array([[-0.07, -0.25], [0.07, -0.25], [0.11, 0.28], [-0.11, 0.28]])
    canvas.fill(ridge, _shade(look.skin, 1.12), depth=0.35, soft=0.05, strength=0.8)
    side = np.array([[0.08, -0.25], [0.16, -0.2], [0.24, 0.3], [0.12, 0.3]])
    canvas.fill(side, _shade(look.skin, 0.78), depth=0.25, soft=0.05, strength=0.8)
    canvas.fill(_ellipse(0, 0.31, 0.2, 0.11), _shade(look.skin, 1.05), depth=0.4, soft=0.03)
    canvas.fill(_ellipse(0, 0.42, 0.2, 0.035), _shade(look.skin, 0.62), depth=0.38, soft=0.03)
    for nostril in (-1.0, 1.0):
        hole = _ellipse(nostril * 0.1, 0.385, 0.045, 0.025)
        canvas.fill(hole, _shade(look.skin, 0.35), depth=0.38, soft=0.012)


def _draw_eye(canvas: _Canvas, look: Look, expression: Expression, side: float) -> None:
    x, y, half = side * 0.40, -0.20, 0.20
    opened = 0.07 * max(expression.eyes_open, 0.08)
    socket = _ellipse(x, y - 0.02, 0.3, 0.19)
    canvas.fill(socket, _shade(look.skin, 0.78), depth=0.2, soft=0.08, strength=0.7)
    turn = np.linspace(0, 2 * math.pi, 60, endpoint=False)
    rise = np.where(np.sin(turn) < 0, opened * 1.15, opened * 0.8)
    opening = np.column_stack([x + half * np.cos(turn), y + rise * np.sin(turn)])
    canvas.fill(opening, (226.0, 230.0, 234.0), depth=0.2, soft=0.008)
    iris = _clipped(_ellipse(x, y - 0.01, 0.095, 0.095), y - opened * 1.1, y + opened * 0.78)
    canvas.fill(iris, look.iris, depth=0.22, soft=0.008)
    pupil = _clipped(_ellipse(x, y - 0.01, 0.045, 0.045), y - opened * 1.1, y + opened * 0.78)
    canvas.fill(pupil, (12.0, 12.0, 14.0), depth=0.22, soft=0.006)
    glint = _clipped(_ellipse(x - 0.03, y - 0.045, 0.018, 0.018), y - opened, y + opened)
    canvas.fill(glint, (250.0, 250.0, 250.0), depth=0.22)
    lid = np.column_stack([x + half * 1.05 * np.cos(turn), y + rise * 1.25 * np.sin(turn)])
    upper = lid[np.sin(turn) <= 0.02]
    inner = opening[np.sin(turn) <= 0.02][::-1]
    canvas.fill(np.vstack([upper, inner]), _shade(look.hair, 0.7), depth=0.2, soft=0.01)


def _clipped(points: Points, top: float, bottom: float) -> Points:
    return np.column_stack([points[:, 0], np.clip(points[:, 1], top, bottom)])


def _draw_brow(canvas: _Canvas, look: Look, expression: Expression, side: float) -> None:
    raised = -0.14 * max(expression.brow, 0.0)
    drawn_down = max(-expression.brow, 0.0)
    sorrow = max(-expression.smile, 0.0) * (1.0 - drawn_down)
    inner_y = -0.42 + raised + 0.15 * drawn_down - 0.10 * sorrow
    middle_y = -0.50 + raised * 1.3 + 0.08 * drawn_down
    outer_y = -0.42 + raised - 0.03 * drawn_down + 0.06 * sorrow
    inner_x, middle_x, outer_x = 0.15 - 0.05 * drawn_down, 0.42, 0.68
    top = _curve((inner_x, inner_y - 0.04), (middle_x, middle_y - 0.045), (outer_x, outer_y))
    bottom = _curve(
        (outer_x, outer_y + 0.01), (middle_x, middle_y + 0.03), (inner_x, inner_y + 0.05)
    )
    points = np.vstack([top, bottom]) * np.array([side, 1.0])
    canvas.fill(points, look.hair, depth=0.25, soft=0.015, strength=0.9)
    if drawn_down > 0.3:
        crease = np.array([[0.05, -0.42], [0.075, -0.42], [0.06, -0.2], [0.04, -0.2]])
        canvas.fill(
            crease * np.array([side, 1.0]),
            _shade(look.skin, 0.55),
            depth=0.25,
            soft=0.015,
            strength=0.6 * drawn_down,
        )


def _draw_cheek(canvas: _Canvas, look: Look, expression: Expression, side: float) -> None:
    smile = max(expression.smile, 0.0)
    apple = _ellipse(side * 0.52, 0.28 - 0.06 * smile, 0.22, 0.16)
    rosy = (look.skin[0] * 0.86, look.skin[1] * 0.9, min(look.skin[2] * 1.06, 255.0))
    canvas.fill(apple, rosy, depth=0.1, soft=0.1, strength=0.35 + 0.35 * smile)
    fold = _curve((0.26, 0.36), (0.46, 0.5), (0.52, 0.74))
    thick = np.vstack([fold, (fold + np.array([0.05, 0.0]))[::-1]]) * np.array([side, 1.0])
    canvas.fill(thick, _shade(look.skin, 0.68), depth=0.1, soft=0.025, strength=0.15 + 0.6 * smile)


def _draw_mouth(canvas: _Canvas, look: Look, expression: Expression) -> None:
    smile, opened = expression.smile, expression.mouth_open
    half = 0.33 + 0.12 * max(smile, 0.0) - 0.07 * opened
    corner_y = 0.70 - 0.15 * smile
    gap = 0.30 * opened
    top_y, bottom_y = 0.70 + 0.04 * smile - gap * 0.25, 0.70 + 0.07 * smile + gap
    lips = (look.skin[0] * 0.62, look.skin[1] * 0.58, look.skin[2] * 0.82)
    outer = _mouth_shape(half, corner_y, top_y - 0.085, bottom_y + 0.11)
    canvas.fill(outer, lips, depth=0.25, soft=0.012)
    inner = _mouth_shape(half * 0.88, corner_y, top_y, bottom_y)
    canvas.fill(inner, (30.0, 24.0, 48.0), depth=0.25, soft=0.008)
    if opened > 0.1:
        teeth = _clipped(inner, -9.0, top_y + min(0.10, gap * 0.5) + 0.02)
        canvas.fill(teeth, (222.0, 228.0, 232.0), depth=0.25, soft=0.008)
    else:
        line = _mouth_shape(half * 0.95, corner_y, top_y - 0.012, bottom_y + 0.012)
        canvas.fill(line, (40.0, 32.0, 70.0), depth=0.25, soft=0.006)
    shadow = _ellipse(0, bottom_y + 0.19, 0.24, 0.04)
    canvas.fill(shadow, _shade(look.skin, 0.72), depth=0.25, soft=0.04, strength=0.6)


def _mouth_shape(half: float, corner_y: float, top_y: float, bottom_y: float) -> Points:
    # A curve through the corners whose middle reaches top_y or bottom_y.
    upper = _curve((-half, corner_y), (0.0, top_y), (half, corner_y))
    lower = _curve((half, corner_y), (0.0, bottom_y), (-half, corner_y))
    return np.vstack([upper, lower])


def _curve(
    start: tuple[float, float], middle: tuple[float, float], end: tuple[float, float]
) -> Points:
    """Return 24 points of the parabola through three points."""
    share = np.linspace(0.0, 1.0, 24)[:, np.newaxis]
    first, last = np.array(start), np.array(end)
    control = 2 * np.array(middle) - (first + last) / 2
    return np.asarray(
        (1 - share) ** 2 * first + 2 * share * (1 - share) * control + share**2 * last
    )
