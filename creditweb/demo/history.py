"""Months of score history for invented applicants, through the product's own services.

Nothing here ran a recording, so every row of it is marked as simulated.
"""

import random
import uuid
from datetime import date, datetime, timedelta

from django.utils import timezone

from applicants.models import Applicant, Application, Branch, Consent, Officer
from applicants.services import applicants, applications, consents
from creditweb.demo.people import FINANCES, Case
from media_processing.models import CaptureSession
from scoring.engine.evidence import EvidenceSummary
from scoring.models import ReviewFlag, ScoreRevision
from scoring.selectors import undecided_flags
from scoring.services import evidence, rescore, review

FACTORS = (
    "annual_income",
    "monthly_debt_payments",
    "employment_years",
    "credit_history_years",
    "overdue_payments",
    "card_utilisation_percent",
    "total_assets",
    "total_liabilities",
    "open_accounts",
    "recent_enquiries",
)
MONEY = ("annual_income", "monthly_debt_payments", "total_assets", "total_liabilities")
MOST = {"employment_years": 40, "credit_history_years": 40, "card_utilisation_percent": 100}
MONEY_SPREAD = 0.07
DAYS_PER_MONTH = 30
RECENT_DAYS = 50
# Mean probabilities in the order angry disgust fear happy neutral sad surprise, and the longest
# stretch of fear or anger in seconds, of a session in each mood.
MOODS: dict[str, tuple[tuple[float, ...], float]] = {
    "calm": ((0.03, 0.02, 0.03, 0.26, 0.56, 0.05, 0.05), 0.0),
    "tense": ((0.24, 0.07, 0.25, 0.04, 0.24, 0.09, 0.07), 10.5),
    "mixed": ((0.08, 0.03, 0.08, 0.15, 0.50, 0.09, 0.07), 2.0),
}
DECIDED = (Application.State.APPROVED, Application.State.DECLINED)


def seed_case(case: Case, staff: dict[str, Officer], branch: Branch, seed: int) -> Application:
    """Record one applicant with the history of their application, and return it."""
    chance = random.Random(seed)  # noqa: S311  # invented data, not a secret
    officer, senior = _handlers(staff, branch, chance)
    opened = timezone.now() - timedelta(days=case.months * DAYS_PER_MONTH + chance.randint(1, 9))
    application = open_case(case, officer, branch, opened, chance)
    if case.mood:
        consents.give(application.applicant, Consent.RECORDED, officer=officer)
        application.applicant.consents.update(given_at=opened)
    if case.state != Application.State.DRAFT:
        applications.move(application, Application.State.SUBMITTED, officer=officer)
    for month in range(case.months):
        at = opened + timedelta(
            days=month * DAYS_PER_MONTH + chance.randint(2, 20), hours=month % 7
        )
        _month(case, application, officer, at, chance)
    _end(case, application, officer, senior)
    Application.objects.filter(pk=application.pk).update(submitted_at=opened)
    return application


def open_case(
    case: Case, officer: Officer, branch: Branch, opened: datetime, chance: random.Random
) -> Application:
    """Record an applicant with a scored draft as of a day of the past."""
    applicant = _applicant(case, officer, branch, chance)
    application = _application(case, applicant, officer, opened, chance)
    Application.objects.filter(pk=application.pk).update(created_at=opened)
    Applicant.objects.filter(pk=applicant.pk).update(created_at=opened)
    return application


def _handlers(
    staff: dict[str, Officer], branch: Branch, chance: random.Random
) -> tuple[Officer, Officer]:
    own = [each for each in staff.values() if each.branch_id == branch.pk]
    officers = [each for each in own if each.role == Officer.Role.OFFICER]
    seniors = [each for each in own if each.role == Officer.Role.SENIOR_OFFICER]
    # The first officer of a branch handles two cases of three.
    return officers[0] if chance.random() < 0.67 else officers[-1], seniors[0]


def _applicant(case: Case, officer: Officer, branch: Branch, chance: random.Random) -> Applicant:
    number = chance.randint(100, 999)
    fields: dict[str, object] = {
        "kind": case.kind,
        "phone": f"+31 20 555 0{number}",
        "country": "NL",
        "simulated": True,
    }
    if case.kind == Applicant.Kind.BUSINESS:
        fields |= {"name": case.name, "registration_number": f"KVK-{chance.randint(10**7, 10**8)}"}
    else:
        mailbox = case.family_name.encode("ascii", "ignore").decode().replace(" ", "").lower()
        fields |= {
            "given_name": case.given_name,
            "family_name": case.family_name,
            "date_of_birth": date(chance.randint(1958, 2003), chance.randint(1, 12), 15),
            "national_id": f"ID-{chance.randint(10**8, 10**9)}",
            "email": f"{mailbox}{number}@example.org",
        }
    return applicants.create_applicant(officer=officer, branch=branch, **fields)


