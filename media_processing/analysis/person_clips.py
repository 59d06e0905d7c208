"""Person-centred clips: the pictures of a moving body that the I3D looks at.

The pictures are drawn from body points and not cut from the video: background, clothes, skin and
face never reach the network, and a clip from a camera looks like a clip from motion capture.
Drawing joints for a 3D convolution follows Duan et al. 2022, "Revisiting Skeleton-based Action
Recognition", CVPR (PoseConv3D), with limbs in place of heat maps. The person's left limbs, the
trunk with the head, and the right limbs each have a channel of their own.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait_skeleton import (
    LEFT_LIMBS,
    MIRRORED,
    RIGHT_LIMBS,
    BodyPoint,
    Limb,
)

CLIP_FRAMES = 16
CLIP_RATE_HZ = 10.0
CLIP_S = CLIP_FRAMES / CLIP_RATE_HZ
PICTURE_PX = 32

# One body length (trunk + thigh + shin) fills this share of the picture's height.
BODY_LENGTH_SHARE = 0.69
HIPS_AT = (0.5, 0.49)
HEAD_RADIUS = 0.085
MIN_VISIBILITY = 0.2

# Drawn larger and averaged down, so that thin limbs keep their place between the pixels.
_CANVAS_PX = 128
_SHIFT_BITS = 4

FloatArray = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]


def body_length(points: FloatArray) -> float:
    """Return trunk + thigh + shin of one person over a clip, in the unit of ``points``.

    ``points`` is (time, 15, 2) or (time, 15, 3). A segment seen end-on looks short, so the 90th
    percentile over time and the longer side count. NaN where nothing is known.
    """
    shoulders = points[:, BodyPoint.L_SHOULDER : BodyPoint.R_SHOULDER + 1].mean(axis=1)
    hips = points[:, BodyPoint.L_HIP : BodyPoint.R_HIP + 1].mean(axis=1)
    return (
        _long_side([shoulders - hips])
        + _long_side(_segments(points, BodyPoint.L_HIP, BodyPoint.L_KNEE))
        + _long_side(_segments(points, BodyPoint.L_KNEE, BodyPoint.L_ANKLE))
    )


def _segments(points: FloatArray, left_start: BodyPoint, left_end: BodyPoint) -> list[FloatArray]:
    return [points[:, left_end + side] - points[:, left_start + side] for side in (0, 1)]


def _long_side(segments: Sequence[FloatArray]) -> float:
    lengths = [np.linalg.norm(segment, axis=-1) for segment in segments]
    return float(max(np.percentile(length, 90) for length in lengths))


def centred(points: FloatArray) -> FloatArray:
    """Return (time, 15, 2) canvas positions: hips at a fixed place, one scale for the clip.

    The path of the hips is taken out as a straight line, so that bounce and sway stay.
    """
    hips = points[:, BodyPoint.L_HIP : BodyPoint.R_HIP + 1].mean(axis=1)
    steps = np.arange(len(points))
    path = np.stack([np.polyval(np.polyfit(steps, hips[:, axis], 1), steps) for axis in (0, 1)], 1)
    scale = BODY_LENGTH_SHARE * _CANVAS_PX / max(body_length(points), 1e-6)
    placed = (points - path[:, None]) * scale + np.array(HIPS_AT) * _CANVAS_PX
    return np.asarray(placed, np.float32)


def faces_left(points: FloatArray) -> bool:
    """Say whether the toes of (time, 15, 2) points are left of the ankles on the whole."""
    toes = points[:, BodyPoint.L_TOE : BodyPoint.R_TOE + 1, 0]
    ankles = points[:, BodyPoint.L_ANKLE : BodyPoint.R_ANKLE + 1, 0]
    return bool(np.median(toes - ankles) < 0)


def draw_clip(points: FloatArray, visibility: FloatArray, width: float = 1.0) -> Picture:
    """Return (time, 32, 32, 3) pictures of a person whose points are (time, 15, 2), y down.

    ``visibility`` is (time, 15) in 0…1; a limb is left out where an end of it is unseen.
    ``width`` makes every limb wider or narrower.
    """
    if faces_left(points):
        points = points[:, MIRRORED] * np.array([-1, 1], np.float32)
        visibility = visibility[:, MIRRORED]
    canvases = centred(points)
    seen = visibility >= MIN_VISIBILITY
    return np.stack([_draw(canvas, row, width) for canvas, row in zip(canvases, seen, strict=True)])


def _draw(points: FloatArray, seen: npt.NDArray[np.bool_], width: float) -> Picture:
    fixed = np.clip(points, -_CANVAS_PX, 2 * _CANVAS_PX)
    fixed = np.rint(fixed * (1 << _SHIFT_BITS)).astype(np.int32)
    left, right = (_draw_limbs(fixed, seen, limbs, width) for limbs in (LEFT_LIMBS, RIGHT_LIMBS))
    picture = cv2.merge([left, _draw_trunk(fixed, seen, width), right])
    small = cv2.resize(picture, (PICTURE_PX, PICTURE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _thickness_px(body_lengths: float) -> int:
    return max(1, round(body_lengths * BODY_LENGTH_SHARE * _CANVAS_PX))


def _draw_limbs(
    fixed: npt.NDArray[np.int32], seen: npt.NDArray[np.bool_], limbs: Sequence[Limb], width: float
) -> Picture:
    channel = np.zeros((_CANVAS_PX, _CANVAS_PX), np.uint8)
    for limb in limbs:
        if seen[limb.start] and seen[limb.end]:
            ends = (fixed[limb.start].tolist(), fixed[limb.end].tolist())
            thickness = _thickness_px(limb.width * width)
            cv2.line(channel, *ends, 255, thickness, cv2.LINE_AA, _SHIFT_BITS)
    return channel


def _draw_trunk(fixed: npt.NDArray[np.int32], seen: npt.NDArray[np.bool_], width: float) -> Picture:
    channel = np.zeros((_CANVAS_PX, _CANVAS_PX), np.uint8)
    corners = [BodyPoint.L_SHOULDER, BodyPoint.R_SHOULDER, BodyPoint.R_HIP, BodyPoint.L_HIP]
    if seen[corners].all():
        outline = fixed[corners]
        cv2.fillPoly(channel, [outline], 255, cv2.LINE_AA, _SHIFT_BITS)
        # Seen from the side the four corners fall together; the outline keeps the trunk visible.
        thickness = _thickness_px(0.1 * width)
        cv2.polylines(channel, [outline], True, 255, thickness, cv2.LINE_AA, _SHIFT_BITS)
    if seen[BodyPoint.HEAD]:
        radius = _thickness_px(HEAD_RADIUS) << _SHIFT_BITS
        centre = fixed[BodyPoint.HEAD].tolist()
        cv2.circle(channel, centre, radius, 255, cv2.FILLED, cv2.LINE_AA, _SHIFT_BITS)
    return channel
