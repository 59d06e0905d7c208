"""Person-centred clips rendered from motion capture with many bodies and cameras."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait_skeleton import MIRRORED, POINTS, BodyPoint
from media_processing.analysis.gait_tracks import BodyTrack, track_on_grid
from media_processing.analysis.person_clips import (
    CLIP_FRAMES,
    CLIP_RATE_HZ,
    CLIP_S,
    body_length,
    draw_clip,
    faces_left,
)
from media_processing.training.body_motion import body_motion
from media_processing.training.limb_edits import BONES, random_manner

FloatArray = npt.NDArray[np.float32]

# Joints of the motion capture, in the order of its arrays; the head row is the base of the skull.
NECK, HEAD = 3, 4
JOINT_OF_POINT = (HEAD, 5, 8, 6, 9, 7, 10, 11, 15, 12, 16, 13, 17, 14, 18)
MIRRORED_JOINTS = (0, 1, 2, 3, 4, 8, 9, 10, 5, 6, 7, 15, 16, 17, 18, 11, 12, 13, 14)
SKULL_M = 0.10
NEAREST_M = 1.5
TRUNK_BONES, SHOULDER_BONES = (0, 1, 2, 3), (4, 7)
ARM_BONES, HIP_BONES, LEG_BONES = (5, 6, 8, 9), (10, 14), (11, 12, 13, 15, 16, 17)


@dataclass(frozen=True, slots=True)
class MotionClip:
    """One captured clip: ``joints`` is (frames, 19, 3) in metres, y up, floor at 0."""

    name: str
    source: str
    content: str
    style: str
    emotion: str
    arousal: str
    locomotion: bool
    split: str
    rate_hz: float
    joints: FloatArray

    @property
    def duration_s(self) -> float:
        return (len(self.joints) - 1) / self.rate_hz


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera that looks at the walker's path; angles in degrees, distance in metres."""

    yaw_deg: float
    pitch_deg: float
    distance_m: float


def read_clips(root: Path) -> list[MotionClip]:
    """Return every clip that ``root/clips.csv`` names. Raises FileNotFoundError."""
    arrays: dict[str, tuple[FloatArray, FloatArray]] = {}
    with (root / "clips.csv").open(newline="", encoding="utf-8") as table:
        return [_motion_clip(row, root, arrays) for row in csv.DictReader(table)]


def _motion_clip(
    row: dict[str, str], root: Path, arrays: dict[str, tuple[FloatArray, FloatArray]]
) -> MotionClip:
    if row["file"] not in arrays:
        with np.load(root / row["file"]) as archive:
            arrays[row["file"]] = tuple(
                archive[name].astype(np.float32) for name in ("pose", "root")
            )
    pose, pelvis = arrays[row["file"]]
    rows = slice(int(row["start"]), int(row["start"]) + int(row["frames"]))
    return MotionClip(
        name=row["clip"],
        source=row["source"],
        content=row["content"],
        style=row["style"],
        emotion=row["emotion"],
        arousal=row["arousal_rule"],
        locomotion=row["locomotion"] == "1",
        split=row["split"],
        rate_hz=float(row["fps"]),
        joints=pose[rows] + pelvis[rows, None],
    )


def resampled(joints: FloatArray, rate_hz: float, times_s: FloatArray) -> FloatArray:
    """Return (times, 19, 3) joints at the given seconds; the last frame is held."""
    wanted = times_s * rate_hz
    below = np.clip(np.floor(wanted).astype(int), 0, len(joints) - 1)
    above = np.minimum(below + 1, len(joints) - 1)
    share = (wanted - below).clip(0, 1).astype(np.float32)[:, None, None]
    return joints[below] * (1 - share) + joints[above] * share


def clip_times(start_s: float, tempo: float = 1.0) -> FloatArray:
    """Return the seconds of the sixteen frames of a clip."""
    return (start_s + np.arange(CLIP_FRAMES) / CLIP_RATE_HZ * tempo).astype(np.float32)


def body_points(joints: FloatArray) -> FloatArray:
    """Return the (time, 15, 3) points that a camera would find on (time, 19, 3) joints."""
    points = joints[:, JOINT_OF_POINT].copy()
    up = joints[:, HEAD] - joints[:, NECK]
    points[:, BodyPoint.HEAD] += SKULL_M * up / np.linalg.norm(up, axis=-1, keepdims=True)
    return points


