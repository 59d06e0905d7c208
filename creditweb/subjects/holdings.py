"""How much of each kind is held about one person."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext

from applicants.models import Applicant
from creditweb.subjects.data_map import DATA


@dataclass(frozen=True, slots=True)
class Holding:
    """One record class and how many rows of it are about the person."""

    name: str
    holds: str | Promise
    rows: int


def held_about(applicant: Applicant) -> list[Holding]:
    """Return the classes that hold something about a person, in the order of the map."""
    found = [(each, each.rows_of(applicant).order_by().count()) for each in DATA]
    return [
        Holding(gettext(str(each.model._meta.verbose_name_plural)), each.holds, rows)
        for each, rows in found
        if rows
    ]
