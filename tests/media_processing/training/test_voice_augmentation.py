"""Augmentation changes what it should and nothing else."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training requirements")

from media_processing.analysis.log_mel import (  # noqa: E402
    CENTRE_DB,
    MELS,
    PADDING,
    SCALE_DB,
    log_mel,
    normalise,
    speech_level_db,
)
from media_processing.training.voice_augmentation import (  # noqa: E402
    BAND_HZ,
    AugmentationRules,
    augment,
    stretch,
)

pytestmark = pytest.mark.training
RATE_HZ = 16_000
NOTHING = AugmentationRules(
    noise=0, reverb=0, telephone=0, gain_db=0, tilt_db=0, ripple_db=0, band_masks=0,
    time_mask_share=0,
)  # fmt: skip


def features(hz: float, seconds: float = 1.0) -> torch.Tensor:
    times_s = np.arange(int(RATE_HZ * seconds)) / RATE_HZ
    frames_db = log_mel((0.3 * np.sin(2 * np.pi * hz * times_s)).astype(np.float32))
    return torch.from_numpy(normalise(frames_db, speech_level_db(frames_db)))[None]


def changed(batch: torch.Tensor, rules: AugmentationRules, *, seed: int = 0) -> torch.Tensor:
    lengths = torch.full((len(batch),), float(batch.shape[1]))
    return augment(batch, lengths, rules, torch.Generator().manual_seed(seed))


def rules(**changes: float) -> AugmentationRules:
    same = {name: getattr(NOTHING, name) for name in AugmentationRules.__slots__}
    return AugmentationRules(**(same | changes))


def test_nothing_asked_nothing_changed() -> None:
    batch = features(400)
    same = stretch(batch, torch.ones(1), batch.shape[1], torch.ones(1))
    torch.testing.assert_close(same, batch, atol=1e-5, rtol=0)
    torch.testing.assert_close(changed(batch, NOTHING), batch)


@pytest.mark.parametrize("pitch", [0.8, 1.25])
@pytest.mark.parametrize("hz", [500.0, 3000.0])
def test_pitch_moves_a_tone_to_where_a_higher_tone_lies(pitch: float, hz: float) -> None:
    batch = features(hz)
    moved = stretch(batch, torch.ones(1), batch.shape[1], torch.tensor([pitch]))
    found_hz = BAND_HZ[int(moved[0, 30].argmax())]
    assert found_hz == pytest.approx(pitch * hz, rel=0.06)


def test_slower_takes_longer() -> None:
    batch = features(400)
    batch[:, 30:] = PADDING
    slower = stretch(batch, torch.tensor([1.5]), 60, torch.ones(1))
    sounding = (slower.amax(dim=2) > PADDING + 0.5)[0].sum()
    assert int(sounding) == pytest.approx(45, abs=2)


def test_what_lies_after_a_clip_stays_silent() -> None:
    batch = torch.full((4, 80, MELS), 0.5)
    lengths = torch.tensor([20.0, 40.0, 60.0, 80.0])
    loud = AugmentationRules(noise=1, reverb=1, telephone=1)
    result = augment(batch, lengths, loud, torch.Generator().manual_seed(1))
    for clip, length in zip(result, lengths, strict=True):
        assert (clip[int(length) :] == PADDING).all()
        assert torch.isfinite(clip).all()


def test_noise_fills_what_was_silent_between_words_to_its_level() -> None:
    batch = torch.full((64, 100, MELS), PADDING)
    batch[:, ::2] = -CENTRE_DB / SCALE_DB
    noisy = changed(batch, rules(noise=1.0, snr_db=(10.0, 10.0)))
    power = 10 ** ((noisy * SCALE_DB + CENTRE_DB) / 10)
    ratio_db = 10 * torch.log10(power[:, ::2].mean() / power[:, 1::2].mean())
    # Speech has power 1 in half of the frames, so the noise lies at a twentieth of it.
    assert float(ratio_db) == pytest.approx(10 * np.log10(11.0), abs=1.5)


def test_an_echo_rings_on_after_the_sound() -> None:
    batch = torch.full((1, 40, MELS), PADDING)
    batch[:, 5] = 1.0
    ringing = changed(batch, rules(reverb=1.0))[0]
    before, sound, soon, late = ringing[4], ringing[5], ringing[6], ringing[12]
    assert (sound > soon).all()
    assert (soon > late).all()
    assert (soon > before + 0.5).all()


def test_a_telephone_takes_the_lowest_and_the_highest_bands() -> None:
    batch = torch.full((1, 40, MELS), 1.0)
    heard = changed(batch, rules(telephone=1.0))[0, 10]
    within = torch.from_numpy((BAND_HZ > 300) & (BAND_HZ < 3400))
    assert (heard[within] == 1.0).all()
    assert heard[0] < 0.0
    assert heard[-1] < 0.0


def test_a_mask_hides_a_band_and_a_stretch() -> None:
    batch = torch.randn(8, 100, MELS, generator=torch.Generator().manual_seed(3))
    masked = changed(batch.clamp_min(PADDING + 0.1), rules(band_masks=1, time_mask_share=0.3))
    hidden = masked == masked.mode(dim=1).values[:, None]
    assert hidden.all(dim=1).any()
    differing = (masked != batch.clamp_min(PADDING + 0.1)).float().mean()
    assert 0.05 < float(differing) < 0.5
