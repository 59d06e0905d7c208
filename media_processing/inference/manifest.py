"""The manifest of weights: which file, which sha256, under which licence."""

import hashlib
import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path


class WeightsError(Exception):
    """A weight file is missing or is not the file that the manifest names."""


@dataclass(frozen=True, slots=True)
class NetworkEntry:
    """One network of the manifest.

    ``classes`` are the network's own output classes, in order. ``licence`` is what the training
    data asks for; ``commercial`` says whether that licence allows commercial use.
    """

    name: str
    version: str
    file: str
    sha256: str
    licence: str
    commercial: bool
    trained_on: tuple[str, ...]
    card: str
    classes: tuple[str, ...]

    def path(self, weights_dir: Path) -> Path:
        return weights_dir / self.file


_NO_TEXTS = {"commercial", "trained_on", "classes"}


def read_manifest(weights_dir: Path) -> dict[str, NetworkEntry]:
    """Return the networks of ``manifest.toml`` by name.

    Raises WeightsError where it is absent or does not say what :class:`NetworkEntry` needs.
    """
    try:
        content = tomllib.loads((weights_dir / "manifest.toml").read_text(encoding="utf-8"))
        entries = [_entry(table) for table in content.get("network", [])]
    except FileNotFoundError as error:
        raise WeightsError(f"no manifest.toml in {weights_dir}") from error
    except (OSError, TypeError, ValueError) as error:  # a wrong TOML or encoding is a ValueError
        raise WeightsError(f"manifest.toml in {weights_dir} cannot be read: {error}") from error
    return {entry.name: entry for entry in entries}


def write_manifest(entries: Iterable[NetworkEntry], weights_dir: Path) -> None:
    """Write ``manifest.toml`` with these networks, as :func:`read_manifest` reads it."""
    # A JSON string, list of strings or truth value is one of TOML too.
    tables = [
        [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in asdict(entry).items()]
        for entry in entries
    ]
    text = "\n\n".join("\n".join(["[[network]]", *lines]) for lines in tables)
    (weights_dir / "manifest.toml").write_text(text + "\n", encoding="utf-8")


def _entry(table: object) -> NetworkEntry:
    if not isinstance(table, dict):
        raise TypeError(f"expected a table [[network]], found {table!r}")
    wanted = {field.name for field in fields(NetworkEntry)}
    if wrong := sorted(wanted.symmetric_difference(table)):
        raise ValueError(f"missing or unknown: {', '.join(wrong)}")
    return NetworkEntry(
        commercial=_truth(table["commercial"]),
        trained_on=_names(table["trained_on"]),
        classes=_names(table["classes"]),
        **{name: _text(name, table[name]) for name in wanted - _NO_TEXTS},
    )


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text: {value!r}")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"commercial is neither true nor false: {value!r}")
    return value


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list of names, found {value!r}")
    return tuple(str(name) for name in value)


def verified_path(entry: NetworkEntry, weights_dir: Path) -> Path:
    """Return the path of the weight file after its sha256 was checked.

    Raises WeightsError where the file is missing or differs from the manifest.
    """
    path = entry.path(weights_dir)
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise WeightsError(f"the weights of {entry.name} are missing: {entry.file}") from error
    if digest != entry.sha256:
        raise WeightsError(f"{entry.file} is not the file that the manifest names")
    return path
