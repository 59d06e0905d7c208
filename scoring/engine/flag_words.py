"""The sentences of the high-risk rules, apart from the rules, so that they can be said again.

A flag keeps its sentence in English. :func:`values_of` finds the figures in a stored sentence, so a
page can say it in another language without a column of its own for them.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from scoring.engine.words import gettext_noop

TITLES: Mapping[str, str] = {
    "gait_agitation": gettext_noop("Agitation in the gait"),
    "gait_instability": gettext_noop("Steps without a rhythm"),
    "sustained_fear_anger": gettext_noop("Sustained signal of fear or anger"),
    "voice_face_contradiction": gettext_noop("Voice and face contradict each other"),
    "several_people": gettext_noop("Several people in the picture"),
    "repeated_recording": gettext_noop("Recording seen before"),
    "poor_quality": gettext_noop("Poor quality of the material"),
    "estimators_disagree": gettext_noop("Estimators disagree"),
    "behaviour_changes_class": gettext_noop("Behaviour would change the class"),
}
# The title of a flag whose evidence was erased.
ERASED = gettext_noop("Erased with its evidence")
AROUSAL = gettext_noop("The observed arousal of the gait is {arousal} of 1.")
REGULARITY = gettext_noop("The regularity of each foot's steps is {regularity}, where 1 is even.")
SUSTAINED = gettext_noop(
    "Fear or anger was the strongest observed expression signal of the {modality} for {seconds} s "
    "without a break."
)
CONTRADICTION = gettext_noop(
    "The observed expression signals of face ({face}) and voice ({voice}) point to opposite sides."
)
PEOPLE = gettext_noop("The interview of one applicant shows {people} people.")
REPEATED = gettext_noop("The same file was already handed in for another session.")
QUALITY = gettext_noop("The quality of the {modality} material is {quality} of 1.")
DISAGREE = gettext_noop(
    "On what all estimators read, {low_name} gives a probability of default of {low} %, "
    "{high_name} one of {high} %."
)
OTHER_CLASS = gettext_noop(
    "Without the behavioural part the class is {class_without}; with all of it the class would be "
    "{class_with}."
)
BELOW_CUT_OFF = gettext_noop("The behavioural part alone would take the score below the cut-off.")
SENTENCES = (
    AROUSAL,
    REGULARITY,
    SUSTAINED,
    CONTRADICTION,
    PEOPLE,
    REPEATED,
    QUALITY,
    DISAGREE,
    OTHER_CLASS,
    BELOW_CUT_OFF,
)


def values_of(text: str) -> tuple[str, dict[str, str]] | None:
    """Return the sentence of a stored text with what stands in its places; None for another."""
    for sentence in SENTENCES:
        found = _pattern(sentence).fullmatch(text)
        if found:
            return sentence, found.groupdict()
    return None


@lru_cache
def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    shapes = [f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts)]
    return re.compile("".join(shapes))
