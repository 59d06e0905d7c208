"""What the live page needs to tell of a walk: its sentences, ``{}`` stands for a figure."""

from typing import Any

from django.utils.translation import gettext as _

from media_processing.models import LiveCapture
from media_processing.models.recording import Kind
from media_processing.services.applicability import allowed


def context(live: LiveCapture) -> dict[str, Any]:
    """Return what ``_walk.html`` shows; nothing where no walk is analysed."""
    recording = live.recording
    is_walk = recording.kind == Kind.WALK and allowed(recording, "gait")
    return {"walk_words": _words()} if is_walk else {}


def _words() -> dict[str, Any]:
    return {
        "none": _("No walk seen yet."),
        "hidden": _("Hidden during the talk"),
        "offline": _("No connection. Try again."),
        "walker": _("Walker"),
        "person": _("Person {}"),
        "facts": {
            "walking_s": _("{} s of walking seen"),
            "cadence_spm": _("{} steps a minute"),
            "symmetry": _("left and right steps alike to {} %"),
            "stoop_deg": _("trunk leans {}° forward"),
            "speed_heights_per_s": _("{} body heights a second"),
        },
        "who": {
            "waiting": _("Once the recording runs, a person in view gets a box in the picture."),
            "nobody": _("Nobody is found in the picture."),
            "only": _("The walker with the solid box is read."),
            "named": _("The walker with the solid box is read. Others, counted only: {}."),
            "choose": _("Click the applicant's box in the picture. Until then nobody is read."),
        },
    }
