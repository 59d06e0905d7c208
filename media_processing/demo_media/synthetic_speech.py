"""Speech without a speaker: syllables from a small formant synthesiser, or eSpeak NG if installed.

The synthesiser follows Klatt 1980 (J. Acoust. Soc. Am. 67:971): a glottal source with a falling
pitch contour drives a cascade of resonators whose centres glide from vowel to vowel; consonants
are closures, bursts of noise and hiss between them.
"""

import io
import shutil
import subprocess
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.signal
import soundfile
import soxr

FloatArray = npt.NDArray[np.float32]
SoundArray = npt.NDArray[np.float64]
Generator = np.random.Generator

SAMPLE_RATE_HZ = 16_000
BLOCK = 80
# Mean formants of American English vowels, F1 to F3 (Peterson and Barney 1952, table II, men).
VOWELS_HZ = {
    "i": (270, 2290, 3010),
    "e": (530, 1840, 2480),
    "a": (730, 1090, 2440),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
    "er": (490, 1350, 1690),
}
FOURTH_FORMANT_HZ, FIFTH_FORMANT_HZ = 3500, 4500
BANDWIDTHS_HZ = (60, 90, 120, 180, 250)
# Centre and width of the noise of each voiceless consonant; the others are nasals and glides.
HISS_HZ = {"s": (5500, 2500), "sh": (3000, 1500), "f": (4500, 5000), "t": (4000, 3000)}
# Share of a syllable that a voiceless consonant takes.
VOICELESS_SHARE = 0.32
ESPEAK_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class SpeakingStyle:
    """How something is said.

    ``pitch_hz`` is the middle of the intonation and ``pitch_range_semitones`` its extent;
    ``loudness_db`` is the level relative to full scale; ``effort`` in 0…1 goes from soft (few
    overtones) to pressed (many).
    """

    pitch_hz: float = 120.0
    pitch_range_semitones: float = 5.0
    syllables_per_s: float = 4.5
    loudness_db: float = -22.0
    effort: float = 0.5


CALM = SpeakingStyle(pitch_hz=110, pitch_range_semitones=3, syllables_per_s=3.8, effort=0.35)
LIVELY = SpeakingStyle(
    pitch_hz=165, pitch_range_semitones=9, syllables_per_s=5.5, loudness_db=-18, effort=0.6
)
TENSE = SpeakingStyle(
    pitch_hz=180, pitch_range_semitones=6, syllables_per_s=6.0, loudness_db=-14, effort=0.95
)
FLAT = SpeakingStyle(
    pitch_hz=95, pitch_range_semitones=1.5, syllables_per_s=3.0, loudness_db=-27, effort=0.15
)


