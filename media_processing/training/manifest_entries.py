"""The manifest entries of freshly trained weights, ready to be put into ``weights/``."""

import hashlib
from dataclasses import replace
from pathlib import Path

from media_processing.inference.manifest import read_manifest, write_manifest
from media_processing.training.layouts.base import Terms

WEIGHTS_DIR = Path(__file__).resolve().parent.parent / "weights"


def write_entries(out: Path, layout: str, terms: Terms) -> Path:
    """Write ``out/manifest.toml`` for each weight file in ``out``; return its path.

    An entry takes name, classes and card from the shipped network of that file name, and version,
    digest and terms from the training. The version names the layout: ``1.0.0+raf-db``.
    """
    entries = [
        replace(
            entry,
            version=f"{entry.version.split('+')[0]}+{layout.replace('+', '-plus')}",
            sha256=hashlib.sha256(entry.path(out).read_bytes()).hexdigest(),
            licence=terms.licence,
            commercial=terms.commercial,
            trained_on=(f"{terms.data_set} ({terms.cite})",),
        )
        for entry in read_manifest(WEIGHTS_DIR).values()
        if entry.path(out).is_file()
    ]
    write_manifest(entries, out)
    return out / "manifest.toml"
