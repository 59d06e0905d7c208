"""Question lists: what is kept, who may change it, two officers at once, the built-in ones."""

import pytest

from applicants.errors import ProblemError, RefusedError
from applicants.models import AuditEvent, Branch, Officer
from media_processing.models import QuestionList
from media_processing.question_wording import sensitive_words
from media_processing.selectors.questions import question_lists_for
from media_processing.services import question_lists
from tests.factories import OfficerFactory, QuestionListFactory

pytestmark = pytest.mark.django_db
VALUES = {
    "name": "Car loans", "purpose": "consumer", "language": "en", "mode": "interview",
    "questions": ["Which car is it?", "  ", " How will you \t pay? "],
}  # fmt: skip


def test_a_list_is_kept_in_order_without_empty_rows_and_audited(officer: Officer) -> None:
    made = question_lists.create(officer=officer, branch=officer.branch, **VALUES)
    made.refresh_from_db()
    assert made.questions == ["Which car is it?", "How will you pay?"]
    event = AuditEvent.objects.get(action="question_list.created")
    assert (event.actor, event.object_id, event.detail) == (officer, str(made.pk), {"questions": 2})


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ([], "at least one"),
        (["  ", ""], "at least one"),
        (["Yes?", "x" * 301], "Question 2 has 301 characters"),
        (["Why?"] * 31, "up to 30 questions; these are 31"),
        (["a\0b"], "cannot be shown"),
    ],
)
def test_what_cannot_be_kept_is_told(officer: Officer, questions: list[str], said: str) -> None:
    with pytest.raises(ProblemError) as refused:
        question_lists.create(
            officer=officer, branch=officer.branch, **{**VALUES, "questions": questions}
        )
    assert said in refused.value.fields["questions"]
    assert QuestionList.objects.count() == 0


def test_the_longest_list_is_kept(officer: Officer) -> None:
    values = {**VALUES, "questions": ["x" * 300] * 30}
    made = question_lists.create(officer=officer, branch=officer.branch, **values)
    assert len(made.questions) == 30


def test_of_two_who_change_one_list_the_second_is_told(officer: Officer) -> None:
    listed = QuestionListFactory(branch=officer.branch)
    question_lists.change(listed, officer=officer, version=1, **VALUES)
    late = {**VALUES, "name": "Too late"}
    with pytest.raises(ProblemError) as refused:
        question_lists.change(listed, officer=officer, version=1, **late)
    assert refused.value.code == "changed_meanwhile"
    listed.refresh_from_db()
    assert (listed.name, listed.version) == ("Car loans", 2)
    assert AuditEvent.objects.filter(action="question_list.changed").count() == 1


def test_archiving_twice_is_audited_once(officer: Officer) -> None:
    listed = QuestionListFactory(branch=officer.branch)
    for is_archived in (True, True, False):
        question_lists.set_archived(listed, officer=officer, is_archived=is_archived)
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["question_list.archived", "question_list.restored"]


def test_another_branch_and_other_roles_change_nothing(
    officer: Officer, other_branch_officer: Officer, branch: Branch
) -> None:
    listed = QuestionListFactory(branch=branch)
    analyst = OfficerFactory(role=Officer.Role.RISK_ANALYST, branch=None)
    for stranger in (other_branch_officer, analyst):
        assert listed not in question_lists_for(stranger)
        with pytest.raises(RefusedError):
            question_lists.change(listed, officer=stranger, version=1, **VALUES)
        with pytest.raises(RefusedError):
            question_lists.create(officer=stranger, branch=branch, **VALUES)
        with pytest.raises(RefusedError):
            question_lists.set_archived(listed, officer=stranger, is_archived=True)
    listed.refresh_from_db()
    assert (listed.version, listed.archived_at) == (1, None)


# --- the built-in ones ----------------------------------------------------------------------------


def test_the_built_in_lists_are_registered_once_and_follow_their_file(officer: Officer) -> None:
    assert question_lists.sync_built_in() == 8
    assert question_lists.sync_built_in() == 0
    QuestionList.objects.filter(code="consumer-en").update(questions=["Old?"])
    QuestionList.objects.create(code="gone-en", name="Gone", purpose="other", questions=["Why?"])
    assert question_lists.sync_built_in() == 2
    assert "Old?" not in QuestionList.objects.get(code="consumer-en").questions
    assert QuestionList.objects.get(code="gone-en").is_archived
    with pytest.raises(RefusedError):
        listed = QuestionList.objects.get(code="consumer-en")
        question_lists.change(listed, officer=officer, version=1, **VALUES)


def test_every_kind_of_talk_has_a_list_in_both_languages_and_five_voice_questions() -> None:
    question_lists.sync_built_in()
    found = QuestionList.objects.values_list("mode", "purpose", "language")
    purposes = ("consumer", "small_business", "hardship")
    talks = {("interview", purpose, language) for purpose in purposes for language in ("en", "zh")}
    assert set(found) == talks | {("voice", "consumer", "en"), ("voice", "consumer", "zh")}
    assert [len(each.questions) for each in QuestionList.objects.filter(mode="voice")] == [5, 5]


def test_no_built_in_question_touches_what_a_lender_may_not_ask() -> None:
    question_lists.sync_built_in()
    asked = [text for each in QuestionList.objects.all() for text in each.questions]
    assert len(asked) > 70
    assert {text: sensitive_words(text) for text in asked if sensitive_words(text)} == {}
    for text in asked:
        assert question_lists.cleaned([text]) == [text]
