"""A book of invented loans of former months and what became of them, without any recording.

Each loan goes bad by chance, at odds that are a fixed multiple of those its score gave: it shows
how the pages of Risk read, and says nothing about any scorecard. Every row is marked as simulated.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from applicants.models import Applicant, Application, Branch, Officer
from applicants.services import applications
from creditweb.demo.history import open_case
from creditweb.demo.people import Case
from scoring.models import LoanOutcome, Policy
from scoring.services import outcomes, policy, review

LOANS = 150
SEED = 7
YOUNGEST_DAYS, OLDEST_DAYS = 20, 450
# Until a loan has run for so long, nobody can say what became of it.
SEASONED_DAYS = (100, 160)
OVERRIDE_SHARE = 0.08
# A year that was worse than the scores expected gives the pages of calibration something to show.
ODDS_OF_BAD = 2.0
# How common each kind of finances is among those who ask for a loan.
MIX = {
    "strong": 3, "solid": 6, "fair": 8, "stretched": 5, "troubled": 2, "thin": 3, "young": 5,
    "shop": 2, "workshop": 2,
}  # fmt: skip
FIRMS = {"shop", "workshop"}
GIVEN_NAMES = (
    "Anna", "Bram", "Carmen", "Dirk", "Emeka", "Fatima", "Giulia", "Hassan", "Ines", "Jan",
    "Katja", "Lars", "Mila", "Nadia", "Omar", "Petra", "Quinten", "Ruth", "Sven", "Tessa",
)  # fmt: skip
FAMILY_NAMES = (
    "Aalto", "Bakker", "Costa", "de Boer", "Egger", "Fontaine", "Grosz", "Haverkamp", "Iyer",
    "Jansen", "Kaya", "Lund", "Moreau", "Nowak", "Olsen", "Prins", "Rossi", "Smit", "Vos",
)  # fmt: skip
PLACES = ("Amstel", "Canal", "Dune", "Elm", "Garden", "Lighthouse", "Market", "Tulip")
TRADES = ("Bikes", "Books", "Carpentry", "Catering", "Garage", "Laundry", "Optics", "Printing")
REASONS: Mapping[tuple[str, bool], tuple[str, ...]] = {
    (Application.State.APPROVED, False): (
        "Income covers the instalment with room to spare; documents complete.",
        "Payslips of three months and the bank statement agree with the form.",
    ),
    (Application.State.DECLINED, False): (
        "The instalment does not fit beside the present payments; smaller loan offered.",
        "Payments of the last year were late; asked to apply again in six months.",
    ),
    (Application.State.APPROVED, True): (
        "A co-borrower with a steady income signs too; the score does not know of her.",
        "The late payments were a bank's mistake; its letter lies with the file.",
    ),
    (Application.State.DECLINED, True): (
        "The employer has announced that the site closes in spring.",
        "The purpose does not agree with the invoice that was handed in.",
    ),
}


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who handles the cases of one branch."""

    branch: Branch
    officer: Officer


def seed_loan(number: int, staff: Mapping[str, Officer], branches: Mapping[str, Branch]) -> None:
    """Record one loan of the book with its decision and what became of it."""
    chance = random.Random(f"loan {SEED} {number}")  # noqa: S311  # invented data, not a secret
    desks = [
        _Desk(branch, next(each for each in staff.values() if _decides_at(each, branch)))
        for branch in branches.values()
    ]
    desk = chance.choices(desks, weights=range(len(desks), 0, -1))[0]
    application = _decided(_case(number, desk, chance), desk, chance)
    for observed_on, is_bad in _observed(application, chance):
        _record(application, staff["analyst"], observed_on, is_bad, chance)


def _decides_at(officer: Officer, branch: Branch) -> bool:
    return officer.branch_id == branch.pk and officer.role == Officer.Role.OFFICER


def _case(number: int, desk: _Desk, chance: random.Random) -> Case:
    finances = chance.choices(list(MIX), weights=list(MIX.values()))[0]
    is_firm = finances in FIRMS
    if is_firm:
        name = f"{PLACES[number % len(PLACES)]} {chance.choice(TRADES)}"
    else:
        name = f"{GIVEN_NAMES[number % len(GIVEN_NAMES)]} {chance.choice(FAMILY_NAMES)}"
    purposes = ("equipment", "working_capital") if is_firm else ("car", "home", "education")
    return Case(
        name,
        desk.branch.code,
        finances,
        Application.State.SUBMITTED,
        kind=Applicant.Kind.BUSINESS if is_firm else Applicant.Kind.PERSON,
        amount=chance.randint(8, 60 if is_firm else 40) * 500,
        term_months=chance.choice((24, 36, 48, 60)),
        purpose=chance.choice(purposes),
        spread=0.5,
    )


def _decided(case: Case, desk: _Desk, chance: random.Random) -> Application:
    """Open, score and decide a case on days of the past, as its score suggests or otherwise."""
    at = timezone.now() - timedelta(days=chance.randint(YOUNGEST_DAYS, OLDEST_DAYS))
    application = open_case(case, desk.officer, desk.branch, at, chance)
    applications.move(application, Application.State.SUBMITTED, officer=desk.officer, at=at)
    revision = application.current_score.revision
    reaches = revision.final_score >= revision.policy.parsed.approval_cut_off_points
    is_override = chance.random() < OVERRIDE_SHARE
    approves = reaches != is_override
    outcome = Application.State.APPROVED if approves else Application.State.DECLINED
    review.decide_application(
        application,
        officer=desk.officer,
        outcome=outcome,
        reason=chance.choice(REASONS[outcome, is_override]),
        at=at + timedelta(days=chance.randint(1, 6)),
    )
    return application


def _observed(
    application: Application, chance: random.Random
) -> Iterator[tuple[date, bool | None]]:
    """Yield what is known of a loan and since when; nothing of a declined one or a young one."""
    bad = chance.random() < _risk(application)
    seen_after = chance.randint(*SEASONED_DAYS)
    decided_on = timezone.localtime(application.decided_at).date()
    observed_on = decided_on + timedelta(days=seen_after)
    if application.state != Application.State.APPROVED or observed_on > timezone.localdate():
        return
    # Some are late at first, and neither good nor bad yet.
    if bad or chance.random() < 0.05:
        yield decided_on + timedelta(days=seen_after // 2), None
    yield observed_on, bad


def _risk(application: Application) -> float:
    expected = application.current_score.revision.probability_of_default
    odds = ODDS_OF_BAD * expected / (1 - expected)
    return odds / (1 + odds)


def _record(
    application: Application,
    analyst: Officer,
    observed_on: date,
    is_bad: bool | None,
    chance: random.Random,
) -> None:
    late = {True: (91, 180), False: (0, 12), None: (31, 75)}[is_bad]
    outcomes.record(
        application,
        officer=analyst,
        observed_on=observed_on,
        is_bad=is_bad,
        days_past_due=chance.randint(*late),
        source=LoanOutcome.Source.FILE,
    )


def propose_once(analyst: Officer) -> None:
    """Propose a higher cut-off, so that the back-test has two versions to compare."""
    if Policy.objects.filter(author=analyst).exists():
        return
    parameters = dict(policy.active().parameters)
    parameters["approval_cut_off_points"] += 20
    policy.propose(
        officer=analyst,
        parameters=parameters,
        reason="Example: which defaults would a higher cut-off avoid, at what cost in good loans?",
    )
