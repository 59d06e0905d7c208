"""What an officer chooses before a live recording: its kind and the questions to ask."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applicants.errors import ProblemError
from applicants.forms import StyledForm
from media_processing.models import QuestionList
from media_processing.models.recording import Kind
from media_processing.services import question_lists

NO_QUESTIONS, OWN_QUESTIONS = "none", "own"
# 30 questions of 300 characters each, with room for the breaks between them.
MOST_TYPED = 10_000


class LiveStartForm(StyledForm):
    """``chosen`` is the key of one of ``lists``, ``own`` for what was typed, or ``none``."""

    kind = forms.ChoiceField(
        label=_("What is recorded"), choices=Kind, widget=forms.RadioSelect, initial=Kind.INTERVIEW
    )
    chosen = forms.CharField(label=_("Questions"), max_length=40)
    own = forms.CharField(
        label=_("Your own questions"), required=False, max_length=MOST_TYPED,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One question per line; a browser can read English and Chinese ones aloud."),
    )  # fmt: skip

    def __init__(self, *args: Any, lists: Sequence[QuestionList], **kwargs: Any) -> None:
        # Before the base class, which looks at the errors already.
        self.lists = {str(each.pk): each for each in lists}
        super().__init__(*args, **kwargs)

    def clean_chosen(self) -> str:
        chosen = str(self.cleaned_data["chosen"])
        if chosen not in {*self.lists, OWN_QUESTIONS, NO_QUESTIONS}:
            raise forms.ValidationError(_("This list is not there any more; choose another one."))
        return chosen

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        try:
            given["questions"] = self._questions(given.get("chosen"), given.get("own") or "")
        except ProblemError as problem:
            self.add_error("own", problem.message)
            return given
        if given.get("chosen") == OWN_QUESTIONS and not given["questions"]:
            self.add_error("own", _("Write at least one question, or choose a list."))
        if given.get("kind") == Kind.VOICE and given.get("chosen") == NO_QUESTIONS:
            self.add_error("chosen", _("Voice answers need questions; choose a list."))
        return given

    def _questions(self, chosen: str | None, typed: str) -> list[str]:
        if chosen == OWN_QUESTIONS:
            return question_lists.cleaned(typed.splitlines())
        listed = self.lists.get(chosen or "")
        return list(listed.questions) if listed else []