def reshaped(joints: FloatArray, bone_scales: FloatArray) -> FloatArray:
    """Return the same motion on a body whose bones are longer or shorter by (18,) factors."""
    changed = joints.copy()
    changed[:, 0] = joints[:, 0] * bone_scales[LEG_BONES[0]]
    for (parent, child), scale in zip(BONES, bone_scales, strict=True):
        changed[:, child] = changed[:, parent] + scale * (joints[:, child] - joints[:, parent])
    return changed


def random_body(rng: np.random.Generator) -> FloatArray:
    """Return bone factors of a random adult or adolescent body."""
    scales = np.ones(len(BONES), np.float32)
    for bones, spread in (
        (TRUNK_BONES, 0.07),
        (SHOULDER_BONES, 0.12),
        (ARM_BONES, 0.07),
        (HIP_BONES, 0.15),
        (LEG_BONES, 0.07),
    ):
        scales[list(bones)] = np.clip(rng.normal(1.0, spread), 0.7, 1.35)
    return scales


def random_camera(rng: np.random.Generator) -> Camera:
    """Return a camera at any side of the walker, from below the hips to above the head."""
    return Camera(
        yaw_deg=rng.uniform(-180, 180),
        pitch_deg=rng.normal(4, 8),
        distance_m=float(np.exp(rng.uniform(np.log(2.5), np.log(12.0)))),
    )


def project(points: FloatArray, camera: Camera) -> FloatArray:
    """Return (time, 15, 2) picture positions, y down, of (time, 15, 3) world points.

    The yaw counts from the mean walking direction: 0 sees the face, 90 the person's left side.
    The distance is that to the middle of the way; a camera into which the walker would run stands
    back.
    """
    middle = points.mean(axis=(0, 1))
    local = (points - middle) @ _camera_axes(points, camera).T
    away = local[..., 2:]
    depth = away + max(camera.distance_m, NEAREST_M - float(away.min()))
    return (local[..., :2] / depth * camera.distance_m).astype(np.float32)


def _camera_axes(points: FloatArray, camera: Camera) -> FloatArray:
    """Return the rows right, down, away of a camera around the person."""
    yaw = _facing_rad(points) + np.deg2rad(camera.yaw_deg)
    pitch = np.deg2rad(camera.pitch_deg)
    towards = np.array([np.cos(pitch) * np.cos(yaw), np.sin(pitch), np.cos(pitch) * np.sin(yaw)])
    away = -towards
    right = np.cross(away, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(away, right), away]).astype(np.float32)


def _facing_rad(points: FloatArray) -> float:
    """Return the angle in the floor plane (from x towards z) to which the body faces."""
    left_hip, right_hip = points[:, BodyPoint.L_HIP], points[:, BodyPoint.R_HIP]
    across = (left_hip - right_hip).mean(axis=0)
    forward = np.cross(across, [0.0, 1.0, 0.0])
    return float(np.arctan2(forward[2], forward[0]))