def speak(text: str, style: SpeakingStyle, *, duration_s: float, seed: int) -> FloatArray:
    """Return ``duration_s`` seconds of speech in a style, (n,) float32 at 16 kHz.

    eSpeak NG says ``text`` (again and again, if it is short) where it is installed; elsewhere the
    formant synthesiser says syllables without meaning.
    """
    spoken = _espeak(text, style)
    if spoken is None:
        return babble(style, duration_s=duration_s, seed=seed)
    pause = np.zeros(SAMPLE_RATE_HZ // 2, np.float32)
    phrase = np.concatenate([spoken, pause])
    wanted = round(duration_s * SAMPLE_RATE_HZ)
    return at_level(np.resize(phrase, wanted), style.loudness_db)


def babble(style: SpeakingStyle, *, duration_s: float, seed: int) -> FloatArray:
    """Return ``duration_s`` seconds of phrases of meaningless syllables with pauses between."""
    rng = np.random.default_rng(seed)
    parts: list[SoundArray] = []
    wanted, made = round(duration_s * SAMPLE_RATE_HZ), 0
    while made < wanted:
        phrase = _phrase(style, int(rng.integers(5, 10)), rng)
        pause = np.zeros(int(rng.uniform(0.25, 0.5) * SAMPLE_RATE_HZ))
        parts += [phrase, pause]
        made += len(phrase) + len(pause)
    sound = np.concatenate(parts)[:wanted]
    return at_level(sound, style.loudness_db)


def at_level(sound: FloatArray | SoundArray, level_db: float) -> FloatArray:
    """Return the sound with its RMS at a level relative to full scale, never beyond full scale."""
    rms = float(np.sqrt(np.mean(np.square(sound)))) or 1.0
    return np.clip(sound * 10 ** (level_db / 20) / rms, -0.97, 0.97).astype(np.float32)


def _phrase(style: SpeakingStyle, syllables: int, rng: Generator) -> SoundArray:
    """Return one breath group: consonant-vowel syllables under a contour that falls."""
    lengths = _syllable_lengths(style, syllables, rng)
    pitch_hz = _contour(style, lengths, rng)
    voiceless = rng.random(syllables) < 0.65
    formants_hz, openness = _articulation(lengths, voiceless, rng)
    voiced = _resonate(_glottal_source(pitch_hz, style.effort, rng), formants_hz)
    voiced = scipy.signal.lfilter([1.0, -0.9], [1.0], voiced)
    voiced *= openness / (np.abs(voiced).max() + 1e-9)
    return np.asarray(voiced + _consonants(lengths, voiceless, style.effort, rng))


def _syllable_lengths(
    style: SpeakingStyle, syllables: int, rng: Generator
) -> npt.NDArray[np.int64]:
    lengths_s = rng.uniform(0.75, 1.25, syllables) / style.syllables_per_s
    lengths_s[-1] *= 1.5
    blocks = np.maximum(8, np.round(lengths_s * SAMPLE_RATE_HZ / BLOCK)).astype(np.int64)
    return np.asarray(blocks * BLOCK)


def _contour(style: SpeakingStyle, lengths: npt.NDArray[np.int64], rng: Generator) -> SoundArray:
    """Return the pitch of each sample: an accent on each syllable, declining to the end."""
    total = int(lengths.sum())
    anchors = np.cumsum(lengths) - lengths / 2
    fall = np.linspace(0.5, -0.5, len(lengths))
    accents = rng.uniform(-0.35, 0.35, len(lengths))
    semitones = np.interp(np.arange(total), anchors, (fall + accents) * style.pitch_range_semitones)
    # Voices waver by about 1 % from period to period; without it the ear hears a machine.
    waver = scipy.signal.lfilter([0.02], [1.0, -0.98], rng.standard_normal(total))
    return np.asarray(style.pitch_hz * 2 ** (semitones / 12) * (1 + 0.1 * waver))


def _glottal_source(pitch_hz: SoundArray, effort: float, rng: Generator) -> SoundArray:
    """Return pulses of air flow (Rosenberg 1971) with some breath; effort sharpens the closing."""
    phase = np.cumsum(pitch_hz / SAMPLE_RATE_HZ) % 1.0
    opening, closing = 0.45, 0.30 - 0.22 * effort
    rising = 0.5 * (1 - np.cos(np.pi * phase / opening))
    falling = np.cos(0.5 * np.pi * np.clip((phase - opening) / closing, 0, 1))
    flow = np.where(phase < opening, rising, falling)
    return np.asarray(flow - flow.mean() + 0.02 * rng.standard_normal(len(flow)) * flow)


def _articulation(
    lengths: npt.NDArray[np.int64], voiceless: npt.NDArray[np.bool_], rng: Generator
) -> tuple[SoundArray, SoundArray]:
    """Return the formants of each block (blocks, 5) and the opening of the mouth per sample."""
    names = rng.choice(list(VOWELS_HZ), len(lengths))
    targets = np.array([VOWELS_HZ[name] for name in names], dtype=np.float64)
    total = int(lengths.sum())
    ends = np.cumsum(lengths)
    middles = ends - lengths / 2
    times = np.arange(0, total, BLOCK)
    # Each vowel is held around its middle, and glides to the next in between.
    held = np.stack([middles - lengths / 6, middles + lengths / 6], axis=1).ravel()
    tracks = [np.interp(times, held, np.repeat(targets[:, band], 2)) for band in range(3)]
    tracks += [np.full(len(times), FOURTH_FORMANT_HZ), np.full(len(times), FIFTH_FORMANT_HZ)]
    return np.stack(tracks, axis=1), _opening(lengths, voiceless)


def _opening(lengths: npt.NDArray[np.int64], voiceless: npt.NDArray[np.bool_]) -> SoundArray:
    """Return how much of the voice leaves the mouth at each sample: none in voiceless sounds."""
    ends = np.cumsum(lengths)
    starts = ends - lengths
    shares = [0.0, 0.03, VOICELESS_SHARE, 0.45, 0.85]
    corners = np.stack([starts + share * lengths for share in shares], axis=1)
    levels = np.tile([0.5, 0.25, 0.25, 1.0, 0.7], (len(lengths), 1))
    levels[voiceless, 1:3] = 0.0
    return np.asarray(np.interp(np.arange(ends[-1]), corners.ravel(), levels.ravel()))


def _resonate(source: SoundArray, formants_hz: SoundArray) -> SoundArray:
    """Return the source through five resonators in a row, whose centres change every 5 ms."""
    sound = source
    for band, bandwidth_hz in enumerate(BANDWIDTHS_HZ):
        sound = _resonator(sound, formants_hz[:, band], bandwidth_hz)
    return sound


def _resonator(source: SoundArray, centres_hz: SoundArray, bandwidth_hz: float) -> SoundArray:
    """Second-order digital resonator of Klatt 1980, equations 1 to 3."""
    radius = np.exp(-np.pi * bandwidth_hz / SAMPLE_RATE_HZ)
    output, state = np.empty_like(source), np.zeros(2)
    for block, centre_hz in enumerate(centres_hz):
        second = 2 * radius * np.cos(2 * np.pi * centre_hz / SAMPLE_RATE_HZ)
        gain = 1 - second + radius**2
        part = slice(block * BLOCK, (block + 1) * BLOCK)
        output[part], state = scipy.signal.lfilter(
            [gain], [1.0, -second, radius**2], source[part], zi=state
        )
    return output


def _consonants(
    lengths: npt.NDArray[np.int64], voiceless: npt.NDArray[np.bool_], effort: float, rng: Generator
) -> SoundArray:
    """Return hiss at the start of each voiceless syllable."""
    total = int(lengths.sum())
    noise = np.zeros(total)
    starts = np.cumsum(lengths) - lengths
    for start, length in zip(starts[voiceless], lengths[voiceless], strict=True):
        centre_hz, width_hz = HISS_HZ[str(rng.choice(list(HISS_HZ)))]
        band_hz = [max(200, centre_hz - width_hz / 2), min(7800, centre_hz + width_hz / 2)]
        filters = scipy.signal.butter(2, band_hz, "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
        samples = int(VOICELESS_SHARE * length)
        hiss = scipy.signal.sosfilt(filters, rng.standard_normal(samples))
        noise[start : start + samples] += 0.12 * (0.5 + effort) * hiss * np.hanning(samples)
    return noise


def _espeak(text: str, style: SpeakingStyle) -> FloatArray | None:
    """Return what eSpeak NG makes of the text, None where it is not installed."""
    program = shutil.which("espeak-ng")
    if program is None:
        return None
    # Its pitch of 0 to 99 was measured as about 45 to 158 Hz; its rate counts words.
    pitch = int(np.clip((style.pitch_hz - 45) / 1.15, 0, 99))
    words_per_minute = int(np.clip(60 * style.syllables_per_s / 1.5, 80, 400))
    finished = subprocess.run(  # noqa: S603  # a fixed program with arguments of our own
        [program, "-v", "en", "-p", str(pitch), "-s", str(words_per_minute), "--stdout", text],
        capture_output=True,
        check=True,
        timeout=ESPEAK_TIMEOUT_S,
    )
    samples, rate_hz = soundfile.read(io.BytesIO(finished.stdout), dtype="float32")
    return np.asarray(soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ), np.float32)
