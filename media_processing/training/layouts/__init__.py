"""Readers for the folder layouts in which labelled data sets are published, by name.

A layout belongs to one kind of network. Its reader is a class that is made from the data
directory and gives what the training of that kind consumes (see :mod:`.base`). A layout that
teaches in a way of its own (silhouettes without emotion labels) names its training as well.
"""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media_processing.training.layouts.base import LayoutError


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the reader of a layout stands, and the module that trains on it.

    ``reader`` is ``module:class`` below this package; without a ``training`` the network's usual
    one gets the reader as its ``source``.
    """

    reader: str
    training: str | None = None


LAYOUTS: dict[str, dict[str, Layout]] = {
    "face": {
        "raf-db": Layout("rafdb:RafDb"),
        "affectnet": Layout("affectnet:AffectNet"),
        "fer2013": Layout("fer2013:Fer2013"),
        "ferplus": Layout("fer2013:FerPlus"),
        "ck+": Layout("ckplus:CkPlus"),
        "table": Layout("table:TableFaces"),
    },
    "voice": {
        "ravdess": Layout("ravdess:Ravdess"),
        "crema-d": Layout("cremad:CremaD"),
        "casia": Layout("casia:Casia"),
        "table": Layout("table:TableVoices"),
    },
    "gait": {
        "casia-b": Layout("casia_b:CasiaB", "media_processing.training.gait_silhouettes"),
    },
}


def find_layout(kind: str, name: str) -> Layout:
    """Return a layout of one kind of network. Raises LayoutError naming those that are known."""
    known = LAYOUTS.get(kind, {})
    if name not in known:
        names = ", ".join(known) or "none"
        raise LayoutError(f"no layout {name!r} for {kind}; known are {names}")
    return known[name]


def open_layout(kind: str, name: str, data: Path, cache: Path | None = None) -> Any:
    """Return the reader of ``data``. Raises LayoutError where the folder does not fit.

    ``cache`` is a folder in which a reader may keep what it computed from the files.
    """
    module, reader = find_layout(kind, name).reader.split(":")
    return getattr(importlib.import_module(f"{__name__}.{module}"), reader)(data, cache)
