"""What people type on the pages of networks."""

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_REASON = 2000


class ProposalForm(forms.Form):
    """Why a version should come into force; the service says how short is too short."""

    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON)
