"""The letter to an applicant who was declined: why, what would change it, what they may ask for.

It follows ECOA's Regulation B 1002.9 and FCRA 615(a): at most four specific reasons, from the
estimator that decided, each in its own sentence with the applicant's value; the score with range,
date and source. It knows financial facts only. Where a person declined against the score, the
reason is that person's.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Application
from scoring import what_if, wording
from scoring.engine.reasons import MAX_REASONS
from scoring.engine.types import MAX_SCORE_POINTS, MIN_SCORE_POINTS
from scoring.models import ApplicationDecision

# Regulation B: the notice follows within thirty days.
DAYS_TO_SEND = 30
# What can never be a reason, and so never stands in a letter.
FORBIDDEN = re.compile(
    r"\b(emotion|mood|facial|facial expression|gait|posture|voice|gender|sex|marital|married|"
    r"pregnan\w*|religio\w*|race|racial|ethnic\w*|nationalit\w*|disab\w*|age|aged|children)\b"
    r"|情绪|表情|步态|姿态|声音|语音|面部|性别|年龄|婚姻|怀孕|宗教|种族|民族|国籍|残疾|子女",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What the letter says, in its language. ``suggestions`` were each scored again."""

    language: str
    lender: str
    contact: str
    decided_on: date
    reasons: tuple[str, ...]
    goal: str
    suggestions: tuple[what_if.Suggestion, ...]
    score: int
    scored_on: date
    cut_off: int
    sources: tuple[str, ...]

    lowest: int = MIN_SCORE_POINTS
    highest: int = MAX_SCORE_POINTS

    @property
    def sha256(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()


def send_by(decision: ApplicationDecision) -> date:
    """Return the last day on which the letter may be sent."""
    return timezone.localdate(decision.created_at) + timedelta(days=DAYS_TO_SEND)


def language_of(application: Application) -> str:
    """Return the language in which the applicant last gave a consent, else English."""
    newest = application.applicant.consents.order_by("-given_at").first()
    spoken = newest.language.lower() if newest else ""
    known = [code for code, _name in settings.LANGUAGES]
    return next((code for code in known if spoken[:2] == code[:2]), "en")


def letter_of(application: Application, language: str) -> Letter:
    """Return the letter on a declined application.

    Raises ProblemError where it was not declined, or where the person's reason names what can never
    be one.
    """
    decision = ApplicationDecision.objects.filter(
        application=application, outcome=ApplicationDecision.Outcome.DECLINED
    ).first()
    if decision is None:
        raise ProblemError(
            "not_declined", _("A letter is made once the application is declined."), status=409
        )
    with translation.override(language):
        return _letter(decision, language)


def _letter(decision: ApplicationDecision, language: str) -> Letter:
    application, revision = decision.application, decision.revision
    advice = what_if.advise(revision)
    branch = application.branch.name
    return Letter(
        language=language,
        lender=settings.LENDER_NAME or branch,
        contact=settings.LENDER_CONTACT or _("your branch, %(name)s") % {"name": branch},
        decided_on=timezone.localdate(decision.created_at),
        reasons=_reasons(decision),
        goal=advice.goal,
        # Against the score nothing in the score would have changed the decision.
        suggestions=() if decision.is_override else advice.suggestions,
        score=revision.financial_score,
        scored_on=timezone.localdate(revision.created_at),
        cut_off=revision.policy.parsed.approval_cut_off_points,
        sources=_sources(decision),
    )


def _reasons(decision: ApplicationDecision) -> tuple[str, ...]:
    if not decision.is_override:
        return tuple(wording.said(each) for each in decision.revision.reasons[:MAX_REASONS])
    found = FORBIDDEN.search(decision.reason)
    if found:
        raise ProblemError(
            "forbidden_reason",
            _("The recorded reason names “%(word)s”, which can never be one. Ask for a review.")
            % {"word": found[0]},
            status=409,
        )
    return (decision.reason,)


def _sources(decision: ApplicationDecision) -> tuple[str, ...]:
    """Return the bureaus whose reports were in the finances that were scored."""
    records = decision.application.bureau_records.filter(
        profile__version__lte=decision.revision.profile.version
    )
    return tuple(sorted(set(records.values_list("source", flat=True))))
