"""Which analyses a recording is for: by its kind, its streams and what the applicant allowed."""

from applicants.models import Consent
from applicants.selectors import has_consent
from media_processing.models import Recording
from media_processing.models.recording import Kind

MODALITIES_OF_KIND: dict[str, tuple[str, ...]] = {
    Kind.INTERVIEW: ("face", "voice"),
    Kind.WALK: ("gait", "face"),
    Kind.VOICE: ("voice",),
}


def skip_reason(recording: Recording, modality: str) -> str:
    """Return the code of why a modality does not apply to a recording, or an empty string."""
    if modality not in MODALITIES_OF_KIND[recording.kind]:
        return "not_this_kind"
    if not allowed(recording, modality):
        return "no_consent"
    stream = "audio" if modality == "voice" else "video"
    return "" if recording.probe.get(stream) else f"no_{stream}"


def allowed(recording: Recording, modality: str) -> bool:
    """Say whether consent stands for the recording itself and for this analysis of it."""
    applicant = recording.session.application.applicant
    return has_consent(applicant, Consent.Scope.RECORDING) and has_consent(applicant, modality)
