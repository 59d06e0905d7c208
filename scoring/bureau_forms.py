"""What a person gives to ask a bureau, or to import its reports."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applicants.forms import StyledForm

MOST_BYTES = 20 * 1024**2


class BureauFileForm(StyledForm):
    source = forms.CharField(
        label=_("Bureau"),
        max_length=60,
        help_text=_("The name under which its reports are kept."),
    )
    reports = forms.FileField(
        label=_("Reports as CSV or JSON"),
        widget=forms.FileInput(attrs={"accept": ".csv,.json,text/csv,application/json"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )

    def clean_reports(self) -> bytes:
        reports = self.cleaned_data["reports"]
        if reports.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The page takes files of up to %(size)d MB; use manage.py import_bureau.")
                % {"size": MOST_BYTES // 1024**2}
            )
        return bytes(reports.read())


class BureauAskForm(StyledForm):
    """Nothing to fill in: the applicant's consent stands already."""


class BureauEnquiryForm(StyledForm):
    consent_given_on = forms.DateField(
        label=_("The applicant agreed to this enquiry on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
    )
    agreed = forms.BooleanField(
        label=_("The applicant has agreed that the bureau is asked"),
        error_messages={"required": _("Without the applicant's word the bureau is not asked.")},
    )
