"""What each right does, in the words of the pages."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applicants.models import Applicant, SubjectRequest

Kind = SubjectRequest.Kind


@dataclass(frozen=True, slots=True)
class Right:
    """One right: what happens, the words of its button, and whether it asks for the password."""

    icon: str
    effect: str | Promise
    button: str | Promise
    needs_password: bool = False
    is_final: bool = False


RIGHTS: dict[str, Right] = {
    Kind.EXPORT: Right(
        "download",
        _("One ZIP with every row that is held about the person and all recordings, decrypted. "
          "It lies sealed until it is fetched, once, with your password."),
        _("Make the copy"),
    ),
    Kind.RECTIFY: Right(
        "pencil-square",
        _("Personal data and finances are corrected. New finances are a new version and are scored "
          "at once; earlier scores stay as they were."),
        _("Correct"),
    ),
    Kind.RESTRICT: Right(
        "pause-circle",
        _("Scoring and work on recordings stop at once. What is stored stays and can be read by "
          "the data officer alone, until the restriction is ended."),
        _("Restrict processing"),
    ),
    Kind.LIFT: Right(
        "play-circle",
        _("Scoring and work on recordings go on; what changed meanwhile is scored."),
        _("End the restriction"),
    ),
    Kind.OBJECT: Right(
        "dash-circle",
        _("Behavioural evidence leaves every score at once, what was observed is erased, and no "
          "recording is analysed any more. The score is then the financial one."),
        _("Take behaviour out"),
    ),
    Kind.CONCEDE: Right(
        "arrow-counterclockwise",
        _("Consents that stand hold again, for recordings to come."),
        _("End the objection"),
    ),
    Kind.ERASE: Right(
        "trash",
        _("Recordings, their keys, and all that no law needs are deleted. Applications decided "
          "lately keep score and decision, without name, number or free text. This cannot be "
          "undone."),
        _("Erase this person"),
        needs_password=True,
        is_final=True,
    ),
}  # fmt: skip


def kinds_for(applicant: Applicant) -> list[str]:
    """Return the rights that can be asked for as things stand."""
    if applicant.erased_at is not None:
        return []
    kinds = [Kind.EXPORT, Kind.RECTIFY]
    kinds.append(Kind.LIFT if applicant.restricted_at else Kind.RESTRICT)
    kinds.append(Kind.CONCEDE if applicant.objected_at else Kind.OBJECT)
    return [*kinds, Kind.ERASE]
