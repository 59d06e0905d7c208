"""Hearing a voice while it is being recorded.

The windows are those of the whole recording's analysis (:mod:`media_processing.modalities.voice`):
an utterance that goes on has one last window that ends at this moment, so that its first word is
heard at once, and that grows to its full length. What depends on the whole recording, the level
of the speech and of the noise, is what it was so far; older windows are heard again once it moved.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_processing.analysis.audio import SAMPLE_RATE_HZ, FloatArray, decibels
from media_processing.analysis.growing import Growing
from media_processing.analysis.log_mel import LogMel, normalise
from media_processing.analysis.prosody import clipped_share, sound_snr_db
from media_processing.analysis.speech_so_far import SpeechSoFar
from media_processing.analysis.subject import NOT_ASKED, Subject, VoiceChoice
from media_processing.analysis.types import Modality, Observation
from media_processing.analysis.vad import Segment
from media_processing.analysis.voice_windows import SpeechWindow, window_quality
from media_processing.inference.labels import valence_arousal
from media_processing.inference.voice_activity import FRAME_S, SpeechActivity
from media_processing.inference.voice_emotion import (
    cut_window,
    frame_at,
    native_classes,
    native_probabilities,
    to_labels,
)
from media_processing.modalities.applicant_speech_so_far import ApplicantSpeechSoFar

# A change of the level of speech that the network does not notice; of the quality, nobody.
SETTLED_DB = 0.5
SETTLED_QUALITY = 0.05
# Windows heard at once: two a second are new, the rest of the time is for older ones.
MOST_WINDOWS = 8
# Noise is looked at now and then, and over the last two minutes.
NOISE_EVERY_S = 5.0
NOISE_OVER_S = 120.0
# The last frames of the features still change with the sound that follows.
UNSETTLED_FRAMES = 4
# So often older windows are looked through for those that the level has left behind.
SWEEP_EVERY_S = 5.0
# Two windows that start this close are the same one.
SAME_S = 0.02

Labels = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Heard:
    """A window as it was heard: at which level of speech, and as how good."""

    window: SpeechWindow
    labels: Labels
    level_db: float
    quality: float


class VoiceWatch:
    """All speech of one person so far, and what was heard in it.

    ``known`` are observations that an earlier watch of the same sound made; their windows are not
    heard again as long as they are the same. Raises WeightsError where weights are missing.
    """

    def __init__(
        self,
        weights_dir: Path,
        known: Iterable[Observation] = (),
        subject: Subject = NOT_ASKED,
    ) -> None:
        self._weights_dir = weights_dir
        self._subject = subject
        self._activity = SpeechActivity(weights_dir)
        self._classes = native_classes(weights_dir)
        self._samples: Growing[np.float32] = Growing(np.float32)
        self._speech = self._speech_of(subject)
        self._power: Growing[np.float64] = Growing(np.float64)
        self._mel = LogMel()
        self._known = {round(one.t_start_s / SAME_S): one for one in known}
        self._heard: dict[float, _Heard] = {}
        self._clipped = 0.0
        self._snr_db = 0.0
        self._noise_at_s = 0.0
        self._settled_power, self._settled_frames, self._settled_heard = 0.0, 0, 0
        self._waiting: dict[float, SpeechWindow] = {}
        self._swept_s = 0.0
        self._is_fresh = False

    def _speech_of(self, subject: Subject) -> SpeechSoFar:
        if subject.voice is VoiceChoice.ENROLLED:
            return ApplicantSpeechSoFar(FRAME_S, self._samples, subject, self._weights_dir)
        return SpeechSoFar(FRAME_S)

    def hears_the_same(self, subject: Subject) -> bool:
        """Return whether ``subject`` names the voice that this watch hears."""
        mine, other = self._subject, subject
        return (mine.voice, mine.enrolment, mine.others) == (
            other.voice,
            other.enrolment,
            other.others,
        )

    @property
    def duration_s(self) -> float:
        """Seconds of sound so far."""
        return len(self._samples) / SAMPLE_RATE_HZ

    def take(self, samples: FloatArray) -> None:
        """Take in the next (n,) samples at 16 kHz."""
        self._is_fresh = True
        self._samples.extend(samples)
        self._speech.extend(self._activity.extend(samples))
        self._mel.extend(self._samples.rows)
        self._clipped += clipped_share(samples) * len(samples)

    def take_new(self) -> list[Observation]:
        """Return what was heard since the last call, in order of time.

        An observation that starts with one of an earlier call takes its place.
        """
        if not self._is_fresh:
            return []
        self._add_power()
        power, count = self._power_of(self._speech.look(self.duration_s))
        self._settled_power += power
        self._settled_frames += count
        if not self._speech.settled and not self._speech.open:
            return []
        self._look_at_noise()
        level_db = self._level_db()
        changed = self._due(level_db)
        self._is_fresh = len(changed) == MOST_WINDOWS
        unheard = [window for window, labels in changed if labels is None]
        fresh = iter(self._hear(unheard, level_db))
        observed = []
        for window, labels in changed:
            found = next(fresh) if labels is None else labels
            observed.append(self._note(window, found, level_db))
        return sorted(observed, key=lambda one: one.t_start_s)

    def _look_at_noise(self) -> None:
        if self.duration_s - self._noise_at_s < NOISE_EVERY_S and self._noise_at_s > 0:
            return
        self._noise_at_s = self.duration_s
        since_s = max(0.0, self.duration_s - NOISE_OVER_S)
        recent = [
            Segment(max(0.0, part.start_s - since_s), part.end_s - since_s)
            for part in self._speech.recent(since_s)
        ]
        snr_db = sound_snr_db(self._samples.rows[round(since_s * SAMPLE_RATE_HZ) :], recent)
        self._snr_db = self._snr_db if snr_db is None else snr_db

    def _add_power(self) -> None:
        """Note the power of the frames that no longer change."""
        settled = len(self._mel.frames_db) - UNSETTLED_FRAMES
        new_db = self._mel.frames_db[len(self._power) : max(0, settled)]
        self._power.extend(np.mean(10.0 ** (new_db / 10.0), axis=1, dtype=np.float64))

    def _power_of(self, segments: Sequence[Segment]) -> tuple[float, int]:
        """Return the sum of the mean powers of the frames of ``segments``, and their number."""
        parts = [
            self._power.rows[frame_at(part.start_s) : frame_at(part.end_s)] for part in segments
        ]
        return sum(float(part.sum()) for part in parts), sum(map(len, parts))

    def _level_db(self) -> float:
        """Return the mean power of all speech so far, as ``speech_level_db`` of a recording."""
        power, count = self._power_of(self._speech.open)
        frames = self._settled_frames + count
        return float(decibels((self._settled_power + power) / frames if frames else 0.0))

    def _due(self, level_db: float) -> list[tuple[SpeechWindow, Labels | None]]:
        """Return what to say anew: windows with their labels, None where they must be heard.

        New windows come first, the newest before the others, then those heard long ago.
        """
        new, old = self._changed(self._speech.open_windows(), level_db)
        settled = self._speech.settled_windows
        just_settled, _old = self._changed(settled[self._settled_heard :], level_db)
        self._settled_heard = len(settled)
        if self.duration_s - self._swept_s >= SWEEP_EVERY_S:
            self._swept_s = self.duration_s
            self._waiting = {window.start_s: window for window in settled}
        again_new, again_old = self._changed(list(self._waiting.values()), level_db)
        chosen = [*new, *just_settled, *old, *again_new, *again_old][:MOST_WINDOWS]
        said = {window.start_s for window, _labels in chosen}
        kept = [window for window, _labels in (*just_settled, *again_new, *again_old)]
        self._waiting = {one.start_s: one for one in kept if one.start_s not in said}
        return list({window.start_s: (window, labels) for window, labels in chosen}.values())

    def _changed(
        self, windows: Sequence[SpeechWindow], level_db: float
    ) -> tuple[list[tuple[SpeechWindow, Labels | None]], list[tuple[SpeechWindow, Labels | None]]]:
        """Return windows that are new or have grown, and those to be said anew for another reason.

        The newest come first.
        """
        new: list[tuple[SpeechWindow, Labels | None]] = []
        old: list[tuple[SpeechWindow, Labels | None]] = []
        for window in reversed(windows):
            if self._was_heard_further(window):
                continue
            heard = self._heard.get(window.start_s) or self._remember(window, level_db)
            if heard is None or heard.window != window:
                new.append((window, None))
            elif abs(heard.level_db - level_db) > SETTLED_DB:
                old.append((window, None))
            elif abs(heard.quality - self._quality(window)) > SETTLED_QUALITY:
                old.append((window, heard.labels))
        return new, old

    def _was_heard_further(self, window: SpeechWindow) -> bool:
        """Say whether an earlier watch heard a window beyond the sound that came so far."""
        known = self._known.get(round(window.start_s / SAME_S))
        return known is not None and known.t_end_s > window.end_s + SAME_S

    def _remember(self, window: SpeechWindow, level_db: float) -> _Heard | None:
        known = self._known.pop(round(window.start_s / SAME_S), None)
        if known is None or abs(known.t_end_s - window.end_s) > SAME_S:
            return None
        labels = np.array(known.probabilities)
        heard = _Heard(window, labels, level_db, self._quality(window))
        self._heard[window.start_s] = heard
        return heard

    def _hear(self, windows: Sequence[SpeechWindow], level_db: float) -> Labels:
        features = [self._features(window, level_db) for window in windows]
        return to_labels(native_probabilities(features, self._weights_dir), self._classes)

    def _features(self, window: SpeechWindow, level_db: float) -> npt.NDArray[np.float32]:
        first = frame_at(window.start_s)
        part = normalise(self._mel.frames_db[first : frame_at(window.end_s)], level_db)
        return cut_window(part, 0.0, window.end_s - window.start_s)

    def _note(self, window: SpeechWindow, labels: Labels, level_db: float) -> Observation:
        quality = self._quality(window)
        self._heard[window.start_s] = _Heard(window, labels, level_db, quality)
        return voice_observation(window, labels, quality)

    def _quality(self, window: SpeechWindow) -> float:
        clipped = self._clipped / max(len(self._samples), 1)
        return window_quality(window, self._snr_db, clipped)


def voice_observation(window: SpeechWindow, labels: Labels, quality: float) -> Observation:
    """Return the observation of a window from its (7,) probabilities."""
    valence, arousal = valence_arousal(labels[None])[0]
    return Observation(
        modality=Modality.VOICE,
        t_start_s=window.start_s,
        t_end_s=window.end_s,
        person=0,
        probabilities=tuple(float(value) for value in labels),
        valence=float(valence),
        arousal=float(arousal),
        confidence=float(labels.max()),
        quality=quality,
    )
