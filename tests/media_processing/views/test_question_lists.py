"""The pages of question lists: shown, copied, changed, put in another order, archived."""

import uuid
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Officer
from media_processing.models import QuestionList
from media_processing.services import question_lists
from tests.factories import QuestionListFactory

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]
TYPED = {
    "name": "Car loans", "purpose": "consumer", "language": "en", "mode": "interview",
    "questions": ["How will you pay?", "", "Which car is it?"],
}  # fmt: skip


def url(listed: QuestionList, name: str = "question_list") -> str:
    return reverse(f"media:{name}", args=[listed.pk])


def test_the_index_tells_own_built_in_and_archived_lists_apart(
    client_of: ClientOf, officer: Officer
) -> None:
    client = client_of(officer)
    empty = client.get(reverse("media:question_lists")).content.decode()
    assert "No list of your own yet" in empty
    assert "The built-in lists are missing" in empty
    question_lists.sync_built_in()
    own = QuestionListFactory(branch=officer.branch)
    old = QuestionListFactory(branch=officer.branch)
    question_lists.set_archived(old, officer=officer, is_archived=True)
    QuestionListFactory(name="Of another branch")
    context = client.get(reverse("media:question_lists")).context
    assert (context["own"], context["archived"]) == ([own], [old])
    assert len(context["built_in"]) == 8


def test_a_built_in_list_is_shown_in_its_language_and_copied(
    client_of: ClientOf, officer: Officer
) -> None:
    question_lists.sync_built_in()
    source, client = QuestionList.objects.get(code="hardship-zh"), client_of(officer)
    page = client.get(url(source)).content.decode()
    assert 'lang="zh-CN"' in page
    assert client.post(url(source), TYPED).status_code == 409
    form = client.get(reverse("media:question_list_new"), {"copy": str(source.pk)})
    for text in source.questions:
        assert text in unescape(form.content.decode())
    assert QuestionList.objects.filter(branch=officer.branch).count() == 0


def test_a_new_list_is_kept_in_the_order_of_the_rows(client_of: ClientOf, officer: Officer) -> None:
    answer = client_of(officer).post(reverse("media:question_list_new"), TYPED)
    made = QuestionList.objects.get()
    assert answer["Location"] == url(made)
    assert made.questions == ["How will you pay?", "Which car is it?"]
    assert (made.branch, made.created_by) == (officer.branch, officer)


def test_what_was_typed_stays_where_it_cannot_be_kept(
    client_of: ClientOf, officer: Officer
) -> None:
    typed = {**TYPED, "questions": ["Which car is it?", "y" * 301]}
    answer = client_of(officer).post(reverse("media:question_list_new"), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Question 2 has 301 characters" in page
    assert "Which car is it?" in page
    assert "y" * 301 in page
    assert QuestionList.objects.count() == 0


def test_a_change_in_between_is_told_and_can_be_saved_again(
    client_of: ClientOf, officer: Officer
) -> None:
    listed, client = QuestionListFactory(branch=officer.branch), client_of(officer)
    assert client.post(url(listed), {**TYPED, "version": 1}).status_code == 302
    late = {**TYPED, "name": "Late", "version": 1}
    answer = client.post(url(listed), late)
    assert answer.status_code == 409
    assert 'name="version" value="2"' in answer.content.decode()
    assert client.post(url(listed), {**late, "version": 2}).status_code == 302
    listed.refresh_from_db()
    assert listed.name == "Late"


def test_wording_that_a_lender_may_not_use_is_pointed_out(
    client_of: ClientOf, officer: Officer
) -> None:
    listed = QuestionListFactory(branch=officer.branch, questions=["Why?", "Are you married?"])
    page = client_of(officer).get(url(listed)).content.decode()
    assert "Question 2: married" in page


def test_archiving_and_putting_back(client_of: ClientOf, officer: Officer) -> None:
    listed, client = QuestionListFactory(branch=officer.branch), client_of(officer)
    for typed, is_archived in (("1", True), ("0", False)):
        client.post(url(listed, "question_list_archive"), {"archived": typed})
        listed.refresh_from_db()
        assert listed.is_archived is is_archived


@pytest.mark.parametrize("copy", ["x", "²", "9" * 5000, str(uuid.uuid4())])
def test_a_list_that_is_not_there_cannot_be_copied(
    client_of: ClientOf, officer: Officer, copy: str
) -> None:
    page = client_of(officer).get(reverse("media:question_list_new"), {"copy": copy})
    assert page.status_code == 200
    assert "There is no such list to copy." in page.content.decode()


@pytest.mark.parametrize("version", ["", "-1", "9" * 400, "x", "٣", "2147483648"])
def test_a_version_that_cannot_be_changes_nothing(
    client_of: ClientOf, officer: Officer, version: str
) -> None:
    listed = QuestionListFactory(branch=officer.branch)
    answer = client_of(officer).post(url(listed), {**TYPED, "version": version})
    assert answer.status_code in {409, 422}
    listed.refresh_from_db()
    assert listed.version == 1
