"""What the officer should know about the sound of a recording, in plain words."""

from media_processing.analysis.types import QualityFinding, Severity

# Below this a listener strains to follow; the network was trained with 5 dB and more.
NOISY_SNR_DB = 10.0
# One sample in a thousand at full scale is audible as crackle.
CLIPPED_SHARE = 0.001
# Fewer seconds give a handful of windows, too few to average.
SHORT_SPEECH_S = 5.0


def silent_finding() -> QualityFinding:
    return QualityFinding(
        "AUDIO_SILENT",
        Severity.WARNING,
        0.0,
        "The sound track is silent. Check that the microphone is on and allowed, and record again.",
    )


def no_speech_finding(duration_s: float) -> QualityFinding:
    return QualityFinding(
        "NO_SPEECH",
        Severity.WARNING,
        round(duration_s, 2),
        "No speech was found. Ask the applicant to speak, closer to the microphone.",
    )


def nobodys_speech_finding() -> QualityFinding:
    return QualityFinding(
        "SPEECH_NOT_APPLICANTS",
        Severity.WARNING,
        0.0,
        "Of the speech nothing was sure enough to be the applicant's. Let the applicant speak "
        "alone for ten seconds, say a few words yourself for comparison, or use two microphones.",
    )


def speech_findings(
    speech_s: float, snr_db: float | None, clipped_share: float
) -> list[QualityFinding]:
    """Return the findings about speech that was found."""
    findings = []
    if speech_s < SHORT_SPEECH_S:
        findings.append(_short(speech_s))
    if snr_db is not None and snr_db < NOISY_SNR_DB:
        findings.append(_noisy(snr_db))
    if clipped_share > CLIPPED_SHARE:
        findings.append(_clipped(clipped_share))
    return findings


def _short(speech_s: float) -> QualityFinding:
    return QualityFinding(
        "SPEECH_SHORT",
        Severity.WARNING,
        round(speech_s, 2),
        f"Only {speech_s:.1f} s of speech were found. "
        f"At least {SHORT_SPEECH_S:.0f} s are needed for a steady result: ask for a longer answer.",
    )


def _noisy(snr_db: float) -> QualityFinding:
    return QualityFinding(
        "AUDIO_NOISY",
        Severity.WARNING,
        round(snr_db, 1),
        f"Speech stands only {snr_db:.0f} dB above the noise. "
        "Record in a quieter room or closer to the microphone.",
    )


def _clipped(clipped_share: float) -> QualityFinding:
    return QualityFinding(
        "AUDIO_CLIPPED",
        Severity.WARNING,
        round(clipped_share, 4),
        f"{100 * clipped_share:.1f} % of the sound is cut off at full level. "
        "Turn the microphone down or move it further away.",
    )
