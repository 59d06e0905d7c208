"""Each characteristic of each shipped estimator has its own sentences, in English and Chinese."""

import re
from pathlib import Path

import pytest

from scoring.engine.artifacts import read_json, read_manifest
from scoring.engine.changeable import CHANGEABLE, FIXED
from scoring.engine.described_inputs import INPUTS
from scoring.engine.places import PLACES
from scoring.engine.points_table import FACTORS
from scoring.engine.reasons import WITHOUT_DEBTS, WORDINGS
from scoring.explanation import CHARACTERISTICS
from scoring.paths import ARTIFACTS_DIR
from scripts.compile_messages import LOCALE, compiled, parse

SOURCES = sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))
CHINESE = parse((LOCALE / "zh_Hans/LC_MESSAGES/django.po").read_text(encoding="utf-8"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def shipped_characteristics() -> set[str]:
    """Return what any estimator of the release may give a reason for."""
    names = {*FACTORS, *INPUTS}
    # Others learned from tables that no applicant is asked for, and give no reason here.
    for entry in read_manifest(ARTIFACTS_DIR).values():
        if entry.name in PLACES and entry.file.endswith(".json"):
            content = read_json(entry.name, ARTIFACTS_DIR)
            names |= {each["name"] for each in content.get("characteristics", [])}
    return names


def own_sentences() -> list[str]:
    sentences = [WITHOUT_DEBTS]
    for wording in WORDINGS.values():
        sentences += [wording.lost, wording.won, wording.not_given]
    for field in CHANGEABLE:
        sentences += [field.sentence]
    return [*sentences, *FIXED.values()]


def test_every_characteristic_of_every_estimator_has_its_own_sentences() -> None:
    assert shipped_characteristics() <= set(WORDINGS)
    for kind in ("lost", "won", "not_given", "code"):
        texts = [getattr(wording, kind) for wording in WORDINGS.values()]
        assert len(texts) == len(set(texts)), f"two characteristics share a sentence: {kind}"


@pytest.mark.parametrize("sentence", own_sentences())
def test_every_sentence_of_a_reason_is_said_in_chinese(sentence: str) -> None:
    said = CHINESE.get(sentence, "")
    assert re.search(r"[\u4e00-\u9fff]", said), f"no Chinese sentence for: {sentence}"


def test_every_label_of_a_characteristic_is_said_in_chinese() -> None:
    labels = {str(each.label) for each in CHARACTERISTICS.values()}
    assert shipped_characteristics() <= set(CHARACTERISTICS)
    assert labels <= set(CHINESE)


def test_placeholders_are_the_same_in_both_languages() -> None:
    for key, text in CHINESE.items():
        if key:
            message = key.split("\x04")[-1].split("\x00")[-1]
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(message)), key


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parent.parent.name)
def test_the_compiled_file_is_that_of_its_source(source: Path) -> None:
    messages = parse(source.read_text(encoding="utf-8"))
    assert source.with_suffix(".mo").read_bytes() == compiled(messages), (
        "run python -m scripts.compile_messages"
    )
