"""What the upload panel says before a file is chosen: kinds, limits, and whether it may be used."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applicants.models import Consent
from applicants.selectors import standing_consents
from media_processing.models import CaptureSession
from media_processing.models.recording import Kind
from media_processing.sandbox.types import Limits
from media_processing.services.applicability import MODALITIES_OF_KIND

GIGABYTE = 1024**3
CHUNK_BYTES = 4 * 1024**2
# What the script in the browser says of a file on its way.
TRANSFER_WORDS = {
    "waiting": gettext_lazy("Waiting"),
    "sending": gettext_lazy("Sending"),
    "paused": gettext_lazy("Paused"),
    "sent": gettext_lazy("Sent"),
    "failed": gettext_lazy("Not sent"),
    "reconnecting": gettext_lazy("No connection; trying again by itself"),
    "resumed": gettext_lazy("Goes on where it stopped"),
    "left": gettext_lazy("left"),
    "of": gettext_lazy("of"),
    "tooLarge": gettext_lazy("This file is larger than is allowed."),
    "empty": gettext_lazy("This file is empty. Record again or choose another file."),
    "lost": gettext_lazy("The connection was lost. What has arrived is kept; try again."),
}
FORMATS = "MP4, MOV, WebM, MKV, AVI, MPEG, GIF, WAV, AIFF, MP3, M4A, OGG, FLAC, AMR"


def context(session: CaptureSession) -> dict[str, Any]:
    standing = standing_consents(session.application.applicant)
    return {
        "refusal": _refusal(session, set(standing)),
        "needs_consent": Consent.Scope.RECORDING not in standing,
        "kinds": [_kind(kind, set(standing)) for kind in Kind],
        "upload_words": {name: str(text) for name, text in TRANSFER_WORDS.items()},
        "upload_url": reverse("media:uploads"),
        "formats": FORMATS,
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "max_gigabytes": settings.UPLOAD_MAX_BYTES / GIGABYTE,
        "max_minutes": round(Limits().max_duration_s / 60),
        "chunk_bytes": min(CHUNK_BYTES, settings.UPLOAD_CHUNK_MAX_BYTES),
    }


def _refusal(session: CaptureSession, standing: set[str]) -> str:
    """Return why nothing can be added to this session, or an empty string."""
    if not session.application.is_open:
        return _("The application is decided; its sessions take no new recording.")
    if Consent.Scope.RECORDING not in standing:
        return _("The applicant has not agreed to a recording. Ask for consent first.")
    return ""


def _kind(kind: Kind, standing: set[str]) -> dict[str, Any]:
    """Return a kind with the analyses that will and will not run on it."""
    modalities = MODALITIES_OF_KIND[kind]
    return {
        "value": kind.value,
        "label": kind.label,
        "allowed": [Consent.Scope(name).label for name in modalities if name in standing],
        "missing": [Consent.Scope(name).label for name in modalities if name not in standing],
    }
