"""Detecting faces and their landmarks with MediaPipe, behind a small interface.

Detection after BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047), landmarks after Kartynnik
et al. 2019 (arXiv:1907.06724). The rest of the product knows only :class:`FaceReader`.
"""

import math
import os
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.face_boxes import Box, distance, without_doubles

# MediaPipe's native log would otherwise fill the worker's log; it must be set before the import.
os.environ.setdefault("GLOG_minloglevel", "3")

from mediapipe.python.solutions import face_detection, face_mesh

Image = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float64]

NEAR, WIDE = 0, 1
DETECTION_SCORE = 0.5
# A second look at an enlarged face must agree at least this well; backs of heads reach 0.60.
CLOSE_LOOK_SCORE = 0.62
CLOSE_LOOK_MARGIN = 3.0
MESH_MARGIN = 2.0
LOOK_PX = 256
BORDER_PX = 85
# The mesh refuses what is no face by itself, so its own detector may be generous.
MESH_DETECTION_SCORE = 0.05
MINIMUM_FACE_PX = 12.0
TILE_SHARE = 0.6

LEFT_EYE, RIGHT_EYE, MOUTH_CORNERS = (33, 133), (362, 263), (61, 291)
LEFT_CHEEK, RIGHT_CHEEK, FOREHEAD, CHIN = 234, 454, 10, 152


@dataclass(frozen=True, slots=True)
class FaceLandmarks:
    """Where the features of one face are.

    ``points`` is (478 or 468, 2) in pixels of the picture; angles are in degrees, 0 for a face
    that looks into the camera.
    """

    points: FloatArray
    yaw_degrees: float
    pitch_degrees: float

    @property
    def anchors(self) -> FloatArray:
        """Centres of the left eye, the right eye (as seen) and the mouth: (3, 2)."""
        groups = (LEFT_EYE, RIGHT_EYE, MOUTH_CORNERS)
        return np.stack([self.points[list(group)].mean(axis=0) for group in groups])


@dataclass(frozen=True, slots=True)
class FoundFace:
    """A face candidate of one picture.

    ``confirmed`` is False where only the first search saw it; ``landmarks`` is None where it is
    turned away, hidden or too small for them.
    """

    box: Box
    confirmed: bool
    landmarks: FaceLandmarks | None


class FaceReader(Protocol):
    """What the tracker needs to know about finding faces."""

    def read(self, image_bgr: Image, expected: list[Box], *, thorough: bool) -> list[FoundFace]:
        """Return the faces of one picture; ``expected`` are places to look at closely.

        ``thorough`` also searches enlarged parts of the picture for small faces.
        """