def disturbed(points: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return picture positions with the faults of a landmark finder: bias, jitter, swapped legs."""
    length = body_length(points)
    bias = rng.normal(0, 0.015 * length, (1, POINTS, 2))
    jitter = rng.normal(0, rng.uniform(0.002, 0.016) * length, points.shape)
    faulty = (points + bias + jitter).astype(np.float32)
    if rng.random() < 0.15:
        frames = rng.random(len(points)) < rng.uniform(0.05, 0.3)
        faulty[frames] = faulty[frames][:, MIRRORED]
    return faulty


def random_visibility(rng: np.random.Generator) -> FloatArray:
    """Return (16, 15) visibility: at times an arm, the feet or the head are not seen."""
    visible = np.ones((CLIP_FRAMES, POINTS), np.float32)
    side = int(rng.integers(2))
    for points, chance in (
        ([BodyPoint.L_ELBOW + side, BodyPoint.L_WRIST + side], 0.15),
        ([BodyPoint.L_TOE, BodyPoint.R_TOE], 0.05),
        ([BodyPoint.L_WRIST + side], 0.05),
        ([BodyPoint.HEAD], 0.02),
    ):
        if rng.random() < chance:
            visible[np.ix_(_random_span(rng), points)] = 0.0
    return visible


def _random_span(rng: np.random.Generator) -> npt.NDArray[np.int64]:
    first, last = np.sort(rng.integers(0, CLIP_FRAMES + 1, 2))
    return np.arange(first, last)


@dataclass(frozen=True, slots=True)
class RenderedView:
    """One (16, 32, 32, 3) clip, the camera's side, and what the body does (:func:`body_motion`).

    ``is_own_manner`` is False where the walk was changed so far that its labels do not hold.
    """

    pictures: npt.NDArray[np.uint8]
    yaw_deg: float
    motion: FloatArray
    is_own_manner: bool


def random_view(
    clip: MotionClip,
    rng: np.random.Generator,
    *,
    manner_share: float = 0.0,
    tempos: tuple[float, float] = (0.93, 1.07),
) -> RenderedView:
    """Return one training clip: random time, tempo, body, camera, mirroring and faults.

    ``manner_share`` is how often posture, arms, steps and tempo are drawn at random as well.
    """
    is_own = bool(rng.random() >= manner_share)
    tempo = rng.uniform(*(tempos if is_own else (0.6, 1.5)))
    room_s = max(0.0, clip.duration_s - CLIP_FRAMES / CLIP_RATE_HZ * tempo)
    joints = resampled(clip.joints, clip.rate_hz, clip_times(rng.uniform(0, room_s), tempo))
    if not is_own:
        joints = random_manner(joints, CLIP_RATE_HZ, rng)
    if rng.random() < 0.5:
        joints = mirrored(joints)
    points = body_points(reshaped(joints, random_body(rng)))
    camera = random_camera(rng)
    flat = disturbed(project(points, camera), rng)
    if faces_left(flat):  # then it is drawn in a mirror, and does what its mirror image does
        points = points[:, MIRRORED] * np.array([-1, 1, 1], np.float32)
    pictures = draw_clip(flat, random_visibility(rng), rng.uniform(0.75, 1.35))
    return RenderedView(pictures, camera.yaw_deg, body_motion(points), is_own)


def mirrored(joints: FloatArray) -> FloatArray:
    """Return the same motion as seen in a mirror: left and right are exchanged."""
    return joints[:, MIRRORED_JOINTS] * np.array([-1, 1, 1], np.float32)


TEST_CAMERAS = tuple(Camera(yaw_deg, 4.0, 5.0) for yaw_deg in (0, 45, 90, 135, 180, 225, 270, 315))
# A camera that stands still sees about this much of a walk; longer clips are seen in stretches.
STRETCH_S, STRETCH_HOP_S = 4.0, 3.0
LOOK_HZ = 10.0


def seen_track(
    clip: MotionClip,
    camera: Camera,
    start_s: float,
    duration_s: float,
    rng: np.random.Generator | None = None,
    *,
    picture_hz: float = 30.0,
) -> BodyTrack:
    """Return the track that a camera of ``picture_hz`` would see of a part of a clip.

    As in the product at most ten pictures a second are looked at, and the track through them is
    smooth. A clip that is too short for the network holds its last frame. With ``rng`` the body
    is another one and the landmarks have their faults.
    """
    end_s = max(min(start_s + duration_s, clip.duration_s), start_s + CLIP_S)
    times_s = start_s + look_times(end_s - start_s, picture_hz)
    joints = resampled(clip.joints, clip.rate_hz, times_s.astype(np.float32))
    if rng is not None:
        joints = reshaped(joints, random_body(rng))
    flat = project(body_points(joints), camera)
    if rng is not None:
        flat = disturbed(flat, rng)
    return track_on_grid(times_s, flat.astype(float), np.ones((len(times_s), POINTS)))


def look_times(duration_s: float, picture_hz: float) -> npt.NDArray[np.float64]:
    """Return the seconds of the pictures that are looked at: the first of every tenth of a second.

    The last one is at or after ``duration_s``.
    """
    times_s = np.arange(0.0, duration_s + 1 / min(picture_hz, LOOK_HZ), 1 / picture_hz)
    slots = (times_s * LOOK_HZ + 0.05).astype(int)
    return times_s[np.concatenate([[True], np.diff(slots) > 0])]


def seen_stretches(clip: MotionClip, camera: Camera, picture_hz: float = 30.0) -> list[BodyTrack]:
    """Return tracks of four seconds, three seconds apart; of the whole clip where it is short."""
    room_s = max(0.0, clip.duration_s - STRETCH_S)
    return [
        seen_track(clip, camera, start_s, STRETCH_S, picture_hz=picture_hz)
        for start_s in np.arange(0.0, room_s + 1e-6, STRETCH_HOP_S)
    ]
