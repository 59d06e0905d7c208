"""Synthetic applicants out of a stored generator: a seed and a number of rows give a table.

The generator is an ONNX graph ``noise (n, z), condition (n, c) → quantiles (n, numbers),
logits (n, levels)``; a description in JSON says how these become columns. Nothing here knows a
person: the description holds levels and values that several rows shared, and shares of levels.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
TextArray = npt.NDArray[np.object_]
# How a seed is turned into draws; another number gives other rows for the same seed.
DRAWING = 2
MAX_ROWS = 100_000
BLOCK_ROWS = 4096


class SynthesisError(ValueError):
    """What was asked of a generator cannot be drawn; the text says why."""


@dataclass(frozen=True)
class Description:
    """What the outputs of a generator mean, as its JSON file says (see ``training/synthesiser``).

    ``blocks`` are the runs of logits in order, ``level_shares`` (classes, levels) how often each
    level occurs in each class; empty where the generator is conditioned on the class alone.
    """

    content: Mapping[str, Any]

    @cached_property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.content["classes"])

    @cached_property
    def class_shares(self) -> FloatArray:
        shares = np.array(self.content["class_shares"], dtype=np.float64)
        return np.asarray(shares / shares.sum())

    @cached_property
    def columns(self) -> list[dict[str, Any]]:
        return list(self.content["columns"])

    @cached_property
    def numbers(self) -> list[dict[str, Any]]:
        return [each for each in self.columns if each["kind"] == "number"]

    @cached_property
    def blocks(self) -> list[tuple[str, tuple[str, ...]]]:
        found = []
        for each in self.columns:
            levels = each["levels"] if each["kind"] == "level" else each["states"]
            if each["kind"] == "level" or len(levels) > 1:
                found.append((str(each["name"]), tuple(levels)))
        return found

    @cached_property
    def widths(self) -> list[int]:
        return [len(levels) for _name, levels in self.blocks]

    @cached_property
    def level_shares(self) -> FloatArray:
        given = self.content.get("level_shares")
        return np.array(given, np.float64) if given else np.zeros((len(self.classes), 0))


def draw_classes(
    description: Description, rows: int, shares: Sequence[float] | None, rng: np.random.Generator
) -> IntArray:
    """Return (rows,) class numbers whose counts are the shares as nearly as whole rows allow.

    Raises SynthesisError where the shares are not one per class, or are no shares.
    """
    wanted = description.class_shares if shares is None else np.asarray(shares, dtype=np.float64)
    if wanted.shape != description.class_shares.shape or not np.all(np.isfinite(wanted)):
        raise SynthesisError(f"give one share for each of {', '.join(description.classes)}")
    if (wanted < 0).any() or wanted.sum() <= 0:
        raise SynthesisError("shares of classes lie between 0 and 1 and are not all 0")
    ends = np.round(np.cumsum(wanted / wanted.sum()) * rows).astype(np.int64)
    classes = np.searchsorted(ends, np.arange(rows), side="right")
    return rng.permutation(classes).astype(np.int64)


def draw_conditions(
    description: Description, classes: IntArray, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return (n, c) conditions: the class, and one column at random with a level of that class."""
    rows = np.arange(len(classes))
    shares = description.level_shares
    condition = np.zeros((len(classes), len(description.classes) + shares.shape[1]), np.float32)
    condition[rows, classes] = 1.0
    if not shares.size:
        return condition
    widths = np.array(description.widths)
    starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    chosen = rng.integers(0, len(widths), len(classes))
    draw = rng.random(len(classes))
    for block, (start, width) in enumerate(zip(starts, widths, strict=True)):
        in_block = np.flatnonzero(chosen == block)
        cumulative = np.cumsum(shares[:, start : start + width], axis=1)[classes[in_block]]
        below = draw[in_block, None] * cumulative[:, -1:] >= cumulative
        level = np.minimum(below.sum(axis=1), width - 1)
        condition[in_block, len(description.classes) + start + level] = 1.0
    return condition


