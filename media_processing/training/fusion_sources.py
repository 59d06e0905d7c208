"""What the product's own networks say of labelled faces, voices and walks that taught them nothing.

These single-modality outputs are the material of the fusion: some people fit it, others measure
it. Each is read clean and under two grades of disturbance. The outputs are kept beside the
results, named after the digest of the weights that made them.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.face_quality import FaceQuality, sharpness
from media_processing.analysis.fusion_windows import MODALITIES
from media_processing.analysis.gait_clips import clips_between
from media_processing.analysis.types import EMOTIONS, Modality
from media_processing.analysis.voice_windows import window_quality
from media_processing.inference.face_emotion import FaceEmotionNetwork
from media_processing.inference.gait_i3d import GaitI3d
from media_processing.inference.labels import MERGED_CLASSES, valence_arousal
from media_processing.inference.manifest import read_manifest
from media_processing.inference.voice_emotion import native_classes, to_labels
from media_processing.modalities.voice import find_speech, hear
from media_processing.training.face_data import CLASSES as FACE_CLASSES
from media_processing.training.face_data import read_ferplus
from media_processing.training.render_walkers import TEST_CAMERAS, read_clips, seen_track
from media_processing.training.voice_corpora import Clip, read_sounds
from media_processing.training.voice_corpora import read_clips as read_voice_clips

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NETWORKS = {
    Modality.FACE: ("face_emotion",),
    Modality.VOICE: ("silero_vad", "voice_emotion"),
    Modality.GAIT: ("gait_i3d",),
}
# Raised whenever what is read or how it is disturbed changes: older outputs are then not used.
RECIPE = 2
CONDITIONS = ("clean", "noisy", "poor")
VOICE_CORPORA = ("ravdess", "nemo")
VOICE_SNR_DB = (None, 10.0, 5.0)
FACE_SIDE_PX = (48, 32, 24)
FACE_NOISE = (0.0, 6.0, 12.0)
GAIT_JITTER = (0.0, 0.01, 0.03)
FACES_PER_LABEL = 200
CLIPS_PER_LABEL = 28
LOOKS_PER_WALK = 24


@dataclass(frozen=True, slots=True)
class Outputs:
    """k outputs of one network.

    ``labels`` (k,) index EMOTIONS; ``groups`` (k,) number the person or picture or captured walk
    that an output comes from; ``conditions`` (k,) index CONDITIONS; ``columns`` (k, 11) are seven
    probabilities, valence, arousal, confidence and quality.
    """

    labels: IntArray
    groups: IntArray
    conditions: IntArray
    columns: FloatArray

    def of(self, condition: int) -> "Outputs":
        return self.where(self.conditions == condition)

    def where(self, kept: npt.NDArray[np.bool_]) -> "Outputs":
        return Outputs(
            self.labels[kept], self.groups[kept], self.conditions[kept], self.columns[kept]
        )


Row = tuple[int, int, int, FloatArray]


def read_parts(
    data: Path, weights_dir: Path, cache: Path
) -> tuple[dict[Modality, Outputs], dict[Modality, Outputs]]:
    """Return the outputs that fit the fusion, and those that measure it; no person is in both.

    Validation fits and test measures; but the voice network learnt from the validation speakers
    too, so that of its test speakers every second woman and every second man fits, and the others
    measure.
    """
    fitting, testing = (
        read_outputs(data, split, weights_dir, cache, modalities)
        for split, modalities in (("val", (Modality.FACE, Modality.GAIT)), ("test", MODALITIES))
    )
    voices = testing[Modality.VOICE]
    fitting[Modality.VOICE] = voices.where(voices.groups % 2 == 0)
    testing[Modality.VOICE] = voices.where(voices.groups % 2 == 1)
    return fitting, testing


def read_outputs(
    data: Path, split: str, weights_dir: Path, cache: Path, modalities: Sequence[Modality]
) -> dict[Modality, Outputs]:
    """Return the outputs of some modalities on one split, from the cache where they are there."""
    cache.mkdir(parents=True, exist_ok=True)
    return {
        modality: _cached(
            cache / f"{modality}-{split}-{digest(modality, weights_dir)}.npz",
            lambda modality=modality: READERS[modality](data, split, weights_dir),  # type: ignore[misc]
        )
        for modality in modalities
    }


def digest(modality: Modality, weights_dir: Path) -> str:
    """Return what the outputs of a modality depend on, as 16 hexadecimal digits."""
    manifest = read_manifest(weights_dir)
    parts = [str(RECIPE), *(manifest[name].sha256 for name in NETWORKS[modality])]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


def _cached(path: Path, read: Callable[[], Iterator[Row]]) -> Outputs:
    if not path.is_file():
        labels, groups, conditions, columns = zip(*read(), strict=True)
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, labels=labels, groups=groups, conditions=conditions, columns=columns)
        unfinished.replace(path)
    with np.load(path) as stored:
        names = ("labels", "groups", "conditions", "columns")
        return Outputs(*(stored[name] for name in names))


def label_index(name: str) -> int:
    """Return the number of the product's label for a class of any corpus."""
    return EMOTIONS.index(MERGED_CLASSES.get(name, name))


