"""Which number a network knows each token by. The server holds it, and no key.

After a rotation the lender, who alone can, gives every token its twin of the new key version under
the same number: both are then understood, and the network need not be trained again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.privacy.key_files import checked_tenant
from scoring.privacy.tokens import KeyRing, TokenError, key_version

FORMAT = "creditweb-token-vocabulary/1"
UNKNOWN = 0


class VocabularyError(ValueError):
    """A vocabulary that cannot be read."""


@dataclass(frozen=True)
class Vocabulary:
    """``numbers`` holds, by column in the network's order, the number of each token, from 1."""

    tenant: str
    numbers: Mapping[str, Mapping[str, int]]

    @property
    def sizes(self) -> list[int]:
        """How many numbers each column has, 0 for unknown tokens included."""
        return [1 + max(each.values(), default=UNKNOWN) for each in self.numbers.values()]

    @property
    def tokens(self) -> int:
        """How many tokens are known, of all columns and key versions."""
        return sum(len(each) for each in self.numbers.values())

    @property
    def key_versions(self) -> list[int]:
        """The key versions whose tokens are known, in order."""
        versions = {key_version(token) for each in self.numbers.values() for token in each}
        return sorted(version for version in versions if version is not None)

    def row(self, tokens: Mapping[str, str]) -> list[int]:
        """Return the numbers of one row of tokens by column; 0 for a token never seen."""
        return [known.get(tokens[name], UNKNOWN) for name, known in self.numbers.items()]

    def content(self) -> dict[str, Any]:
        """Return the JSON of it."""
        columns = [{"name": name, "tokens": dict(each)} for name, each in self.numbers.items()]
        return {"format": FORMAT, "tenant": self.tenant, "columns": columns}


def learned_vocabulary(tenant: str, columns: Mapping[str, Iterable[str]]) -> Vocabulary:
    """Number the tokens of each column in the order of their text, which tells nothing of them.

    Raises TokenError for what is no name of a tenant.
    """
    numbers = {
        name: {token: number for number, token in enumerate(sorted(set(tokens)), start=1)}
        for name, tokens in columns.items()
    }
    return Vocabulary(checked_tenant(tenant), numbers)


def parsed_vocabulary(content: Mapping[str, Any]) -> Vocabulary:
    """Read a vocabulary's JSON. Raises VocabularyError."""
    try:
        if content["format"] != FORMAT:
            raise VocabularyError(f"a vocabulary has the format {FORMAT}")
        columns: Sequence[Mapping[str, Any]] = content["columns"]
        numbers = {
            str(each["name"]): {str(token): int(n) for token, n in each["tokens"].items()}
            for each in columns
        }
        if any(number <= UNKNOWN for each in numbers.values() for number in each.values()):
            raise VocabularyError("the numbers of a vocabulary's tokens begin at 1")
        return Vocabulary(checked_tenant(str(content["tenant"])), numbers)
    except TokenError as error:
        raise VocabularyError(str(error)) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise VocabularyError("this is no vocabulary of tokens") from error


def read_vocabulary(path: Path) -> Vocabulary:
    """Read a vocabulary from a file. Raises VocabularyError, OSError."""
    try:
        return parsed_vocabulary(json.loads(path.read_text(encoding="utf-8")))
    except VocabularyError as error:
        raise VocabularyError(f"{path.name}: {error}") from error
    except ValueError as error:
        raise VocabularyError(f"{path.name}: this is no vocabulary of tokens") from error


def remapped(vocabulary: Vocabulary, ring: KeyRing, *, drop_old: bool = False) -> Vocabulary:
    """Return the vocabulary with the tokens of the ring's current version under the same numbers.

    Raises VocabularyError for tokens of another key.
    """
    if vocabulary.tenant != ring.tenant:
        raise VocabularyError(
            f"the vocabulary is of the tenant {vocabulary.tenant}, the key of {ring.tenant}"
        )
    numbers = {}
    for column, known in vocabulary.numbers.items():
        try:
            fresh = {ring.again(column, token): number for token, number in known.items()}
        except TokenError as error:
            raise VocabularyError(f"column {column}: {error}") from error
        numbers[column] = fresh if drop_old else dict(known) | fresh
    return Vocabulary(vocabulary.tenant, numbers)
