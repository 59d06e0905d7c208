"""What a risk analyst types: a table with its licence, what to learn from it, a version's name."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applicants.forms import StyledForm
from scoring import column_units
from scoring.engine.places import OF_BUSINESSES, Place
from scoring.explanation import CHARACTERISTICS, ESTIMATOR_NAMES, name_of
from scoring.services.training_runs import MAX_FOLDS

MINUTE_S = 60
LONGEST_MINUTES = 240
ESTIMATORS = ("scorecard", "boosting", "ebm", "neural", "logistic", "tree")
# What a column does in the training.
USES = [
    ("use", _("learn from it")),
    ("drop", _("leave out")),
    ("protected", _("leave out: protected")),
]
# The unit in which the application form asks, so that a column in another one is seen.
UNITS: Mapping[str, str | Promise] = {
    "card_utilisation_percent": _("percent, 0 to 100"),
    "overdue_payments": _("count"),
    "debt_to_income_percent": _("percent, 0 to 100"),
    "open_accounts": _("count"),
    "credit_history_years": _("years"),
    "income_stable": _("1 or 0"),
    "assets_to_liabilities": _("ratio"),
    "recent_enquiries": _("count"),
    "loan_to_income": _("amount per yearly income"),
    "guaranteed_share_percent": _("percent, 0 to 100"),
    "employees": _("count"),
    "jobs_created": _("count"),
    "real_estate_backed": _("1 or 0"),
}


class TableForm(StyledForm):
    file = forms.FileField(
        label=_("Table"),
        help_text=_("CSV with a header or Parquet, one row per loan; also as .gz or .zip."),
    )
    licence = forms.CharField(
        label=_("Licence"),
        max_length=200,
        help_text=_("Under which terms these rows may be used. It goes with every estimator."),
    )


class RegisterForm(StyledForm):
    """A version and its terms; :func:`register_form` adds which estimator, for which place."""

    version = forms.CharField(
        label=_("Version"),
        max_length=40,
        validators=[RegexValidator(r"^[\w.\-]+$", _("Letters, digits, dots and dashes only."))],
        help_text=_("A name of your own, for example bank-2026-1."),
    )
    commercial = forms.BooleanField(
        label=_("The licence of the table allows commercial use"), required=False
    )


def register_form(places: Iterable[Place]) -> type[RegisterForm]:
    """Return the form in which one of these places is chosen."""
    choices = [(place.name, name_of(place.name)) for place in places]
    field = forms.ChoiceField(label=_("Estimator"), choices=choices)
    return type("PlaceRegisterForm", (RegisterForm,), {"place": field})


class TrainingForm(StyledForm):
    """The choice for a training; :func:`form_for` adds the columns of a table."""

    columns: Sequence[Mapping[str, Any]] = ()
    unit_doubts: Sequence[str] = ()

    positive = forms.CharField(
        label=_("Value that means default"),
        required=False,
        max_length=200,
        help_text=_("As it stands in the table. Empty: the higher of two numbers."),
    )
    folds = forms.IntegerField(label=_("Folds"), min_value=2, max_value=MAX_FOLDS, initial=5)
    minutes = forms.IntegerField(
        label=_("Time, at most"), min_value=1, max_value=LONGEST_MINUTES, initial=15
    )
    estimators = forms.MultipleChoiceField(
        label=_("Estimators"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, ESTIMATOR_NAMES[name]) for name in ESTIMATORS],
        initial=list(ESTIMATORS),
    )

    class_weight = forms.ChoiceField(
        label=_("Rare outcomes"),
        choices=[
            ("none", _("as they are in the table")),
            ("balanced", _("weigh as much as the others while learning")),
        ],
        initial="none",
        required=False,
        help_text=_("Probabilities are calibrated afterwards, so they stay true either way."),
    )
    trend = forms.ChoiceField(
        label=_("Points of the scorecard"),
        choices=[
            ("one_turn", _("may turn once where the data show it")),
            ("monotone", _("only rise or only fall with a value")),
        ],
        initial="one_turn",
        required=False,
    )
    reject_inference = forms.BooleanField(
        label=_("Learn from refused rows as well: those without an outcome"), required=False
    )

    allow_synthetic = forms.BooleanField(
        label=_("Learn from rows that are marked as synthetic"), required=False
    )

    units_checked = forms.BooleanField(
        label=_("I have looked: the columns are in the units of the form"), required=False
    )

    def clean(self) -> dict[str, Any]:
        """Ask once more where a column does not look like the unit of its characteristic."""
        cleaned = super().clean() or {}
        served = {
            column["name"]: known
            for number, column in enumerate(self.columns)
            if (known := cleaned.get(f"as_{number}")) and column["name"] != cleaned.get("target")
        }
        self.unit_doubts = column_units.doubts(self.columns, served)
        if self.unit_doubts and not cleaned.get("units_checked"):
            self.add_error(
                "units_checked", _("Look at the units named here, or say that they fit.")
            )
        return cleaned

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return each column of the table with its two fields."""
        return [
            {"column": column, "use": self[f"use_{number}"], "as": self[f"as_{number}"]}
            for number, column in enumerate(self.columns)
        ]

    def choice(self) -> dict[str, Any]:
        """Return the choice of a valid form as a training takes it."""
        cleaned = self.cleaned_data
        target = cleaned["target"]
        others = [(n, c["name"]) for n, c in enumerate(self.columns) if c["name"] != target]
        uses = {name: cleaned[f"use_{number}"] for number, name in others}
        served = {name: cleaned[f"as_{number}"] for number, name in others}
        return {
            "target": target,
            "positive": cleaned["positive"] or None,
            "drop": [name for name, use in uses.items() if use == "drop"],
            "protected": [name for name, use in uses.items() if use == "protected"],
            "group": cleaned["group"] or None,
            "folds": cleaned["folds"],
            "reject_inference": cleaned["reject_inference"],
            "allow_synthetic": cleaned["allow_synthetic"],
            "class_weight": cleaned["class_weight"] or "none",
            "trend": cleaned["trend"] or "one_turn",
            "budget_s": cleaned["minutes"] * MINUTE_S,
            "estimators": cleaned["estimators"],
            "columns_as": {name: known for name, known in served.items() if known},
        }


