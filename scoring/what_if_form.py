"""What a person types to try out other values; nothing of it is saved."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applicants.forms import StyledForm, profile_form_of
from applicants.models import Applicant, FinancialProfile
from scoring.engine.changeable import CHANGEABLE


class WhatIfForm(StyledForm, forms.ModelForm):  # type: ignore[type-arg]
    """Values to try out for the fields that a person can change; nothing of it is saved."""

    amount = forms.DecimalField(
        label=_("Amount of the loan"), min_value=1, max_digits=14, decimal_places=2
    )

    class Meta:
        model = FinancialProfile
        fields = [field.name for field in CHANGEABLE if field.name in FinancialProfile.FACTORS]

    field_order = [field.name for field in CHANGEABLE]

    def __init__(self, *args: Any, kind: str = Applicant.Kind.PERSON, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = profile_form_of(kind).base_fields
        for name, field in self.fields.items():
            field.label = labels[name].label if name in labels else field.label
            field.help_text = ""
            field.widget.attrs["x-on:input"] = "typed"

    def values(self) -> dict[str, Decimal]:
        """Return what was given; a field left empty stays as the application has it."""
        given = {name: value for name, value in self.cleaned_data.items() if value is not None}
        return {name: Decimal(value) for name, value in given.items()}
