"""Reasons that people give for a decision of weight."""

from django.utils.translation import gettext as _

from applicants.errors import ProblemError

MIN_REASON_CHARACTERS = 10


def check_reason(reason: str) -> None:
    """Raise ProblemError where a decision of weight comes without a reason."""
    if len(reason.strip()) < MIN_REASON_CHARACTERS:
        raise ProblemError(
            "reason_missing",
            _("Give a reason of at least %(count)d characters.") % {"count": MIN_REASON_CHARACTERS},
            fields={"reason": _("A reason is needed.")},
        )