def form_for(profile: Mapping[str, Any]) -> type[TrainingForm]:
    """Return the form of a table: its columns to choose among, and two fields for each."""
    columns = profile["columns"]
    names = [column["name"] for column in columns]
    likely = [name for name in profile["target_candidates"] if name in names]
    fields: dict[str, Any] = {
        "columns": columns,
        "target": forms.ChoiceField(
            label=_("Target"),
            choices=[("", "…"), *_same([*likely, *(n for n in names if n not in likely)])],
            help_text=_("The column that says what became of the loan."),
        ),
        "group": forms.ChoiceField(
            label=_("One person, several rows"),
            choices=[("", _("each row is a person of its own")), *_same(names)],
            required=False,
            help_text=_("The column that names the person: nobody is then in two folds."),
        ),
    }
    served = [("", "–"), *((name, CHARACTERISTICS[name].label) for name in OF_BUSINESSES)]
    for number, column in enumerate(columns):
        fields[f"use_{number}"] = forms.ChoiceField(choices=USES, initial=_first_use(column))
        fields[f"as_{number}"] = forms.ChoiceField(
            choices=served, initial=_first_name(column), required=False
        )
    return type("TableTrainingForm", (TrainingForm,), fields)


def _same(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def _first_use(column: Mapping[str, Any]) -> str:
    return "drop" if column["kind"] in {"identifier", "constant", "empty"} else "use"


def _first_name(column: Mapping[str, Any]) -> str:
    """Return the characteristic that a column is named after, if any."""
    name = column["name"].strip().lower().replace(" ", "_")
    return name if name in OF_BUSINESSES else ""