def spaced(count: int, wanted: int) -> IntArray:
    """Return ``wanted`` places evenly over ``count``, or all of them."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64))


def _reading(
    seven: FloatArray, valence: float, arousal: float, confidence: float, quality: float
) -> FloatArray:
    return np.array([*seven, valence, arousal, confidence, quality], np.float64)


# --- faces ----------------------------------------------------------------------------------------


def _faces(data: Path, split: str, weights_dir: Path) -> Iterator[Row]:
    images = read_ferplus(data, split)
    network, rng = FaceEmotionNetwork(weights_dir), np.random.default_rng(0)
    labels = np.array([label_index(FACE_CLASSES[n]) if n >= 0 else -1 for n in images.labels])
    for label in range(len(EMOTIONS)):
        places = np.flatnonzero(labels == label)
        chosen = places[spaced(len(places), FACES_PER_LABEL)]
        for condition in range(len(CONDITIONS)):
            crops = np.stack([disturbed_face(images.images[n], condition, rng) for n in chosen])
            seven = network.read(crops).probabilities
            affect = valence_arousal(seven)
            for place, crop, shares, (valence, arousal) in zip(
                chosen, crops, seven, affect, strict=True
            ):
                quality = FaceQuality(
                    FACE_SIDE_PX[condition], sharpness(crop), float(crop.mean()), 0.0
                ).score
                yield (
                    label,
                    int(place),
                    condition,
                    _reading(shares, valence, arousal, shares.max(), quality),
                )


def disturbed_face(
    crop: npt.NDArray[np.uint8], condition: int, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Return a (48, 48) crop as a small face in a noisy picture looks."""
    if condition == 0:
        return crop
    side = FACE_SIDE_PX[condition]
    small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    grainy = small + rng.normal(0, FACE_NOISE[condition], small.shape)
    large = cv2.resize(grainy, crop.shape, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large.clip(0, 255).round(), np.uint8)


# --- voices ---------------------------------------------------------------------------------------


def _voices(data: Path, split: str, weights_dir: Path) -> Iterator[Row]:
    rng, first = np.random.default_rng(0), 0
    for corpus in VOICE_CORPORA:
        clips = [clip for clip in read_voice_clips(data, corpus) if clip.split == split]
        speakers = numbered_speakers(clips, first)
        first += len(speakers)
        by_label = [
            [clip for clip in clips if label_index(clip.label) == label]
            for label in range(len(EMOTIONS))
        ]
        chosen = [
            few[place] for few in by_label if few for place in spaced(len(few), CLIPS_PER_LABEL)
        ]
        for clip, samples in read_sounds(data, chosen):
            for condition, snr_db in enumerate(VOICE_SNR_DB):
                sound = samples if snr_db is None else with_noise(samples, snr_db, rng)
                found = _heard(sound, weights_dir)
                if found is not None:
                    yield label_index(clip.label), speakers[clip.speaker], condition, found


