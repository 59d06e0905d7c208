"""`manage.py train_model synthesiser`: choose the steps, train, write the files that serve."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from scoring.training import artifact_files
from scoring.training.private_noise import new_key
from scoring.training.synthesiser import card, exporting, fitting, measuring, report
from scoring.training.synthesiser.fitting import Fitted
from scoring.training.synthesiser.source import read_source
from scoring.training.synthesiser.wgan import Recipe

logger = logging.getLogger(__name__)
KEY_FILE = "training.secret"


def main(
    data: Path,
    out: Path,
    seed: int,
    *,
    target: str | None = None,
    positive: str | None = None,
    drop: str = "",
    epochs: int | None = None,
    epsilon: float | None = None,
    allow_synthetic: bool = False,
) -> dict[str, Any]:
    """Train on German credit, or on the table ``data`` with its ``target``; write into ``out``.

    ``epochs`` sets the steps of the generator instead of having held-out rows choose them;
    ``epsilon`` trains with differential privacy. A training that was cut off goes on. Returns the
    figures on rows that the generator never saw. Raises TableError for a table that cannot be used.
    """
    names = [name.strip() for name in drop.split(",") if name.strip()]
    source = read_source(
        data, target=target, positive=positive, drop=names, allow_synthetic=allow_synthetic
    )
    recipe = report.PRIVATE_RECIPE if epsilon else Recipe()
    train, test = source.part(source.is_train), source.part(~source.is_train)
    curve: list[dict[str, float]] = []
    if epochs is not None:
        recipe = Recipe(**{**recipe.__dict__, "steps": epochs})
    elif epsilon is None:
        recipe, curve = fitting.choose_steps(
            train, source.target, source.classes, recipe, seed,
            progress=_tell, checkpoint=out / "choice.checkpoint",
        )  # fmt: skip
    key = None if epsilon is None else _kept_key(out / KEY_FILE)
    fitted = fitting.prepare(
        train, source.target, source.classes, recipe, seed, epsilon=epsilon, key=key
    )
    fitting.run(fitted, _tell, out / "training.checkpoint")
    found = _figures(fitted, train, test, seed) | {"choice": curve}
    exporting.write(fitted, source, out, seed=seed)
    artifact_files.write_json(out / "synthesiser_figures.json", found)
    card.write(out)
    for left in ("choice.checkpoint", "training.checkpoint", KEY_FILE):
        (out / left).unlink(missing_ok=True)
    return found


def _kept_key(path: Path) -> bytes:
    """Return the key of the noise of a training that goes on, or keep a new one for its owner."""
    if not path.is_file():
        # Whole or not at all: half a key would be half a secret.
        partial = path.with_suffix(".partial-secret")
        partial.unlink(missing_ok=True)
        partial.touch(0o600, exist_ok=False)
        partial.write_bytes(new_key())
        partial.replace(path)
    return path.read_bytes()


def _figures(fitted: Fitted, train: pd.DataFrame, test: pd.DataFrame, seed: int) -> dict[str, Any]:
    drawn = fitted.draw(measuring.DRAWN_ROWS, seed)
    found = measuring.measured(drawn, train, test, fitted.aim, seed)
    return {
        **found,
        "white_box_critic_auc": measuring.critic_auc(fitted, test),
        "train_rows": len(train),
        "test_rows": len(test),
        "steps": fitted.training.done,
        "account": fitted.account,
    }


def _tell(step: str, done: int, total: int) -> None:
    logger.info("%s (%d of %d)", step, done, total)
