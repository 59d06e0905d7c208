"""Two generators that a report must catch: one useless, one that gives people away."""

import numpy as np
import pandas as pd


def independent_marginals(real: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """Return rows whose columns were drawn one by one: right marginals, no use."""
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {name: generator.choice(real[name].to_numpy(object), rows) for name in real}
    )


def bootstrap(real: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """Return rows of the real table, drawn with replacement: perfect use, no privacy."""
    chosen = np.random.default_rng(seed).integers(0, len(real), rows)
    return real.iloc[chosen].reset_index(drop=True)
