"""Invented branches, staff and applicants. Any likeness to real people is chance."""

from dataclasses import dataclass

from applicants.models import Applicant, Application, Officer

BRANCHES = {"HARBOUR": "Harbour", "HILL": "Hill", "MILL": "Mill Lane"}


@dataclass(frozen=True, slots=True)
class Colleague:
    username: str
    given_name: str
    family_name: str
    role: str
    branch: str | None


_ROLE = Officer.Role

STAFF = (
    Colleague("officer", "Olivia", "Okafor", _ROLE.OFFICER, "HARBOUR"),
    Colleague("officer2", "Oskar", "Lindqvist", _ROLE.OFFICER, "HARBOUR"),
    Colleague("senior", "Samira", "Haddad", _ROLE.SENIOR_OFFICER, "HARBOUR"),
    Colleague("hill.officer", "Hugo", "Marchetti", _ROLE.OFFICER, "HILL"),
    Colleague("hill.senior", "Hana", "Kobayashi", _ROLE.SENIOR_OFFICER, "HILL"),
    Colleague("mill.officer", "Maya", "Petrov", _ROLE.OFFICER, "MILL"),
    Colleague("mill.senior", "Milan", "Novak", _ROLE.SENIOR_OFFICER, "MILL"),
    Colleague("analyst", "Ana", "Ribeiro", _ROLE.RISK_ANALYST, None),
    Colleague("data", "Dieter", "Vogel", _ROLE.DATA_OFFICER, None),
    Colleague("auditor", "Aisha", "Rahman", _ROLE.AUDITOR, None),
    Colleague("admin", "Adam", "Keller", _ROLE.ADMIN, None),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One applicant with one application.

    ``finances`` names a row of FINANCES; ``months`` is the length of the score history;
    ``mood`` shapes the simulated sessions: calm, tense or mixed; empty for no session at all.
    ``spread`` varies money, years and utilisation by up to this share, for cases that are drawn.
    """

    name: str
    branch: str
    finances: str
    state: str
    months: int = 0
    mood: str = ""
    kind: str = Applicant.Kind.PERSON
    amount: int = 12_000
    term_months: int = 36
    purpose: str = Application.Purpose.CAR
    spread: float = 0.0

    @property
    def given_name(self) -> str:
        return self.name.split(" ", 1)[0]

    @property
    def family_name(self) -> str:
        return self.name.split(" ", 1)[1]


# Yearly income, monthly payments, years employed, years of history, overdue, utilisation %,
# assets, liabilities, accounts, enquiries. None is "not known".
FINANCES: dict[str, tuple[float | None, ...]] = {
    "strong": (72_000, 700, 11, 14, 0, 12, 210_000, 60_000, 5, 0),
    "solid": (54_000, 650, 7, 9, 0, 24, 95_000, 30_000, 4, 1),
    "fair": (41_000, 900, 4, 5, 1, 46, 30_000, 28_000, 4, 2),
    "stretched": (36_000, 1_450, 3, 6, 1, 68, 14_000, 33_000, 6, 4),
    "troubled": (29_000, 1_350, 1, 4, 4, 91, 5_000, 41_000, 7, 6),
    "thin": (31_000, 150, 1.5, None, None, None, 6_000, 2_000, 0, 1),
    "young": (34_000, 300, 2, 1.5, 0, 33, 8_000, 5_000, 1, 2),
    "shop": (88_000, 1_900, 6, 8, 0, 38, 160_000, 90_000, 4, 1),
    "workshop": (64_000, 2_300, 3, 4, 2, 61, 70_000, 82_000, 5, 3),
}

_S = Application.State
_P = Application.Purpose
_BUSINESS = Applicant.Kind.BUSINESS

CASES = (
    Case("Mira Solberg", "HARBOUR", "solid", _S.IN_REVIEW, 8, "tense"),
    Case("Tomás Arriaga", "HARBOUR", "fair", _S.SUBMITTED, 6, "calm"),
    Case("Leila Farahani", "HARBOUR", "stretched", _S.IN_REVIEW, 9, "mixed"),
    Case("Jonas Wieland", "HARBOUR", "troubled", _S.SUBMITTED, 5, "tense", amount=7_500),
    Case("Chidi Eze", "HARBOUR", "strong", _S.APPROVED, 11, "calm", amount=30_000, term_months=60),
    Case("Nora Castellano", "HARBOUR", "young", _S.SUBMITTED, 3, "calm", amount=6_000),
    Case("Pavel Dvořák", "HARBOUR", "thin", _S.SUBMITTED, 2, "mixed", amount=4_000, term_months=24),
    Case("Ingrid Halvorsen", "HARBOUR", "fair", _S.DRAFT, 0, "", purpose=_P.HOME),
    Case("Rohan Mehta", "HARBOUR", "solid", _S.APPROVED, 7, "calm", purpose=_P.EDUCATION),
    Case("Beatriz Lemos", "HARBOUR", "troubled", _S.DECLINED, 6, "calm", amount=18_000),
    Case("Yusuf Demir", "HARBOUR", "stretched", _S.DRAFT, 0, ""),
    Case("Clara Vandenberg", "HARBOUR", "strong", _S.WITHDRAWN, 4, "calm", purpose=_P.HOME),
    Case("Blue Kettle Café", "HARBOUR", "shop", _S.SUBMITTED, 7, "calm", _BUSINESS, 25_000, 48,
         _P.EQUIPMENT),
    Case("Ferro & Figli", "HARBOUR", "workshop", _S.IN_REVIEW, 6, "tense", _BUSINESS, 40_000, 60,
         _P.WORKING_CAPITAL),
    Case("Amara Diallo", "HARBOUR", "young", _S.SUBMITTED, 2, "mixed", amount=5_000),
    Case("Henrik Sørensen", "HILL", "solid", _S.SUBMITTED, 9, "calm"),
    Case("Mei Tanaka", "HILL", "strong", _S.APPROVED, 12, "calm", amount=45_000, term_months=84),
    Case("Luca Bianchi", "HILL", "fair", _S.IN_REVIEW, 5, "tense"),
    Case("Sofia Papadopoulou", "HILL", "stretched", _S.SUBMITTED, 4, "mixed"),
    Case("Kwame Mensah", "HILL", "young", _S.DRAFT, 0, ""),
    Case("Elif Yıldız", "HILL", "thin", _S.SUBMITTED, 2, "calm", amount=3_500, term_months=18),
    Case("Gustav Brandt", "HILL", "troubled", _S.DECLINED, 8, "tense"),
    Case("Hilltop Cycles", "HILL", "shop", _S.APPROVED, 10, "calm", _BUSINESS, 20_000, 36,
         _P.EQUIPMENT),
    Case("Priya Nair", "HILL", "solid", _S.SUBMITTED, 5, "calm", purpose=_P.MEDICAL),
    Case("Anders Bakke", "HILL", "fair", _S.WITHDRAWN, 3, "calm"),
    Case("Zofia Kowalska", "MILL", "fair", _S.SUBMITTED, 7, "mixed"),
    Case("Daniel Oyelaran", "MILL", "strong", _S.APPROVED, 9, "calm", purpose=_P.HOME),
    Case("Marta Escudero", "MILL", "stretched", _S.IN_REVIEW, 6, "tense", purpose=_P.CONSOLIDATION),
    Case("Viktor Ilyin", "MILL", "troubled", _S.SUBMITTED, 4, "mixed"),
    Case("Aoife Brennan", "MILL", "young", _S.SUBMITTED, 3, "calm", amount=8_000),
    Case("Samuel Achterberg", "MILL", "solid", _S.DRAFT, 0, ""),
    Case("Noor van Dijk", "MILL", "thin", _S.SUBMITTED, 2, "calm", amount=2_500, term_months=12),
    Case("Old Mill Bakery", "MILL", "workshop", _S.SUBMITTED, 8, "calm", _BUSINESS, 15_000, 36,
         _P.WORKING_CAPITAL),
    Case("Isabel Monteiro", "MILL", "solid", _S.DECLINED, 5, "calm", amount=60_000),
)  # fmt: skip
