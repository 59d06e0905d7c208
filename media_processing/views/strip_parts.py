"""What the strip of the live page needs before the first state arrives: its signals and words.

Figures come with the state; sentences stand here, where they are translated with all others.
"""

from typing import Any

from django.utils.translation import gettext as _

from media_processing import words
from media_processing.analysis.types import EMOTIONS
from media_processing.models import LiveCapture, Recording
from media_processing.models.observation import ModalityName
from media_processing.selectors.live import SHOWN_S, hides
from media_processing.services.applicability import MODALITIES_OF_KIND, allowed
from scoring.models.revision import CreditClass


def context(live: LiveCapture) -> dict[str, Any]:
    """Return what ``_strip.html`` shows of a capture."""
    recording = live.recording
    return {
        "is_hidden": hides(live),
        "signals": [
            {"name": name, "label": label, "is_allowed": allowed(recording, name)}
            for name, label in _signals(recording)
        ],
        "shown_s": round(SHOWN_S),
        "strip_words": _words(recording),
    }


def _signals(recording: Recording) -> list[tuple[str, Any]]:
    labels = dict(ModalityName.choices)
    return [(name, labels[name]) for name in MODALITIES_OF_KIND[recording.kind]]


def _words(recording: Recording) -> dict[str, Any]:
    """Return the sentences that the page fills in; ``{}`` stands for a figure or a name."""
    return {
        "signals": {name: str(label) for name, label in _signals(recording)},
        "expressions": [str(words.EXPRESSIONS[name]) for name in EMOTIONS],
        "classes": {value: str(label) for value, label in CreditClass.choices},
        "quality": {
            "good": _("quality good"),
            "fair": _("quality fair"),
            "poor": _("quality poor"),
        },
        "hints": {code: str(text) for code, text in words.LIVE_HINTS.items()},
        "seen": {
            "lag": _("Seen up to {} s ago"),
            "rest": _("{} s are still to be looked at"),
            "all": _("All of it is seen"),
            "none": _("Nothing is analysed yet"),
            "unwatched": _("Analysed after the recording"),
        },
        "nothing": {
            "face": _("Nobody's face is read until you say whose is the applicant's."),
            "voice": _("No voice is read until you say whose is the applicant's."),
            "gait": _("Nothing observed yet"),
            "now": _("Nothing observed just now"),
        },
        "behind": _("The analysis is behind; the recording is not touched by that."),
        "shed": _("To keep up, {} pictures were not analysed. All of them are recorded."),
        "people": _("{} people are in the picture. Only the applicant is observed."),
        "now": _("observed expression signal: {}, {}"),
        "question": _("Question {}"),
        "between": {
            "points": _("nine in ten between {} and {}"),
            "scale": _("Score {}, likely between {} and {}; without behaviour {}"),
        },
        "ended": {
            "closed": _("The recording has ended. Its session shows all of it."),
            "discarded": _(
                "The recording was discarded. What was recorded and observed is erased and counts "
                "no more; scores that it moved meanwhile stay in the history."
            ),
            "withdrawn": _(
                "Consent was taken back. The recording has stopped, what was observed is erased, "
                "and the score stands without it."
            ),
            "gone": _("This recording is no longer there for you."),
        },
        "offline": _("No connection. What was last heard from the server is shown."),
    }
