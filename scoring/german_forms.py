"""The form of one German-credit application, with the corrected meanings of the codes."""

from django import forms
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from applicants.forms import StyledForm
from scoring.privacy.german_credit import SCORED, Attribute, Value

# A plain application to start from.
START: dict[str, Value] = {
    "existingchecking": "A12", "duration": 18, "credithistory": "A32", "purpose": "A43",
    "creditamount": 2300, "savings": "A62", "employmentsince": "A73", "installmentrate": 3,
    "otherdebtors": "A101", "residencesince": 2, "property": "A122",
    "otherinstallmentplans": "A143", "housing": "A152", "existingcredits": 1, "job": "A173",
    "peopleliable": 1, "telephone": "A191",
}  # fmt: skip
# Never scored, so never asked for; the check of a row wants a value of each.
UNASKED: dict[str, Value] = {"statussex": "A95", "age": 18, "foreignworker": "A201"}


def worded(attribute: Attribute, value: Value) -> str:
    """Return what a checked value means in the language of the page."""
    text = value if isinstance(value, str) else f"{value:.0f}"
    if meaning := attribute.meanings.get(text):
        return gettext(meaning)
    return f"{intcomma(text)} {gettext(attribute.unit)}".strip()


def _field(attribute: Attribute) -> forms.Field:
    start, label = START[attribute.name], gettext_lazy(attribute.label)
    if attribute.meanings:
        choices = [(code, gettext_lazy(text)) for code, text in attribute.meanings.items()]
        return forms.ChoiceField(label=label, choices=choices, initial=str(start))
    label = format_lazy("{}, {}", label, gettext_lazy(attribute.unit))
    return forms.IntegerField(
        label=label, min_value=attribute.low, max_value=attribute.high, initial=start
    )


_Asked = type("_Asked", (forms.Form,), {each.name: _field(each) for each in SCORED})


class GermanForm(StyledForm, _Asked):  # type: ignore[misc, valid-type]  # made of the attributes
    """Asks for what is scored; age, marital state and foreign worker are not."""

    def row(self) -> dict[str, Value]:
        """Return the application as the interface takes it."""
        return {**UNASKED, **self.cleaned_data}
