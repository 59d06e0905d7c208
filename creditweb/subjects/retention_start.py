"""The day from which the time of an application counts, as an expression for the database.

A contract's data is needed while it runs and for the time in which claims can be made after it
(Art. 17(3)(e) GDPR). So the days of a loan count from the end of its term and not from its
decision; an outcome seen later than that says that the loan was not over yet.
"""

from django.db.models import Case, DateTimeField, DurationField, F, Func, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Greatest, TruncMonth

from applicants.models import Application


class _Months(Func):
    """So many months as an interval of Postgres."""

    function = "make_interval"
    template = "%(function)s(months => %(expressions)s)"
    output_field = DurationField()


def counted_from(prefix: str = "") -> Combinable:
    """Return the latest of creation and decision; of a loan also of its end and newest outcome.

    ``prefix`` is the lookup that leads to the application. A loan runs until its last month is
    over, as ``Application.is_running`` has it.
    """
    is_approved = {f"{prefix}state": Application.State.APPROVED}
    begun = TruncMonth(f"{prefix}decided_at")
    term_end = begun + _Months(F(f"{prefix}term_months") + Value(1))
    seen = Cast(f"{prefix}outcomes__observed_on", DateTimeField())
    # Greatest leaves out what is null: no decision, no loan, no outcome.
    loan = Case(When(**is_approved, then=Greatest(term_end, seen)), output_field=DateTimeField())
    return Greatest(F(f"{prefix}created_at"), F(f"{prefix}decided_at"), loan)
