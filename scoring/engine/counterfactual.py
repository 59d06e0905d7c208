"""Counterfactuals: the smallest changes with which an application would reach its goal.

A suggestion changes one or two fields, three only where nothing smaller helps, moves each in a
direction and within limits that a person can reach in a year (:mod:`scoring.engine.changeable`),
and is scored again by the estimator that decided, which proves it. The cost of a suggestion is
first the number of its fields, then the sum of their efforts, each the share of the year's limit
that it takes. Over the steps of the field table the search is exact: it walks the frontier
between the combinations that reach the goal and those that do not.

Wachter, Mittelstadt & Russell 2018 (counterfactual explanations); Ustun, Spangher & Liu 2019
(actionable recourse and its cost).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import combinations, islice, pairwise

from scoring.engine.changeable import CHANGEABLE, Changeable
from scoring.engine.policy import PolicyParameters
from scoring.engine.types import CreditClass, FinancialFactors, FinancialScore

MAX_SUGGESTIONS = 3
MAX_FIELDS = 3
WELCOME_FIELDS = 2
COUNTS = ("recent_enquiries",)

Values = Mapping[str, Decimal]
ScoreOf = Callable[[FinancialFactors], FinancialScore]


@dataclass(frozen=True, slots=True)
class Goal:
    """What a financial score should reach: a cut-off in points, or a class and all better ones."""

    policy: PolicyParameters
    cut_off_points: int | None = None
    credit_class: CreditClass | None = None

    def is_reached(self, score: FinancialScore) -> bool:
        if self.cut_off_points is not None:
            return score.score_points >= self.cut_off_points
        assert self.credit_class is not None
        return class_of(score, self.policy).rank <= self.credit_class.rank


@dataclass(frozen=True, slots=True)
class Change:
    """One field's move; ``effort`` is the share of the year's limit that it takes, 0…1."""

    field: str
    before: Decimal
    after: Decimal
    effort: float


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Changes that reach the goal together, and the score that proves it."""

    changes: tuple[Change, ...]
    score: FinancialScore

    @property
    def cost(self) -> tuple[int, float]:
        return len(self.changes), sum(change.effort for change in self.changes)


def class_of(score: FinancialScore, policy: PolicyParameters) -> CreditClass:
    """Return the class of a financial score alone."""
    return policy.credit_class(score.probability_of_default)


def next_goal(score: FinancialScore, policy: PolicyParameters) -> Goal | None:
    """Return the cut-off where the score lies below it, else the next class; None at the best."""
    if score.score_points < policy.approval_cut_off_points:
        return Goal(policy, cut_off_points=policy.approval_cut_off_points)
    rank = class_of(score, policy).rank
    return Goal(policy, credit_class=list(CreditClass)[rank - 1]) if rank else None


def replaced(factors: FinancialFactors, values: Values) -> FinancialFactors:
    """Return the factors with other values for some fields, counts as whole numbers."""
    typed = {name: int(value) if name in COUNTS else value for name, value in values.items()}
    return replace(factors, **typed)  # type: ignore[arg-type]  # the names choose the types


def counterfactuals(
    factors: FinancialFactors,
    score_of: ScoreOf,
    goal: Goal,
    fields: Sequence[Changeable] = CHANGEABLE,
) -> tuple[Counterfactual, ...]:
    """Return at most three suggestions, cheapest first; none where the goal is out of reach.

    No suggestion holds another one's fields, and none is given where the goal is already reached.
    """
    search = _Search(factors, score_of, goal, fields)
    if search.reaches({}):
        return ()
    found: dict[frozenset[str], Counterfactual] = {}
    for size in range(1, MAX_FIELDS + 1):
        if size > WELCOME_FIELDS and found:
            break
        for names in combinations(search.paths, size):
            if any(smaller <= set(names) for smaller in found):
                continue
            if suggestion := search.cheapest(names):
                found[frozenset(names)] = suggestion
    return tuple(sorted(found.values(), key=lambda each: each.cost)[:MAX_SUGGESTIONS])


class _Search:
    """The combinations of steps over some fields, and which of them reach the goal."""

    def __init__(
        self,
        factors: FinancialFactors,
        score_of: ScoreOf,
        goal: Goal,
        fields: Sequence[Changeable],
    ) -> None:
        self.factors, self.score_of, self.goal = factors, score_of, goal
        self.fields = {field.name: field for field in fields}
        self.known: dict[tuple[tuple[str, Decimal], ...], FinancialScore] = {}

    @cached_property
    def paths(self) -> dict[str, list[Decimal]]:
        """Each field's values, the present one first; only fields that never cost points."""
        paths = {name: self._path(field) for name, field in self.fields.items()}
        return {name: path for name, path in paths.items() if self._only_helps(name, path)}

    def _path(self, field: Changeable) -> list[Decimal]:
        present = getattr(self.factors, field.name)
        if present is None:  # what is not known has no smallest change
            return []
        return [Decimal(present), *field.values(Decimal(present))]

    def _only_helps(self, name: str, path: list[Decimal]) -> bool:
        points = [self.score({name: value}).score_points for value in path]
        return len(path) > 1 and all(before <= after for before, after in pairwise(points))

    def cheapest(self, names: Sequence[str]) -> Counterfactual | None:
        """Return the combination of these fields with the least effort that reaches the goal."""
        if not self.reaches({name: self.paths[name][-1] for name in names}):
            return None
        combos = [self._counterfactual(values) for values in self._frontier(names, {})]
        return min(combos, key=lambda each: each.cost, default=None)

    def _frontier(self, names: Sequence[str], fixed: Values) -> Iterator[Values]:
        """Yield the combinations of which no field can be moved less; all others cost more.

        Two fields are walked like a staircase: the further the first, the less the second needs.
        """
        first, *others = names
        path = self.paths[first][1:]
        if len(others) > 1:
            for value in path:
                yield from self._frontier(others, {**fixed, first: value})
            return
        if not others:
            reaching = ({**fixed, first: value} for value in path)
            yield from islice(filter(self.reaches, reaching), 1)
            return
        yield from self._staircase(first, others[0], fixed)

    def _staircase(self, first: str, second: str, fixed: Values) -> Iterator[Values]:
        path, needed = self.paths[second], len(self.paths[second]) - 1
        for value in self.paths[first][1:]:
            if not self.reaches({**fixed, first: value, second: path[needed]}):
                continue
            while needed > 1 and self.reaches({**fixed, first: value, second: path[needed - 1]}):
                needed -= 1
            yield {**fixed, first: value, second: path[needed]}

    def _counterfactual(self, values: Values) -> Counterfactual:
        changes = tuple(self._change(name, value) for name, value in values.items())
        return Counterfactual(changes, self.score(values))

    def _change(self, name: str, value: Decimal) -> Change:
        present = self.paths[name][0]
        return Change(name, present, value, self.fields[name].effort(present, value))

    def score(self, values: Values) -> FinancialScore:
        """Score the application with some fields changed, by the estimator that decides."""
        key = tuple(sorted(values.items()))
        if key not in self.known:
            self.known[key] = self.score_of(replaced(self.factors, values))
        return self.known[key]

    def reaches(self, values: Values) -> bool:
        return self.goal.is_reached(self.score(values))