def numbered_speakers(clips: Sequence[Clip], first: int) -> dict[str, int]:
    """Number the speakers of a corpus from ``first``, one sex after the other.

    Every second number is then every second woman and every second man: in RAVDESS odd actors are
    men, so that numbers in the order of the table would part the sexes.
    """
    people = sorted({(clip.sex, clip.speaker) for clip in clips})
    return {speaker: number for number, (_, speaker) in enumerate(people, start=first)}


def with_noise(
    samples: npt.NDArray[np.float32], snr_db: float, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return speech in pink noise; the level of speech is that of its louder half."""
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    spectrum *= np.arange(1, len(spectrum) + 1) ** -0.5
    noise = np.fft.irfft(spectrum, len(samples))
    squares = samples.astype(np.float64) ** 2
    speech = squares[squares >= np.median(squares)].mean()
    gain = np.sqrt(speech / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    return (samples + gain * noise).astype(np.float32)


def _heard(samples: npt.NDArray[np.float32], weights_dir: Path) -> FloatArray | None:
    """Return what the product hears in a clip, weighted as in a window; None without speech."""
    speech = find_speech(samples, weights_dir)
    if not speech.windows:
        return None
    seven = to_labels(hear(speech, weights_dir), native_classes(weights_dir))
    quality = np.array(
        [window_quality(one, speech.snr_db, speech.clipped_share) for one in speech.windows]
    )
    confidence = seven.max(axis=1)
    weights = quality * confidence
    if not weights.any():
        return None
    shares = np.average(seven, axis=0, weights=weights)
    valence, arousal = valence_arousal(shares[None])[0]
    return _reading(
        shares, valence, arousal, np.average(confidence, weights=quality), quality.mean()
    )


# --- walks ----------------------------------------------------------------------------------------


def _walks(data: Path, split: str, weights_dir: Path) -> Iterator[Row]:
    root = data if (data / "clips.csv").is_file() else data / "gait"
    walks = [
        clip
        for clip in read_clips(root)
        if clip.source == "bandai1" and clip.locomotion and clip.split == split
        and clip.emotion != "other"
    ]  # fmt: skip
    network, rng = GaitI3d.load(weights_dir), np.random.default_rng(0)
    for group, walk in enumerate(walks):
        for condition, jitter in enumerate(GAIT_JITTER):
            clips = []
            for camera in TEST_CAMERAS:
                track = seen_track(walk, camera, 0.0, walk.duration_s, rng if condition else None)
                track.points[:] += rng.normal(0, jitter, track.points.shape)
                clips += list(clips_between(track, track.t_s[0], track.t_s[-1]))
            looks = [clips[place] for place in spaced(len(clips), LOOKS_PER_WALK)]
            reading = network.read([look.pictures for look in looks])
            for look, shares, valence, arousal, confidence in zip(
                looks, reading.seven(), reading.valence(), reading.arousal(),
                reading.confidence(), strict=True,
            ):  # fmt: skip
                yield (
                    label_index(walk.emotion),
                    group,
                    condition,
                    _reading(shares, valence, arousal, confidence, look.quality),
                )


READERS: dict[Modality, Callable[[Path, str, Path], Iterator[Row]]] = {
    Modality.FACE: _faces,
    Modality.VOICE: _voices,
    Modality.GAIT: _walks,
}


def describe(outputs: dict[Modality, Outputs]) -> dict[str, dict[str, int]]:
    """Return how many outputs and groups there are of each modality."""
    return {
        str(modality): {"outputs": len(one.labels), "groups": len(np.unique(one.groups))}
        for modality, one in outputs.items()
    }


def everyday_shares(data: Path) -> FloatArray:
    """Return (7,) how common each label is among everyday faces: the validation part of FER+.

    The same kind of faces stands behind the reference sessions of the score.
    """
    labels = read_ferplus(data, "val").labels
    counts = np.zeros(len(EMOTIONS))
    for label in labels[labels >= 0]:
        counts[label_index(FACE_CLASSES[label])] += 1
    return np.asarray(counts / counts.sum())
