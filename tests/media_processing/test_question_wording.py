"""The language a question is read in, and words that a lender may not ask by."""

import pytest

from media_processing.question_wording import sensitive_words, spoken_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the loan for?", "en-US"),
        ("贷款用途？", "zh-CN"),
        ("ROI 是多少？", "zh-CN"),
        ("", "en-US"),
    ],
)
def test_a_text_is_read_in_its_own_script(text: str, language: str) -> None:
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
