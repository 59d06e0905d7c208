"""Augmentation of batches of log-mel clips: other speakers, tempi, rooms, noises, telephones.

All of it works on the features, so no sound is kept and every epoch hears new versions. Batches
are (n, frames, MELS) as ``analysis.log_mel.normalise`` gives them; frames after a clip's own
length hold ``PADDING`` before and after.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from media_processing.analysis.librosa_once import librosa
from media_processing.analysis.log_mel import (
    CENTRE_DB,
    FLOOR_DB,
    FRAME_HOP_S,
    MAX_HZ,
    MELS,
    MIN_HZ,
    PADDING,
    SCALE_DB,
)

# The centres of the bands of analysis.log_mel.
BAND_HZ = librosa().mel_frequencies(MELS + 2, fmin=MIN_HZ, fmax=MAX_HZ)[1:-1]
TELEPHONE_HZ = (300.0, 3400.0)
TELEPHONE_SLOPE_DB_PER_OCTAVE = 40.0
# The power of noise in a mel band fluctuates as that of a few independent spectral lines.
NOISE_LINES = 3
NOISE_FRAMES = 4096


@dataclass(frozen=True, slots=True)
class AugmentationRules:
    """How often and how strongly a clip is changed; all ranges are symmetric about no change."""

    tempo: float = 0.15
    pitch: float = 0.15
    noise: float = 0.2
    snr_db: tuple[float, float] = (0.0, 30.0)
    reverb: float = 0.1
    reverb_s: tuple[float, float] = (0.1, 0.6)
    telephone: float = 0.07
    gain_db: float = 3.0
    tilt_db: float = 3.0
    ripple_db: float = 1.5
    band_masks: int = 1
    band_mask: int = 10
    time_mask_share: float = 0.15


def stretch(features: Tensor, factors: Tensor, frames: int, pitch: Tensor) -> Tensor:
    """Return (n, frames, MELS): slower by ``factors``, frequencies multiplied by ``pitch``.

    Moving all frequencies changes pitch and length of the vocal tract at once, as another speaker
    would (vocal tract length perturbation, Jaitly and Hinton 2013); tempo is independent of it.
    """
    count, before, _ = features.shape
    times = torch.arange(frames, dtype=torch.float32)[None] / factors[:, None]
    bands = np.stack([np.interp(BAND_HZ / float(p), BAND_HZ, np.arange(MELS)) for p in pitch])
    grid = torch.empty(count, frames, MELS, 2)
    grid[..., 0] = (2.0 * torch.from_numpy(bands).float() / (MELS - 1) - 1.0)[:, None, :]
    grid[..., 1] = (2.0 * times / max(1, before - 1) - 1.0)[:, :, None]
    return functional.grid_sample(
        features[:, None], grid, padding_mode="border", align_corners=True
    )[:, 0]


def augment(
    features: Tensor, lengths: Tensor, rules: AugmentationRules, generator: torch.Generator
) -> Tensor:
    """Return the batch in other rooms, noises and channels, with parts hidden."""
    sounding = (torch.arange(features.shape[1])[None] < lengths[:, None])[:, :, None]
    changed = _rooms_and_noises(features, sounding, rules, generator)
    changed = changed + _channels(len(features), rules, generator)
    changed = changed.clamp_min(PADDING)
    changed = _mask(changed, lengths, rules, generator)
    return torch.where(sounding, changed, torch.tensor(PADDING))


def _rooms_and_noises(
    features: Tensor, sounding: Tensor, rules: AugmentationRules, generator: torch.Generator
) -> Tensor:
    """Add echo and noise to the power of some clips, and set the level of speech to 0 dB again."""
    count = len(features)
    echoing = torch.rand(count, generator=generator) < rules.reverb
    noisy = torch.rand(count, generator=generator) < rules.noise
    chosen = echoing | noisy
    if not bool(chosen.any()):
        return features
    power = 10.0 ** ((features[chosen] * SCALE_DB + CENTRE_DB) / 10.0) * sounding[chosen]
    power = power + echoing[chosen][:, None, None] * _echo(power, rules, generator)
    noise = _noise(power.shape[0], power.shape[1], rules, generator)
    power = (power + noisy[chosen][:, None, None] * noise) * sounding[chosen]
    level = power.sum(dim=(1, 2)) / (sounding[chosen].sum(dim=(1, 2)) * MELS)
    level_db = 10.0 * torch.log10(power / level[:, None, None] + 1e-9)
    result = features.clone()
    result[chosen] = (level_db.clamp_min(FLOOR_DB) - CENTRE_DB) / SCALE_DB
    return result


def _echo(power: Tensor, rules: AugmentationRules, generator: torch.Generator) -> Tensor:
    """Return the power of a diffuse room, which decays by 60 dB (Polack 1988)."""
    count = len(power)
    decay_s = _uniform(count, *rules.reverb_s, generator)
    share = _uniform(count, 0.05, 0.5, generator)
    delays_s = FRAME_HOP_S * torch.arange(1, 25)
    tail = 10.0 ** (-6.0 * delays_s[None] / decay_s[:, None])
    tail = share[:, None] * tail / tail.sum(dim=1, keepdim=True)
    padded = functional.pad(power.permute(2, 0, 1), (24, 0))[:, :, :-1]
    return functional.conv1d(padded, tail.flip(1)[:, None], groups=count).permute(1, 2, 0)


def _noise(count: int, frames: int, rules: AugmentationRules, generator: torch.Generator) -> Tensor:
    """Return (count, frames, MELS) power of steady coloured noise, relative to speech at 0 dB."""
    snr_db = _uniform(count, *rules.snr_db, generator)
    octaves = torch.from_numpy(np.log2(BAND_HZ / 1000.0)).float()
    slope_db = _uniform(count, -6.0, 0.0, generator)
    ripple_db = _uniform(count, 0.0, 6.0, generator)[:, None] * _waves(count, generator)
    shape = 10.0 ** ((slope_db[:, None] * octaves[None] + ripple_db) / 10.0)
    shape = shape / shape.mean(dim=1, keepdim=True) * 10.0 ** (-snr_db[:, None] / 10.0)
    first = torch.randint(NOISE_FRAMES - frames, (count, 1), generator=generator)
    return shape[:, None] * _white_noise()[first + torch.arange(frames)[None]]


@functools.cache
def _white_noise() -> Tensor:
    """Return (NOISE_FRAMES, MELS) of power about 1, from which every noise is cut."""
    lines = torch.empty(NOISE_LINES, NOISE_FRAMES, MELS)
    return lines.exponential_(generator=torch.Generator().manual_seed(0)).mean(dim=0)


def _channels(count: int, rules: AugmentationRules, generator: torch.Generator) -> Tensor:
    """Return (count, 1, MELS): gain and frequency curve of other microphones and telephones."""
    bands = torch.linspace(-1.0, 1.0, MELS)[None]
    curve_db = _uniform(count, -rules.gain_db, rules.gain_db, generator)[:, None]
    curve_db = curve_db + _uniform(count, -rules.tilt_db, rules.tilt_db, generator)[:, None] * bands
    ripple_db = _uniform(count, -rules.ripple_db, rules.ripple_db, generator)[:, None]
    curve_db = curve_db + ripple_db * _waves(count, generator)
    low, high = TELEPHONE_HZ
    outside = np.maximum(np.log2(low / BAND_HZ), 0.0) + np.maximum(np.log2(BAND_HZ / high), 0.0)
    band_limited = torch.rand(count, generator=generator) < rules.telephone
    loss_db = torch.from_numpy(outside * TELEPHONE_SLOPE_DB_PER_OCTAVE).float()
    curve_db = curve_db - band_limited[:, None] * loss_db[None]
    return (curve_db / SCALE_DB)[:, None, :]


def _waves(count: int, generator: torch.Generator) -> Tensor:
    """Return (count, MELS) cosines of random phase, one half to three periods over the bands."""
    bands = torch.linspace(-1.0, 1.0, MELS)[None]
    periods = _uniform(count, 0.5, 3.0, generator)[:, None]
    phase = _uniform(count, 0.0, 2.0, generator)[:, None]
    return torch.cos(math.pi * (bands * periods + phase))


def _mask(
    features: Tensor, lengths: Tensor, rules: AugmentationRules, generator: torch.Generator
) -> Tensor:
    """Hide bands and a stretch of time behind the mean (SpecAugment, Park et al. 2019)."""
    count, frames, _ = features.shape
    hidden = torch.zeros(count, frames, MELS, dtype=torch.bool)
    bands, times = torch.arange(MELS)[None], torch.arange(frames)[None]
    for _ in range(rules.band_masks):
        width = _uniform(count, 0.0, rules.band_mask, generator)[:, None]
        first = _uniform(count, 0.0, MELS - rules.band_mask, generator)[:, None]
        hidden |= ((bands >= first) & (bands < first + width))[:, None, :]
    width = (lengths * _uniform(count, 0.0, rules.time_mask_share, generator))[:, None]
    first = (lengths[:, None] - width) * torch.rand(count, 1, generator=generator)
    hidden |= ((times >= first) & (times < first + width))[:, :, None]
    return torch.where(hidden, features.mean(dim=(1, 2), keepdim=True), features)


def _uniform(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(count, generator=generator)
