"""Whether a column of a table can be in the unit in which the application form asks.

A share (0 to 1) taken for percent, or an amount taken for a ratio, gives every applicant the points
of the lowest or the highest bin, and no figure of the training shows it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scoring.explanation import name_of

PERCENT = {"card_utilisation_percent", "debt_to_income_percent", "guaranteed_share_percent"}
COUNTS = {"overdue_payments", "open_accounts", "recent_enquiries", "jobs_created"}
YES_OR_NO = {"income_stable", "real_estate_backed"}
RATIOS = {"assets_to_liabilities", "loan_to_income"}
# Nearly all values of a share lie below; a few above 1 are over-drawn cards.
LARGEST_SHARE = 1.5
# More than this is another unit: of which characteristics, the limit, and what to say.
LIMITS: Sequence[tuple[set[str], float, Promise]] = (
    (PERCENT, 1000.0, gettext_lazy(
        "values go up to %(high)s, which looks like money. The form asks for percent, 0 to 100."
    )),
    (COUNTS, 200.0, gettext_lazy(
        "values go up to %(high)s, which looks like money or days. The form asks for a count."
    )),
    ({"credit_history_years"}, 80.0, gettext_lazy(
        "values go up to %(high)s, which looks like months or days. The form asks for years."
    )),
    (YES_OR_NO, 1.0, gettext_lazy(
        "values go up to %(high)s. The form asks for 1 (yes) or 0 (no)."
    )),
    (RATIOS, 200.0, gettext_lazy(
        "values go up to %(high)s, which looks like money or percent. The form asks for one amount "
        "divided by the other."
    )),
)  # fmt: skip


def doubts(columns: Sequence[Mapping[str, Any]], served: Mapping[str, str]) -> list[str]:
    """Return a sentence for each column whose values do not look like its characteristic's unit.

    ``columns`` are those of a table's profile; ``served`` maps a column to the characteristic of
    the application form that it is said to be.
    """
    by_name = {column["name"]: column for column in columns}
    return [
        _("%(column)s as %(name)s: %(why)s")
        % {"column": name, "name": name_of(characteristic), "why": why}
        for name, characteristic in served.items()
        if name in by_name and (why := _why(by_name[name], characteristic))
    ]


def _why(column: Mapping[str, Any], characteristic: str) -> str:
    if column["minimum"] is None:
        return _("the column holds no numbers.")
    # 95 of 100 values lie below; a profile of an older release knows the highest one only.
    high = column.get("high")
    high = float(column["maximum"] if high is None else high)
    told = {"high": f"{high:g}"}
    if characteristic in PERCENT and 0 < high <= LARGEST_SHARE and column["distinct"] > 2:
        return (
            _(
                "nearly all values lie below %(high)s, which looks like a share. The form asks "
                "for percent, 0 to 100: multiply the column by 100."
            )
            % told
        )
    for characteristics, limit, sentence in LIMITS:
        if characteristic in characteristics and high > limit:
            return str(sentence) % told
    if column["minimum"] < 0:
        return _("there are values below 0, which the form does not take.")
    return ""
