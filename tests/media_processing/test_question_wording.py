"""The language a question is read in, and words that a lender may not ask by."""

import tomllib

import pytest

from media_processing.question_wording import sensitive_words, spoken_language
from media_processing.services import question_lists


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the loan for?", "en-US"),
        ("贷款用途？", "zh-CN"),
        ("ROI 是多少？", "zh-CN"),
        ("Are the debts of your café paid?", "en-US"),
        ("À quoi servira le prêt ? Quel est votre plan ?", "und"),
        ("Wofür ist der Kredit, und was will die Firma damit kaufen?", "und"),
        ("¿Para qué has pedido el préstamo?", "und"),
        ("Waar is de lening voor, en had u er al een?", "und"),
        ("Krediyi ne için istiyorsunuz?", "und"),
        ("На что нужен кредит?", "und"),
        ("ما الغرض من القرض؟", "und"),
        ("대출은 무엇에 쓰나요?", "und"),
        ("融資は何に使いますか？", "und"),
        ("", "und"),
    ],
)
def test_a_text_is_read_in_its_own_language_or_by_nobody(text: str, language: str) -> None:
    assert spoken_language(text) == language


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Are you married, and do you plan to have children?", ["married", "children"]),
        ("Is your health good enough to work?", ["health"]),
        ("How old are you?", ["how old"]),
        ("您结婚了吗？打算生育吗？", ["结婚", "生育"]),
        ("您信仰什么宗教？", ["信仰", "宗教"]),
        ("Which payments go out every month?", []),
        ("What have you agreed on for the damaged garage?", []),
    ],
)
def test_words_about_protected_matters_are_named(text: str, words: list[str]) -> None:
    assert [word.lower() for word in sensitive_words(text)] == words


def test_every_built_in_question_has_a_voice() -> None:
    lists = tomllib.loads(question_lists.BUILT_IN.read_text(encoding="utf-8")).values()
    voices = {"en": "en-US", "zh": "zh-CN"}
    for listed in lists:
        spoken = {spoken_language(question) for question in listed["questions"]}
        assert spoken == {voices[listed["language"]]}, listed