def _application(
    case: Case,
    applicant: Applicant,
    officer: Officer,
    opened: datetime,
    chance: random.Random,
) -> Application:
    application = applications.create_application(
        officer=officer,
        applicant=applicant,
        financials=_finances(case, chance),
        at=opened,
        amount=case.amount,
        currency="EUR",
        term_months=case.term_months,
        purpose=case.purpose,
        simulated=True,
    )
    cause = ScoreRevision.Cause.APPLICATION_CREATED
    rescore.rescore(application, cause, actor=officer, at=opened, simulated=True)
    return application


def _finances(case: Case, chance: random.Random) -> dict[str, object]:
    """Return the case's finances, money varied by a few percent at least, as whole numbers."""
    values = dict(zip(FACTORS, FINANCES[case.finances], strict=True))
    for name in MONEY:
        if values[name] is not None:
            share = MONEY_SPREAD + case.spread
            values[name] = round(float(values[name] or 0) * chance.uniform(1 - share, 1 + share))
    for name in MOST if case.spread else ():
        value = values[name]
        if value is not None:
            drawn = round(value * chance.uniform(1 - case.spread, 1 + case.spread))
            values[name] = min(drawn, MOST[name])
    return {name: _exact(value) for name, value in values.items()}


def _exact(value: float | None) -> object:
    """Return a number as text where it has decimals: a decimal column wants no binary fraction."""
    return str(value) if isinstance(value, float) and not value.is_integer() else value


def _month(
    case: Case, application: Application, officer: Officer, at: datetime, chance: random.Random
) -> None:
    """One month: a session in most of them, and now and then a change of finances."""
    if case.mood and chance.random() < 0.75:
        _session(case, application, officer, at, chance)
    if chance.random() < 0.3:
        _change_finances(application, officer, at + timedelta(days=3), chance)


def _session(
    case: Case, application: Application, officer: Officer, at: datetime, chance: random.Random
) -> None:
    session = CaptureSession.objects.create(
        application=application, created_by=officer, simulated=True
    )
    CaptureSession.objects.filter(pk=session.pk).update(created_at=at)
    recording_id = uuid.UUID(int=chance.getrandbits(128), version=4)
    modalities = ["face", "voice"] if chance.random() < 0.7 else ["face", "voice", "gait"]
    # Tension is of the last weeks: a case that was tense from the start would be decided by now.
    is_recent = timezone.now() - at < timedelta(days=RECENT_DAYS)
    mood = case.mood if is_recent or case.mood != "tense" else "mixed"
    evidence.accept(
        application,
        *(
            evidence.HandOver(
                session_id=session.pk,
                recording_id=recording_id,
                modality=modality,
                summary=_summary(mood, modality, chance),
                observed_at=at,
                handed_in_by=officer,
                simulated=True,
            )
            for modality in modalities
        ),
    )


def _summary(mood: str, modality: str, chance: random.Random) -> EvidenceSummary:
    means, sustained_s = MOODS[mood]
    weights = [chance.gammavariate(60 * mean, 1.0) for mean in means]
    usable_s = chance.uniform(25, 90) if modality != "gait" else chance.uniform(20, 30)
    return EvidenceSummary(
        mean_probabilities=tuple(weight / sum(weights) for weight in weights),
        samples=usable_s / 2.5,
        usable_s=usable_s,
        coverage=chance.uniform(0.55, 0.95),
        quality=chance.uniform(0.6, 0.9),
        arousal=0.5 if mood == "tense" else 0.1,
        sustained_s=sustained_s if modality == "voice" else 0.0,
    )


def _change_finances(
    application: Application, officer: Officer, at: datetime, chance: random.Random
) -> None:
    if at > timezone.now():
        return
    profile = application.profile()
    factors = profile.factors() if profile else {}
    used = factors["card_utilisation_percent"]
    if used is not None:
        factors["card_utilisation_percent"] = min(100, max(5, round(used) + chance.randint(-14, 8)))
    factors["recent_enquiries"] = chance.randint(0, 3)
    applications.revise_profile(application, officer=officer, at=at, simulated=True, **factors)
    cause = ScoreRevision.Cause.PROFILE_CHANGED
    rescore.rescore(application, cause, actor=officer, at=at, simulated=True)


def _end(case: Case, application: Application, officer: Officer, senior: Officer) -> None:
    """Bring the application to the state that the case names, by the people who may do so."""
    application.refresh_from_db()
    if case.state == Application.State.WITHDRAWN:
        applications.move(application, case.state, officer=officer)
    elif case.state in DECIDED:
        for flag in undecided_flags(application):
            _dismiss(flag, senior)
        decider = senior if application.flags.exists() else officer
        review.decide_application(
            application, officer=decider, outcome=case.state, reason=_reason(case)
        )


def _dismiss(flag: ReviewFlag, senior: Officer) -> None:
    reason = "Looked at with the applicant; the finances alone carry the decision."
    review.decide_flag(flag, officer=senior, outcome="dismiss", reason=reason)


def _reason(case: Case) -> str:
    if case.state == Application.State.APPROVED:
        return "Income covers the instalment with room to spare; documents complete."
    return "The instalment does not fit beside the present payments; smaller loan offered."
