"""Drawing from a tiny generator whose outputs are known."""

import csv
import io
from typing import Any

import numpy as np
import pytest

from scoring.privacy import provenance
from scoring.privacy.synthesis import (
    Description,
    Synthesiser,
    SynthesisError,
    decode,
    draw_classes,
    draw_conditions,
)
from scoring.privacy.synthetic_mark import is_marked
from tests.scoring.synthesisers import CONTENT, tiny_graph


@pytest.fixture(scope="module")
def synthesiser() -> Synthesiser:
    return Synthesiser(tiny_graph(), CONTENT)


def test_the_same_seed_gives_the_same_rows(synthesiser: Synthesiser) -> None:
    first, again, other = (synthesiser.sample(300, seed=seed) for seed in (1, 1, 2))
    assert list(first) == ["duration", "purpose", "amount", "class"]
    assert all((first[name] == again[name]).all() for name in first)
    assert any((first[name] != other[name]).any() for name in first)


def test_classes_are_as_many_as_asked_for(synthesiser: Synthesiser) -> None:
    rows = synthesiser.sample(1000, seed=3, class_shares=[0.25, 0.75])
    assert (rows["class"] == "bad").sum() == 750
    rows = synthesiser.sample(1000, seed=3)
    assert (rows["class"] == "bad").sum() == 300
    assert (synthesiser.sample(5, seed=3, class_shares=[0, 1])["class"] == "bad").all()


@pytest.mark.parametrize("shares", [[1.0], [0.5, -0.5], [0.0, 0.0], [float("nan"), 1.0]])
def test_shares_that_are_none_are_refused(synthesiser: Synthesiser, shares: list[float]) -> None:
    with pytest.raises(SynthesisError):
        synthesiser.sample(10, seed=0, class_shares=shares)


@pytest.mark.parametrize("rows", [0, -1, 100_001])
def test_a_wrong_number_of_rows_is_refused(synthesiser: Synthesiser, rows: int) -> None:
    with pytest.raises(SynthesisError, match="between 1 and 100000"):
        synthesiser.sample(rows, seed=0)


def test_blocks_are_the_whole_table(synthesiser: Synthesiser) -> None:
    parts = list(synthesiser.blocks(5000, seed=4))
    assert [len(part["class"]) for part in parts] == [4096, 904]


def test_a_level_is_given_as_often_as_it_occurs_in_its_class() -> None:
    rng = np.random.default_rng(0)
    classes = np.repeat([0, 1], 20_000)
    condition = draw_conditions(Description(CONTENT), classes, rng)
    assert condition.shape == (40_000, 2 + 3 + 2)
    assert (condition.sum(axis=1) == 2).all()
    of_purpose = condition[:, 2:5].sum(axis=1) > 0
    bad = condition[of_purpose & (classes == 1), 2:5].mean(axis=0)
    assert bad == pytest.approx([0.0, 0.25, 0.75], abs=0.02)


def test_numbers_are_decoded_by_their_quantiles() -> None:
    description = Description(CONTENT)
    quantiles = np.array([[0.1, 0.0], [0.6, 0.5], [0.99, 1.0]])
    logits = np.tile([0.0, 60.0, 0.0, 60.0, 0.0], (3, 1))
    rows = decode(description, np.array([0, 1, 0]), quantiles, logits, np.random.default_rng(0))
    assert rows["duration"].tolist() == ["12", "24", "48"]
    assert rows["amount"].tolist() == ["100.0", "150.0", "300.0"]
    assert rows["purpose"].tolist() == ["car"] * 3
    missing = np.tile([0.0, 60.0, 0.0, 0.0, 60.0], (3, 1))
    rows = decode(description, np.array([0, 1, 0]), quantiles, missing, np.random.default_rng(0))
    assert rows["amount"].tolist() == [""] * 3


def test_counts_of_classes_add_up() -> None:
    rng = np.random.default_rng(0)
    for rows in (1, 2, 7, 99):
        assert len(draw_classes(Description(CONTENT), rows, None, rng)) == rows


@pytest.mark.parametrize("seed", range(6))
def test_a_split_with_the_same_seed_meets_every_class(synthesiser: Synthesiser, seed: int) -> None:
    classes = synthesiser.sample(1000, seed=seed)["class"]
    for split in (seed, seed + 1, seed - 1 if seed else 0):
        order = np.random.default_rng(split).permutation(1000)
        for held in (classes[order < 200], classes[order[:200]]):
            assert 0.2 < (held == "bad").mean() < 0.4


def test_the_csv_carries_the_mark_in_every_row(synthesiser: Synthesiser) -> None:
    text = b"".join(provenance.csv_parts(synthesiser.blocks(4200, seed=1))).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 4200
    assert {row["synthetic"] for row in rows} == {"yes"}


@pytest.mark.parametrize(
    ("value", "marked"),
    [("yes", True), ("1", True), ("True", True), ("", False), ("no", False), (0, False),
     (None, False), (" FALSE ", False)],
)  # fmt: skip
def test_what_counts_as_a_mark(value: Any, marked: bool) -> None:
    assert is_marked(value) is marked


def test_the_sidecar_never_calls_rows_anonymous_without_privacy() -> None:
    given = {"generator_sha256": "a" * 64, "licence": "CC BY 4.0", "rows": 10, "seed": 1}
    plain = provenance.sidecar(CONTENT, class_shares=None, **given)
    assert plain["privacy"] == "no differential privacy"
    assert plain["classes"] == {"good": 0.7, "bad": 0.3}
    private = CONTENT | {"epsilon": 3.0, "account": {"delta": 0.001}}
    found = provenance.sidecar(private, class_shares=[0.5, 0.5], **given)
    assert found["privacy"] == {"epsilon": 3.0, "delta": 0.001}
