"""Writing artifacts and naming them in the manifest with their sha256."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scoring.engine.artifacts import ArtifactEntry, ArtifactError, read_manifest, write_manifest

# The licence of what a lender trains on rows of its own.
OWN_TABLE = "the lender's own table"


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON with one stable layout, so that the same content has the same sha256."""
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file that :func:`write_json` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def loads(content: bytes) -> Any:
    """Return the content of a JSON artifact."""
    return json.loads(content)


def register(
    out: Path,
    *,
    name: str,
    version: str,
    role: str,
    file: str,
    licence: str,
    trained_on: Sequence[str],
    card: str,
    commercial: bool = False,
    synthetic_rows: int = 0,
) -> None:
    """Name a written file in ``manifest.toml``, in the place of an older entry of its name."""
    entry = ArtifactEntry(
        name=name,
        version=version,
        role=role,
        file=file,
        sha256=hashlib.sha256((out / file).read_bytes()).hexdigest(),
        licence=licence,
        commercial=commercial,
        trained_on=tuple(trained_on),
        card=card,
        synthetic_rows=synthetic_rows,
    )
    try:
        entries = read_manifest(out)
    except ArtifactError:
        entries = {}
    entries[name] = entry
    write_manifest(entries.values(), out)
