"""The floor that the network must beat: statistics of a clip and a linear or kernel classifier."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from media_processing.analysis.audio import SAMPLE_RATE_HZ, FloatArray
from media_processing.analysis.librosa_once import librosa
from media_processing.training.class_metrics import confusion_matrix, unweighted_average_recall
from media_processing.training.voice_corpora import Clip, read_clips, read_sounds

FFT_SAMPLES, HOP = 1024, 256
TRIM_DB = 30


def statistics(samples: FloatArray) -> npt.NDArray[np.float32]:
    """Return (248,) statistics of a clip's log-mel, MFCC, pitch and energy."""
    speech, _ = librosa().effects.trim(samples, top_db=TRIM_DB)
    power = librosa().feature.melspectrogram(
        y=speech, sr=SAMPLE_RATE_HZ, n_fft=FFT_SAMPLES, hop_length=HOP, n_mels=40
    )
    log_mel = librosa().power_to_db(power)
    mfcc = librosa().feature.mfcc(S=log_mel, n_mfcc=20)
    slope = librosa().feature.delta(mfcc, mode="nearest")
    pitch_hz = librosa().yin(
        speech, fmin=65, fmax=500, sr=SAMPLE_RATE_HZ, frame_length=FFT_SAMPLES, hop_length=HOP
    )
    energy_db = librosa().power_to_db(
        librosa().feature.rms(y=speech, frame_length=FFT_SAMPLES, hop_length=HOP)[0] ** 2
    )
    return np.concatenate(
        [
            _moments(log_mel, 2),
            _moments(mfcc, 5),
            _moments(slope, 2),
            _moments(np.log(pitch_hz)[None], 14),
            _moments(energy_db[None], 14),
        ]
    ).astype(np.float32)


def _moments(rows: npt.NDArray[np.floating], count: int) -> npt.NDArray[np.floating]:
    """Return mean, deviation, then evenly spaced quantiles of each row."""
    shares = np.linspace(0.0, 1.0, max(0, count - 2)) if count > 2 else []
    quantiles = [np.quantile(rows, share, axis=1) for share in shares]
    return np.concatenate([rows.mean(axis=1), rows.std(axis=1), *quantiles])


def table(data: Path, corpora: Sequence[str]) -> tuple[list[Clip], npt.NDArray[np.float32]]:
    """Return the clips of the corpora and their (clips, 248) statistics."""
    clips = [clip for corpus in corpora for clip in read_clips(data, corpus)]
    rows = [
        statistics(samples)
        for corpus in corpora
        for _, samples in read_sounds(data, read_clips(data, corpus))
    ]
    return clips, np.stack(rows)


def floor_uar(
    features: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    train: npt.NDArray[np.bool_],
    test: npt.NDArray[np.bool_],
) -> tuple[float, float]:
    """Return the UAR of logistic regression and of a kernel machine, trained and tested as told."""
    estimators = (LogisticRegression(C=0.05, max_iter=2000), SVC(C=3.0))
    uars = []
    for estimator in estimators:
        fitted = make_pipeline(StandardScaler(), estimator).fit(features[train], labels[train])
        counts = confusion_matrix(
            labels[test], fitted.predict(features[test]), int(labels.max()) + 1
        )
        uars.append(unweighted_average_recall(counts))
    return uars[0], uars[1]
