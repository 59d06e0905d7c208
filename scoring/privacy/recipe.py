"""What becomes a token: the columns that an estimator reads, and the ranges of its numbers.

The server publishes the recipe; the lender follows it, so that both mean the same by a token.
Numbers are cut at quantiles before they become tokens: every range then holds about as many people,
which leaves the frequency attack little to go by.
"""

import json
import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

FORMAT = "creditweb-token-recipe/1"
SHIPPED = "artifacts/german_token_recipe.json"
MISSING = ""


class RecipeError(ValueError):
    """A recipe that cannot be followed, or a value that does not fit it."""


@dataclass(frozen=True)
class Recipe:
    """``edges`` of each column in order: the inner edges of a number's ranges, None for a text."""

    name: str
    version: str
    edges: Mapping[str, tuple[float, ...] | None]

    def prepared(self, column: str, text: str) -> str:
        """Return what is to become a token: a text as it is, a number as its range.

        Raises RecipeError where a number is none.
        """
        text = text.strip()
        edges = self.edges[column]
        if edges is None or not text:
            return text
        try:
            number = float(text)
        except ValueError as error:
            raise RecipeError("is no number") from error
        if not math.isfinite(number):
            raise RecipeError("is no number")
        return f"range {bisect_right(edges, number) + 1}"


def parsed(content: Mapping[str, Any]) -> Recipe:
    """Read a recipe's JSON. Raises RecipeError."""
    try:
        if content["format"] != FORMAT:
            raise RecipeError(f"a recipe has the format {FORMAT}")
        edges = {
            str(each["name"]): None if each["edges"] is None else tuple(map(float, each["edges"]))
            for each in content["columns"]
        }
        return Recipe(str(content["name"]), str(content["version"]), edges)
    except (KeyError, TypeError, ValueError) as error:
        raise RecipeError(f"this is no recipe: {error}") from error


def read_recipe(path: Path | None = None) -> Recipe:
    """Read a recipe from a file, or the one that comes along. Raises RecipeError, OSError."""
    source = path if path is not None else resources.files("scoring") / SHIPPED
    try:
        return parsed(json.loads(source.read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise RecipeError(f"this is no recipe: {error}") from error
