"""What officers type: people, businesses, applications, financial profiles, consent."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from applicants.models import Applicant, Application, Consent, FinancialProfile
from applicants.models.application import CURRENCIES

two_letters = RegexValidator(
    r"^[A-Za-z]{2}$", _("Give the country as two letters, for example DE.")
)


class StyledForm(forms.Form):
    """Marks inputs for the style sheet, and wrong ones for people and screen readers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            classes = _classes(field.widget)
            if self.is_bound and name in self.errors:
                classes += " is-invalid"
            field.widget.attrs["class"] = classes

    def refuse(self, errors: dict[str, Any]) -> None:
        """Show what a service refused, beside the field where there is one."""
        for name, problem in errors.items():
            self.add_error(name if name in self.fields else None, problem)
            if name in self.fields:
                self.fields[name].widget.attrs["class"] += " is-invalid"


def _classes(widget: forms.Widget) -> str:
    if isinstance(widget, forms.NumberInput):
        return "form-control number-input"
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect | forms.CheckboxInput):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


class ContactForm(StyledForm):
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=40,
        help_text=_("With the country code, for example +49 40 123456."),
    )  # fmt: skip
    country = forms.CharField(
        label=_("Country"), required=False, max_length=2, validators=[two_letters],
        help_text=_("Two letters, for example DE."),
    )  # fmt: skip

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()


class PersonForm(ContactForm):
    given_name = forms.CharField(label=_("Given name"), max_length=100)
    family_name = forms.CharField(label=_("Family name"), max_length=100)
    date_of_birth = forms.DateField(
        label=_("Date of birth"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("To tell people apart; the score does not use it."),
    )
    national_id = forms.CharField(
        label=_("National id"), required=False, max_length=40,
        help_text=_("Kept encrypted; used only to find the person again."),
    )  # fmt: skip
    field_order = ["given_name", "family_name", "date_of_birth", "national_id"]

    def clean_date_of_birth(self) -> str:
        return str(self.cleaned_data["date_of_birth"])


class BusinessForm(ContactForm):
    name = forms.CharField(label=_("Name of the business"), max_length=200)
    registration_number = forms.CharField(
        label=_("Registration number"), required=False, max_length=40
    )
    founded = forms.DateField(
        label=_("Founded"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    field_order = ["name", "registration_number", "founded"]


class LoanForm(StyledForm, forms.ModelForm):  # type: ignore[type-arg]
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])

    class Meta:
        model = Application
        fields = ["amount", "currency", "term_months", "purpose"]
        labels = {
            "amount": _("Amount of the loan"),
            "term_months": _("Term"),
            "purpose": _("Purpose"),
        }


class FinancialProfileForm(StyledForm, forms.ModelForm):  # type: ignore[type-arg]
    income_stable = forms.NullBooleanField(
        label=_("Income is regular"), required=False,
        widget=forms.NullBooleanSelect(),
        help_text=_("Left open, it follows from the years of employment."),
    )  # fmt: skip

    class Meta:
        model = FinancialProfile
        fields = FinancialProfile.FACTORS
        labels = {
            "annual_income": _("Income per year, gross"),
            "monthly_debt_payments": _("Debt payments per month"),
            "employment_years": _("Present employment"),
            "credit_history_years": _("Credit history"),
            "overdue_payments": _("Overdue payments"),
            "card_utilisation_percent": _("Card utilisation"),
            "total_assets": _("Assets in all"),
            "total_liabilities": _("Debts in all"),
            "open_accounts": _("Open credit accounts"),
            "recent_enquiries": _("Recent enquiries"),
        }


class BusinessProfileForm(FinancialProfileForm):
    """The finances of a business: its turnover stands where a person has an income."""

    real_estate_backed = forms.NullBooleanField(
        label=_("Secured by real estate"), required=False,
        widget=forms.NullBooleanSelect(),
        help_text=_("Whether land or buildings secure the loan."),
    )  # fmt: skip

    class Meta(FinancialProfileForm.Meta):
        fields = FinancialProfile.FACTORS + FinancialProfile.BUSINESS_FACTORS
        labels = {
            **FinancialProfileForm.Meta.labels,
            "annual_income": _("Turnover per year"),
            "employment_years": _("Years in business"),
            "guaranteed_share_percent": _("Guaranteed share"),
            "employees": _("Employees"),
            "jobs_created": _("Jobs created"),
        }
        help_texts = {"annual_income": _("Sales per year, in the currency of the application.")}


def profile_form_of(kind: str) -> type[FinancialProfileForm]:
    """Return the form of an applicant's kind."""
    return BusinessProfileForm if kind == Applicant.Kind.BUSINESS else FinancialProfileForm


class ConsentForm(StyledForm):
    scopes = forms.MultipleChoiceField(
        label=_("Allowed by the applicant"),
        choices=[(scope.value, scope.label) for scope in Consent.RECORDED],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what the applicant allows, or go on without.")},
    )  # fmt: skip
    channel = forms.ChoiceField(
        label=_("How it was given"),
        choices=[choice for choice in Consent.Channel.choices if choice[0] != Consent.Channel.API],
    )
    language = forms.ChoiceField(
        label=_("Language of the text"), choices=[("en", _("English")), ("zh-hans", _("Chinese"))]
    )
