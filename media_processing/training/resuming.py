"""What a checkpoint was begun with: a run goes on from its own, and from no other.

Weights that learnt half from one seed, recipe or data set and half from another could be
reproduced by no command.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

ORIGIN = "origin"


@dataclass(frozen=True, slots=True)
class Origin:
    """The seed, and digests of the recipe, the samples in their order and the starting weights."""

    seed: int
    recipe: str
    data: str
    start: str

    def saved(self) -> dict[str, Any]:
        """Return the entry of a checkpoint's state."""
        return {ORIGIN: asdict(self)}

    def check(self, state: Mapping[str, Any], path: Path) -> None:
        """Raise ValueError where the state of a checkpoint was begun with something else."""
        found = state.get(ORIGIN)
        if found is None:
            raise ValueError(f"{path} does not say what it was begun with; {_WAY_OUT}")
        other = [part for part, value in asdict(self).items() if found.get(part) != value]
        if other:
            raise ValueError(f"{path} was begun with another {' and '.join(other)}; {_WAY_OUT}")


_WAY_OUT = "train into another folder, or remove the file to begin again"


def origin_of(
    seed: int, recipe: Mapping[str, Any], samples: Sequence[str], weights: Mapping[str, Tensor]
) -> Origin:
    """Return what a run begins with; ``samples`` names each one, as by file and label."""
    told = json.dumps(recipe, sort_keys=True, default=str)
    names = "\n".join([str(len(samples)), *samples])
    return Origin(seed, _digest(told.encode()), _digest(names.encode()), _weights_digest(weights))


def _weights_digest(weights: Mapping[str, Tensor]) -> str:
    content = hashlib.sha256()
    for name, value in weights.items():
        content.update(name.encode())
        content.update(value.detach().cpu().contiguous().numpy().tobytes())
    return content.hexdigest()[:16]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
