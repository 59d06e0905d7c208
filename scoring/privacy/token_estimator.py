"""The network on tokens as it serves: a graph and a vocabulary, and no key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from scoring.engine.artifacts import (
    ArtifactEntry,
    ArtifactError,
    read_json,
    read_manifest,
    verified_bytes,
)
from scoring.privacy.vocabulary import UNKNOWN, Vocabulary, VocabularyError, parsed_vocabulary

GRAPH, VOCABULARY = "german_tokens", "german_token_vocabulary"
ERRORS_ONLY = 3


@dataclass(frozen=True)
class TokenEstimator:
    """What gives a probability for rows of tokens; ``entry`` names the graph's file."""

    vocabulary: Vocabulary
    session: onnxruntime.InferenceSession
    entry: ArtifactEntry

    def numbers(self, rows: Sequence[Mapping[str, str]]) -> npt.NDArray[np.int64]:
        """Return the token numbers (n, k) of rows of tokens by column, 0 where never seen."""
        columns = len(self.vocabulary.numbers)
        found = [self.vocabulary.row(row) for row in rows]
        return np.array(found, dtype=np.int64).reshape(-1, columns)

    def probability_of_bad(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return the probability of *bad* (n,) of token numbers (n, k)."""
        if not len(numbers):
            return np.zeros(0)
        (output,) = self.session.run(None, {"tokens": numbers})
        return np.asarray(output, dtype=np.float64)

    @staticmethod
    def unknown_tokens(numbers: npt.NDArray[np.int64]) -> list[int]:
        """Return how many tokens of each row were never seen."""
        return [int(count) for count in (numbers == UNKNOWN).sum(axis=1)]


def load_token_estimator(folder: Path) -> TokenEstimator:
    """Read graph and vocabulary, again only where the manifest changed. Raises ArtifactError."""
    entries = read_manifest(folder)
    lacking = [name for name in (GRAPH, VOCABULARY) if name not in entries]
    if lacking:
        raise ArtifactError(f"the manifest names no artifact {', '.join(lacking)}")
    return _loaded(folder, tuple(entries[name].sha256 for name in (GRAPH, VOCABULARY)))


@lru_cache(maxsize=16)
def _loaded(folder: Path, hashes: tuple[str, ...]) -> TokenEstimator:
    entries = read_manifest(folder)
    vocabulary = parsed_vocabulary(read_json(VOCABULARY, folder))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    session = onnxruntime.InferenceSession(
        verified_bytes(entries[GRAPH], folder), options, providers=["CPUExecutionProvider"]
    )
    if session.get_inputs()[0].shape[1] != len(vocabulary.numbers):
        raise VocabularyError("the vocabulary and the network have different columns")
    return TokenEstimator(vocabulary, session, entries[GRAPH])
