"""What tokens give away: the frequency attack (Naveed, Kamara and Wright 2015).

Whoever sees the tokens of a column and knows how often each value occurs lays both side by side in
the order of their frequency. The report says how many cells that guesses right.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scoring.privacy.recipe import Recipe


@dataclass(frozen=True, slots=True)
class ColumnLeak:
    """Of ``cells`` cells the attack guesses ``recovered``; ``values`` differ in the column."""

    column: str
    is_number: bool
    values: int
    cells: int
    recovered: int

    @property
    def rate(self) -> float:
        """Return the share of cells guessed right (0…1)."""
        return self.recovered / self.cells if self.cells else 0.0


def frequency_attack(
    tokens: Sequence[str], truth: Sequence[str], marginals: Mapping[str, int]
) -> int:
    """Return how many cells are guessed right; ``truth`` holds what each token stands for.

    The attacker knows ``marginals``, how often each value occurs, and nothing else. Equal counts
    are put in the order of the names, which the attacker has no better way to choose.
    """
    guesses = dict(zip(_by_frequency(Counter(tokens)), _by_frequency(marginals), strict=False))
    return sum(guesses.get(token) == value for token, value in zip(tokens, truth, strict=True))


def _by_frequency(counts: Mapping[str, int]) -> list[str]:
    return sorted(counts, key=lambda each: (-counts[each], each))


def leak_report(
    tokens: Mapping[str, Sequence[str]],
    truth: Mapping[str, Sequence[str]],
    recipe: Recipe,
    marginals: Mapping[str, Mapping[str, int]] | None = None,
) -> list[ColumnLeak]:
    """Return the leak of each column of the recipe.

    Without ``marginals`` the attacker is given those of this very table: the worst case.
    """
    found = []
    for column, edges in recipe.edges.items():
        known = marginals[column] if marginals is not None else Counter(truth[column])
        found.append(
            ColumnLeak(
                column=column,
                is_number=edges is not None,
                values=len(set(truth[column])),
                cells=len(truth[column]),
                recovered=frequency_attack(tokens[column], truth[column], known),
            )
        )
    return found


def summary(leaks: Sequence[ColumnLeak]) -> dict[str, float]:
    """Return the share of cells guessed right of text columns, of number columns and of all."""
    groups = {
        "text": [each for each in leaks if not each.is_number],
        "number": [each for each in leaks if each.is_number],
        "all": list(leaks),
    }
    return {
        name: sum(each.recovered for each in group) / max(1, sum(each.cells for each in group))
        for name, group in groups.items()
    }