def decode(
    description: Description,
    classes: IntArray,
    quantiles: FloatArray,
    logits: FloatArray,
    rng: np.random.Generator,
) -> dict[str, TextArray]:
    """Return the columns of the table in its own order, as text; empty text means missing."""
    levels = _draw_levels(description.widths, logits, rng)
    drawn = {
        name: np.array(texts, dtype=object)[levels[:, block]]
        for block, (name, texts) in enumerate(description.blocks)
    }
    for position, column in enumerate(description.numbers):
        texts = _number_texts(column, quantiles[:, position])
        states = drawn.get(column["name"])
        drawn[column["name"]] = texts if states is None else np.where(
            states == "value", texts, states
        )  # fmt: skip
    for name, texts in drawn.items():
        drawn[name] = np.where(texts == "(missing)", "", texts)
    drawn[description.content["target"]] = np.array(description.classes, dtype=object)[classes]
    return {name: drawn[name] for name in description.content["order"]}


def _draw_levels(widths: Sequence[int], logits: FloatArray, rng: np.random.Generator) -> IntArray:
    """Return (n, blocks) levels drawn with the softmax of the logits (Gumbel's maximum)."""
    noisy = logits + rng.gumbel(size=logits.shape)
    if not widths:
        return np.zeros((len(logits), 0), dtype=np.int64)
    ends = np.cumsum(widths)
    blocks = [noisy[:, end - width : end] for end, width in zip(ends, widths, strict=True)]
    return np.column_stack([block.argmax(axis=1) for block in blocks])


def _number_texts(column: Mapping[str, Any], quantiles: FloatArray) -> TextArray:
    values, shares = np.array(column["values"], float), np.array(column["quantiles"], float)
    if column["continuous"]:
        numbers = np.interp(quantiles, shares, values)
    else:
        reached = np.searchsorted(shares, quantiles, side="left")
        numbers = values[np.minimum(reached, len(values) - 1)]
    decimals = int(column["decimals"])
    if decimals == 0:
        return np.round(numbers).astype(np.int64).astype(str).astype(object)
    return np.array([f"{number:.{decimals}f}" for number in numbers], dtype=object)


def drawing_seed(seed: int) -> list[int]:
    """Return what a table is drawn from: not what a reader gets who splits it with the same seed.

    The first draw orders the classes. Were it ``default_rng(seed).permutation``, whoever takes a
    fifth of the rows by that very line would test on one class alone.
    """
    return [seed, DRAWING]


class Synthesiser:
    """Draws rows from a stored generator; the same seed and number give the same rows."""

    def __init__(self, graph: bytes, content: Mapping[str, Any]) -> None:
        # Imported on use: a web process that draws no rows does not load it.
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._latent = int(self._session.get_inputs()[0].shape[1])
        self.description = Description(content)

    def blocks(
        self, rows: int, *, seed: int, class_shares: Sequence[float] | None = None
    ) -> Iterator[dict[str, TextArray]]:
        """Yield the table in blocks of at most 4,096 rows. Raises SynthesisError for bad numbers.

        ``class_shares`` sets how many rows each class has; the default is that of the real table.
        """
        if not 1 <= rows <= MAX_ROWS:
            raise SynthesisError(f"draw between 1 and {MAX_ROWS} rows, not {rows}")
        rng = np.random.default_rng(drawing_seed(seed))
        classes = draw_classes(self.description, rows, class_shares, rng)
        for number in range(math.ceil(rows / BLOCK_ROWS)):
            yield self._block(classes[number * BLOCK_ROWS : (number + 1) * BLOCK_ROWS], rng)

    def sample(
        self, rows: int, *, seed: int, class_shares: Sequence[float] | None = None
    ) -> dict[str, TextArray]:
        """Return the whole table; see :meth:`blocks`."""
        parts = list(self.blocks(rows, seed=seed, class_shares=class_shares))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _block(self, classes: IntArray, rng: np.random.Generator) -> dict[str, TextArray]:
        condition = draw_conditions(self.description, classes, rng)
        noise = rng.standard_normal((len(classes), self._latent)).astype(np.float32)
        quantiles, logits = self._session.run(None, {"noise": noise, "condition": condition})
        return decode(
            self.description, classes, np.asarray(quantiles, float), np.asarray(logits, float), rng
        )
