"""The places that an estimator can take: what it decides or stands beside, and what it may read.

One table for all of them: who reads it needs no case of its own for people or firms, for the
scorecard or a challenger.
"""

from dataclasses import dataclass

SHADOW_SUFFIX = "_shadow"
# What the application form asks of a person: all that an estimator of one's own may read.
OF_PEOPLE = (
    "card_utilisation_percent",
    "overdue_payments",
    "debt_to_income_percent",
    "open_accounts",
    "credit_history_years",
    "income_stable",
    "assets_to_liabilities",
    "recent_enquiries",
    "loan_to_income",
)
# A firm is asked the same, with its turnover for the income, and four things more.
OF_BUSINESSES = (
    *OF_PEOPLE,
    "guaranteed_share_percent",
    "employees",
    "jobs_created",
    "real_estate_backed",
)


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the manifest.

    ``trained_as`` is what a training calls the estimator that fits, and ``file`` what it writes.
    An estimator that ``decides`` gives the score; another one stands beside it as a challenger.
    """

    name: str
    trained_as: str
    file: str
    decides: bool = False
    of_businesses: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        """Return the characteristics of the form that an estimator in this place may read."""
        return OF_BUSINESSES if self.of_businesses else OF_PEOPLE

    @property
    def role(self) -> str:
        return "champion" if self.decides else "challenger"

    @property
    def in_shadow(self) -> str:
        """Return the name under which a version in shadow stands beside a score."""
        return f"{self.name}{SHADOW_SUFFIX}"


PLACES = {
    each.name: each
    for each in (
        Place("scorecard", "scorecard", "scorecard.json", decides=True),
        Place("boosting", "boosting", "boosting.onnx"),
        Place("ebm", "ebm", "ebm.json"),
        Place("neural", "neural", "neural.onnx"),
        Place(
            "business_scorecard",
            "scorecard",
            "scorecard.json",
            decides=True,
            of_businesses=True,
        ),
    )
}


def deciding(*, of_businesses: bool) -> Place:
    """Return the place of the scorecard that decides on people, or on businesses."""
    return next(
        each for each in PLACES.values() if each.decides and each.of_businesses == of_businesses
    )


def challenging(*, of_businesses: bool) -> tuple[Place, ...]:
    """Return the places beside that scorecard."""
    return tuple(
        each for each in PLACES.values() if not each.decides and each.of_businesses == of_businesses
    )