class MediaPipeFaceReader:
    """Finds faces by a wide search and confirms each by a look at the enlarged place."""

    def __init__(self) -> None:
        self._detectors = {
            reach: face_detection.FaceDetection(
                model_selection=reach, min_detection_confidence=DETECTION_SCORE
            )
            for reach in (NEAR, WIDE)
        }
        self._mesh = face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=1,
            min_detection_confidence=MESH_DETECTION_SCORE,
        )

    def close(self) -> None:
        """Free the native graphs."""
        for solution in (*self._detectors.values(), self._mesh):
            solution.close()

    def read(self, image_bgr: Image, expected: list[Box], *, thorough: bool) -> list[FoundFace]:
        """See :class:`FaceReader`."""
        image = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB)
        searched = self._search(image, thorough)
        faces = [self._look(image, box, was_seen=True) for box in searched]
        missed = without_doubles([*searched, *expected])[len(searched) :]
        faces += [self._look(image, box, was_seen=False) for box in missed]
        return [face for face in faces if face is not None]

    def _search(self, image: Any, thorough: bool) -> list[Box]:
        boxes = self._detect(image, WIDE) or self._detect_large(image)
        if thorough:
            for x, y, part in _tiles(image):
                boxes += [(score, box.moved(x, y)) for score, box in self._detect(part, WIDE)]
        ranked = sorted(boxes, key=lambda found: -found[0])
        return without_doubles([box for _, box in ranked if box.size >= MINIMUM_FACE_PX])

    def _detect(self, image: Any, reach: int) -> list[tuple[float, Box]]:
        height, width = image.shape[:2]
        found = self._detectors[reach].process(np.ascontiguousarray(image)).detections or []
        return [(float(item.score[0]), _box(item, width, height)) for item in found]

    def _detect_large(self, image: Any) -> list[tuple[float, Box]]:
        """Search for a face that fills the picture: with an even border it is found."""
        scale = LOOK_PX / max(image.shape[:2])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        framed = np.pad(
            _stretched(small), ((BORDER_PX,) * 2, (BORDER_PX,) * 2, (0, 0)), constant_values=128
        )
        return [
            (score, box.moved(-BORDER_PX, -BORDER_PX).scaled(1 / scale))
            for score, box in self._detect(framed, NEAR)
        ]

    def _look(self, image: Any, box: Box, *, was_seen: bool) -> FoundFace | None:
        landmarks = self._landmarks(image, box)
        if landmarks is not None:
            return FoundFace(box, confirmed=True, landmarks=landmarks)
        closer = self._look_closer(image, box)
        if closer is None and not was_seen:
            return None
        # The close look sees small faces smaller than the search does: it gives only the place.
        place = box if was_seen or closer is None else box.centred_at(*closer.centre)
        return FoundFace(place, confirmed=closer is not None, landmarks=None)

    def _landmarks(self, image: Any, box: Box) -> FaceLandmarks | None:
        look, to_picture = _enlarged(image, box, MESH_MARGIN)
        meshes = self._mesh.process(look).multi_face_landmarks
        if not meshes:
            return None
        marks = np.array([(mark.x, mark.y, mark.z) for mark in meshes[0].landmark]) * float(LOOK_PX)
        points = marks[:, :2] @ to_picture[:, :2].T + to_picture[:, 2]
        near = distance(_bounds(points), box) < 0.5
        return FaceLandmarks(points, *_angles(marks)) if near else None

    def _look_closer(self, image: Any, box: Box) -> Box | None:
        look, to_picture = _enlarged(image, box, CLOSE_LOOK_MARGIN)
        scale = float(to_picture[0, 0])
        for score, found in sorted(self._detect(look, WIDE), key=lambda item: -item[0]):
            x, y = to_picture[:, :2] @ np.array([found.x, found.y]) + to_picture[:, 2]
            place = Box(float(x), float(y), found.width * scale, found.height * scale)
            if score >= CLOSE_LOOK_SCORE and distance(place, box) < 0.5:
                return place
        return None


def _tiles(image: Any) -> list[tuple[int, int, Any]]:
    height, width = image.shape[:2]
    tile_height, tile_width = int(height * TILE_SHARE), int(width * TILE_SHARE)
    return [
        (x, y, image[y : y + tile_height, x : x + tile_width])
        for y in (0, height - tile_height)
        for x in (0, width - tile_width)
    ]


def _box(detection: Any, width: int, height: int) -> Box:
    area = detection.location_data.relative_bounding_box
    return Box(area.xmin * width, area.ymin * height, area.width * width, area.height * height)


def _bounds(points: FloatArray) -> Box:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return Box(float(left), float(top), float(right - left), float(bottom - top))


def _enlarged(image: Any, box: Box, margin: float) -> tuple[Any, FloatArray]:
    """Return a square RGB look at ``box`` with its light stretched, and the (2, 3) way back."""
    side = box.size * margin
    centre_x, centre_y = box.centre
    scale = side / LOOK_PX
    to_picture = np.array(
        [[scale, 0.0, centre_x - side / 2], [0.0, scale, centre_y - side / 2]], dtype=np.float64
    )
    flags = (cv2.INTER_CUBIC if scale < 1 else cv2.INTER_AREA) | cv2.WARP_INVERSE_MAP
    look = cv2.warpAffine(
        image, to_picture, (LOOK_PX, LOOK_PX), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return _stretched(look), to_picture


def _stretched(look: Any) -> Any:
    """Spread the grey levels over the whole range: faces in the dark stay findable."""
    low, high = np.percentile(look[::4, ::4], (1, 99))
    gain = 255.0 / max(float(high - low), 10.0)
    return cv2.convertScaleAbs(np.maximum(look.astype(np.float32) - low, 0), alpha=gain)


def _angles(marks: FloatArray) -> tuple[float, float]:
    across, down = marks[RIGHT_CHEEK] - marks[LEFT_CHEEK], marks[CHIN] - marks[FOREHEAD]
    yaw = math.degrees(math.atan2(across[2], math.hypot(across[0], across[1])))
    pitch = math.degrees(math.atan2(down[2], math.hypot(down[0], down[1])))
    return yaw, pitch
