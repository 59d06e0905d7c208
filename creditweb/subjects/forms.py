"""What the data officer types: a request, a reason, the own password, a correction."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from applicants.forms import StyledForm
from applicants.models import Applicant, SubjectRequest
from creditweb.subjects.words import kinds_for

NOTE_CHARACTERS = 2000


class AskForm(StyledForm):
    """A request as it came in."""

    kind = forms.ChoiceField(
        label=_("What the person asks for"), choices=SubjectRequest.Kind.choices
    )
    received_on = forms.DateField(
        label=_("Received on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The answer is due thirty days later."),
    )
    note = forms.CharField(
        label=_("In the person's words"), required=False, max_length=NOTE_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Kept encrypted."),
    )  # fmt: skip

    def __init__(self, *args: Any, applicant: Applicant, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"received_on": timezone.localdate()})
        self._kinds = kinds_for(applicant)
        super().__init__(*args, **kwargs)
        labels = dict(SubjectRequest.Kind.choices)
        self.fields["kind"].choices = [(kind, labels[kind]) for kind in self._kinds]

    def clean_kind(self) -> str:
        kind = str(self.cleaned_data["kind"])
        if kind not in self._kinds:
            raise forms.ValidationError(_now("This cannot be asked for as things stand."))
        return kind

    def clean_received_on(self) -> datetime:
        day = self.cleaned_data["received_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_now("The day lies in the future."))
        if day == timezone.localdate():
            return timezone.now()
        return timezone.make_aware(datetime.combine(day, time(12)))


class RefuseForm(StyledForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=NOTE_CHARACTERS, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The person has a right to know it. Kept encrypted."),
    )  # fmt: skip


class PasswordForm(StyledForm):
    password = forms.CharField(
        label=_("Your password"), strip=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
