"""Pages of question lists: what is there, writing a new one or copying, changing, archiving."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applicants.errors import ProblemError
from applicants.permissions import Capability, requires
from media_processing.models import QuestionList
from media_processing.models.question_list import MOST_CHARACTERS, MOST_QUESTIONS
from media_processing.question_forms import QuestionListForm
from media_processing.question_wording import sensitive_words, spoken_language
from media_processing.selectors.questions import question_lists_for
from media_processing.services import question_lists


@require_safe
@requires(Capability.UPLOAD_MEDIA)
def question_list_index(request: HttpRequest) -> HttpResponse:
    """Show the lists of the own branch, the built-in ones, and what was archived."""
    lists = list(question_lists_for(request.user))
    context = {
        "own": [each for each in lists if not each.is_built_in and not each.is_archived],
        "built_in": [each for each in lists if each.is_built_in and not each.is_archived],
        "archived": [each for each in lists if not each.is_built_in and each.is_archived],
    }
    return render(request, "media_processing/question_lists.html", context)


@require_http_methods(["GET", "POST"])
@requires(Capability.UPLOAD_MEDIA)
def question_list_new(request: HttpRequest) -> HttpResponse:
    """Write a new list, from nothing or from one that is copied."""
    form = QuestionListForm(request.POST or None, initial=_copied(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = question_lists.create(
                officer=request.user, branch=request.user.branch, **form.values()
            )
        except ProblemError as problem:
            form.refuse(problem.fields or {"": problem.message})
        else:
            return _saved(request, made)
    return _form_page(request, form, None)


def _copied(request: HttpRequest) -> dict[str, Any]:
    pk = request.GET.get("copy", "")
    if not pk:
        return {"mode": QuestionList.Mode.INTERVIEW, "questions": [""]}
    try:
        source = question_lists_for(request.user).get(pk=pk)
    except (QuestionList.DoesNotExist, ValidationError):
        messages.error(request, _("There is no such list to copy."))
        return {"questions": [""]}
    name = _("Copy of %(name)s") % {"name": source.name}
    return {**_content(source), "name": name[:100]}


def _content(listed: QuestionList) -> dict[str, Any]:
    names = ("name", "purpose", "language", "mode", "questions", "version")
    return {name: getattr(listed, name) for name in names}


@require_http_methods(["GET", "POST"])
@requires(Capability.UPLOAD_MEDIA)
def question_list(request: HttpRequest, pk: str) -> HttpResponse:
    """Show a built-in list; change one of the own branch."""
    listed = get_object_or_404(question_lists_for(request.user), pk=pk)
    if listed.is_built_in:
        return _built_in(request, listed)
    form = QuestionListForm(request.POST or None, initial=_content(listed))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            question_lists.change(listed, officer=request.user, version=version, **form.values())
        except ProblemError as problem:
            form.refuse(problem.fields or {"": problem.message})
            form.data = form.data.copy()
            form.data["version"] = QuestionList.objects.get(pk=listed.pk).version
            return _form_page(request, form, listed, status=problem.status)
        return _saved(request, listed)
    return _form_page(request, form, listed)


def _built_in(request: HttpRequest, listed: QuestionList) -> HttpResponse:
    status = 200
    if request.method == "POST":
        messages.error(request, _("A built-in list cannot be changed; copy it instead."))
        status = 409
    context = {"listed": listed, "lang": _html_language(listed)}
    return render(request, "media_processing/question_list.html", context, status=status)


def _html_language(listed: QuestionList) -> str:
    return spoken_language(listed.questions[0]) if listed.questions else listed.language


def _saved(request: HttpRequest, listed: QuestionList) -> HttpResponse:
    messages.success(request, _("The list is saved."))
    return redirect("media:question_list", listed.pk)


def _warnings(listed: QuestionList) -> list[tuple[int, str]]:
    """Return the questions (number, words) that touch what a lender may not ask."""
    touched = [(number, sensitive_words(text)) for number, text in enumerate(listed.questions, 1)]
    return [(number, ", ".join(words)) for number, words in touched if words]


def _form_page(
    request: HttpRequest, form: QuestionListForm, listed: QuestionList | None, status: int = 0
) -> HttpResponse:
    context = {
        "form": form,
        "listed": listed,
        "warnings": _warnings(listed) if listed else [],
        "most_questions": MOST_QUESTIONS,
        "most_characters": MOST_CHARACTERS,
    }
    shown = status or (422 if form.is_bound else 200)
    return render(request, "media_processing/question_list_form.html", context, status=shown)


@require_POST
@requires(Capability.UPLOAD_MEDIA)
def question_list_archive(request: HttpRequest, pk: str) -> HttpResponse:
    """Take a list out of the choice (``archived=1``), or put it back."""
    listed = get_object_or_404(question_lists_for(request.user), pk=pk)
    is_archived = request.POST.get("archived") == "1"
    try:
        question_lists.set_archived(listed, officer=request.user, is_archived=is_archived)
    except ProblemError as problem:
        messages.error(request, problem.message)
    else:
        text = _("The list is archived.") if is_archived else _("The list can be chosen again.")
        messages.success(request, text)
    return redirect("media:question_lists")
