"""Leave one content out: nothing of what is measured was learnt from."""

import numpy as np
import pytest

from media_processing.training.gait_folds import (
    FoldAnswers,
    contents,
    is_held_out,
    may_learn,
    vote,
)
from tests.media_processing.training.captured import clip_like

CLIPS = [
    clip_like("angry", "angry"),
    clip_like("angry", "angry", content="run"),
    clip_like("old", "other", content="run", split="val"),
    clip_like("sad", "sad", split="test"),
    clip_like("bow", "sad", content="bow", locomotion=False),
    clip_like("active", "other", source="bandai2", content="run"),
    clip_like("active", "other", source="bandai2", content="run", split="test"),
]


def test_only_walks_of_the_first_set_are_left_out() -> None:
    assert contents(CLIPS) == ("run", "walk")


@pytest.mark.parametrize("held_out", ["walk", "run"])
def test_no_fold_learns_from_a_content_it_is_measured_on(held_out: str) -> None:
    learnt = [clip for clip in CLIPS if may_learn(clip, held_out)]
    measured = [clip for clip in CLIPS if is_held_out(clip, held_out)]

    assert measured and learnt
    assert not {clip.name for clip in learnt} & {clip.name for clip in measured}
    assert not any(clip.source == "bandai1" and clip.content == held_out for clip in learnt)
    assert not any(clip.source == "bandai2" and clip.split == "test" for clip in learnt)


def test_what_ships_learns_from_the_training_split_alone() -> None:
    assert {clip.split for clip in CLIPS if may_learn(clip, None)} == {"train"}


def test_many_renders_of_a_clip_are_one_vote() -> None:
    answers = FoldAnswers(("a", "b"))
    answers.add("first", "a", np.array([[0.6, 0.4]] * 3 + [[0.45, 0.55]] * 4))
    answers.add("second", "b", np.array([[0.7, 0.3]]))
    figures = answers.figures()

    assert figures["n"] == 2
    assert figures["confusion"] == [[1, 0], [1, 0]]
    assert figures["uar"] == 0.5
    assert figures["errors"] == {"second": "a"}


def test_a_clip_is_measured_once() -> None:
    answers = FoldAnswers(("a", "b"))
    answers.add("first", "a", np.array([[0.6, 0.4]]))
    with pytest.raises(ValueError, match="two folds"):
        answers.add("first", "a", np.array([[0.6, 0.4]]))


def test_a_vote_survives_a_share_of_nothing() -> None:
    assert np.isfinite(vote(np.array([[0.0, 1.0], [0.9, 0.1]]))).all()
