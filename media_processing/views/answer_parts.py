"""The answers of a live recording, ready for the table and the timeline of the session page."""

from collections.abc import Sequence
from dataclasses import dataclass

from media_processing import words
from media_processing.analysis.answers import AnswerMeans, Interval
from media_processing.analysis.types import EMOTIONS, Modality
from media_processing.models.observation import ModalityName
from media_processing.selectors.questions import AnsweredQuestion
from media_processing.words import Text


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One modality during the answers to one question."""

    modality: str
    label: Text
    means: AnswerMeans

    @property
    def probabilities(self) -> list[tuple[str, float]]:
        """Return (label, mean probability) in the order of the columns."""
        return list(zip(EMOTIONS, map(float, self.means.probabilities), strict=True))


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One question of the table."""

    number: int
    text: str
    intervals: Sequence[Interval]
    signals: Sequence[SignalRow]

    @property
    def answered_s(self) -> float:
        return sum(each.length_s for each in self.intervals)

    @property
    def height(self) -> int:
        """Return over how many rows of the table the question reaches."""
        return max(1, len(self.signals))


def answer_rows(questions: Sequence[AnsweredQuestion]) -> list[AnswerRow]:
    return [
        AnswerRow(question.number, question.text, question.intervals, _signals(question))
        for question in questions
    ]


def _signals(question: AnsweredQuestion) -> list[SignalRow]:
    return [
        SignalRow(name, label, question.means[Modality(name)])
        for name, label in ModalityName.choices
        if Modality(name) in question.means
    ]


def columns() -> list[tuple[str, Text]]:
    """Return the labels of the table's columns."""
    return [(name, words.EXPRESSIONS[name]) for name in EMOTIONS]
