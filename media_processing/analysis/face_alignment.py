"""Turning a found face into the crop that the expression network was trained on."""

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.face_boxes import Box
from media_processing.analysis.face_landmarks import FaceLandmarks

CROP_PX = 48

# How much larger than the detector's box the trained crops are.
BOX_MARGIN = 1.1

GreyImage = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float64]

# Median places of eyes and mouth in 1460 FER+ training crops whose landmarks were found (share of
# the side), made symmetric; so crops from recordings are cut like the crops of the training.
ANCHOR_SHARES: FloatArray = np.array([[0.316, 0.393], [0.684, 0.393], [0.5, 0.761]])


def similarity(source: FloatArray, target: FloatArray) -> FloatArray:
    """Return the (2, 3) turn, scale and shift that best takes ``source`` points to ``target``.

    Least squares after Umeyama 1991 (doi:10.1109/34.88573), without reflection; both are (n, 2).
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    from_centre, to_centre = source - source_mean, target - target_mean
    u, spread, v = np.linalg.svd(to_centre.T @ from_centre)
    signs = np.array([1.0, np.sign(np.linalg.det(u @ v))])
    turn = u @ np.diag(signs) @ v
    scale = float((spread * signs).sum() / max(float((from_centre**2).sum()), 1e-12))
    shift = target_mean - scale * turn @ source_mean
    return np.column_stack([scale * turn, shift])


def align(grey: GreyImage, landmarks: FaceLandmarks) -> GreyImage:
    """Return the (48, 48) crop of the face, upright, eyes and mouth at the trained places."""
    matrix = similarity(landmarks.anchors, ANCHOR_SHARES * float(CROP_PX))
    shrink = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if shrink < 0.5:
        return _align_large(grey, matrix)
    return _warp(grey, matrix, CROP_PX)


def cut_out(grey: GreyImage, box: Box) -> GreyImage:
    """Return the (48, 48) crop around a face whose landmarks are not known, not turned."""
    side = box.size * BOX_MARGIN
    centre_x, centre_y = box.centre
    scale = CROP_PX / side
    left, top = centre_x - side / 2, centre_y - side / 2
    return _warp(grey, np.array([[scale, 0, -left * scale], [0, scale, -top * scale]]), CROP_PX)


def _align_large(grey: GreyImage, matrix: FloatArray) -> GreyImage:
    # A large face is cut at four times the size and averaged, or fine lines would alias.
    large = _warp(grey, matrix * 4, CROP_PX * 4)
    return np.asarray(cv2.resize(large, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA))


def _warp(grey: GreyImage, matrix: FloatArray, side: int) -> GreyImage:
    crop = cv2.warpAffine(
        grey, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop)
