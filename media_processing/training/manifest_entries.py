"""The manifest entries of freshly trained weights, ready to be put into ``weights/``."""

import hashlib
from dataclasses import replace
from pathlib import Path

from media_processing.inference.manifest import (
    NetworkEntry,
    WeightsError,
    read_manifest,
    write_manifest,
)
from media_processing.training.layouts.base import Terms

WEIGHTS_DIR = Path(__file__).resolve().parent.parent / "weights"


def write_entries(out: Path, layout: str, seed: int, terms: Terms) -> list[NetworkEntry]:
    """Write ``out/manifest.toml`` for the weight files in ``out``; return its entries.

    An entry takes name, classes and card from the shipped network of that file name, and version,
    digest and terms from the training. The version names layout and seed: ``1.0.0+raf-db.7``.
    """
    entries = [
        replace(
            entry,
            version=f"{entry.version.split('+')[0]}+{layout.replace('+', '-plus')}.{seed}",
            sha256=digest(entry.path(out)),
            licence=terms.licence,
            commercial=terms.commercial,
            trained_on=(f"{terms.data_set} ({terms.cite})",),
        )
        for entry in read_manifest(WEIGHTS_DIR).values()
        if entry.path(out).is_file()
    ]
    if entries:
        write_manifest(entries, out)
    return entries


def begun_from(terms: Terms, weights: Path) -> Terms:
    """Return the terms of a training that went on from the file ``weights``: both count.

    What those learnt from stands in the manifest beside the file; where none names it, the terms
    are not known, and so not commercial.
    """
    try:
        known = read_manifest(weights.parent).values()
    except WeightsError:
        known = ()
    origin = next((entry for entry in known if entry.sha256 == digest(weights)), None)
    licence = origin.licence if origin else "terms not known"
    learnt = ", ".join(origin.trained_on) if origin else f"what {weights.name} learnt from"
    return replace(
        terms,
        data_set=f"{terms.data_set}, begun from {learnt}",
        licence=f"{terms.licence}; begun from earlier weights: {licence}",
        commercial=terms.commercial and origin is not None and origin.commercial,
    )


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
