"""What an officer types on the pages of question lists."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applicants.errors import ProblemError
from applicants.forms import StyledForm
from media_processing.models import QuestionList
from media_processing.services import question_lists

LARGEST_VERSION = 2**31 - 1


class QuestionRows(forms.Widget):
    """One input per question, all of the same name, in the order of the page."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return data.getlist(name) if hasattr(data, "getlist") else list(data.get(name, []))

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return False


class QuestionsField(forms.Field):
    """Ordered texts; empty rows fall away, the first one that cannot be kept is named."""

    widget = QuestionRows

    def clean(self, value: list[str]) -> list[str]:
        try:
            questions = question_lists.cleaned(value)
        except ProblemError as problem:
            raise forms.ValidationError(problem.message) from problem
        if self.required and not questions:
            raise forms.ValidationError(_("Write at least one question."))
        return questions


class QuestionListForm(StyledForm):
    """A list of the officer's branch; ``version`` is the one that the page showed."""

    name = forms.CharField(label=_("Name"), max_length=100)
    purpose = forms.ChoiceField(label=_("Kind of talk"), choices=QuestionList.Purpose)
    language = forms.ChoiceField(
        label=_("Language"), choices=QuestionList.Language,
        help_text=_("English and Chinese questions can be read aloud; others you read yourself."),
    )  # fmt: skip
    mode = forms.ChoiceField(label=_("Used for"), choices=QuestionList.Mode)
    questions = QuestionsField(label=_("Questions"))
    version = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=0, max_value=LARGEST_VERSION
    )

    def values(self) -> dict[str, Any]:
        """Return what the services take. Call it on a valid form."""
        names = ("name", "purpose", "language", "mode", "questions")
        return {name: self.cleaned_data[name] for name in names}
