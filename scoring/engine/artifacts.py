"""Artifacts on disk: JSON (and ONNX) files named by a manifest with their sha256."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from scoring.engine.fusion import Estimators
from scoring.engine.scorecard import Scorecard, parse_scorecard
from scoring.engine.types import Calibration

HEADER = "# The estimators of the score: which file, which sha256, under which licence.\n"
BUSINESS_SCORECARD = "business_scorecard"


class ArtifactError(Exception):
    """An artifact is missing or is not the file that the manifest names."""


@dataclass(frozen=True, slots=True)
class ArtifactEntry:
    """One artifact. ``role`` is champion, comparison, challenger or reference.

    ``synthetic_rows`` of the rows that it learned from were marked as synthetic.
    """

    name: str
    version: str
    role: str
    file: str
    sha256: str
    licence: str
    commercial: bool
    trained_on: tuple[str, ...]
    card: str
    synthetic_rows: int = 0


def read_manifest(artifacts_dir: Path) -> dict[str, ArtifactEntry]:
    """Return the artifacts of ``manifest.toml`` by name. Raises ArtifactError without one."""
    try:
        text = (artifacts_dir / "manifest.toml").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ArtifactError(f"no manifest.toml in {artifacts_dir}") from error
    return dict(_parsed(text))


@lru_cache(maxsize=16)
def _parsed(text: str) -> Mapping[str, ArtifactEntry]:
    """Parse each manifest once; a file that changed is another text, so nothing goes stale."""
    tables = tomllib.loads(text).get("artifact", [])
    return {table["name"]: _entry(table) for table in tables}


def write_manifest(entries: Iterable[ArtifactEntry], artifacts_dir: Path) -> None:
    """Write ``manifest.toml`` with these artifacts, as :func:`read_manifest` reads it."""
    tables = "\n".join(_toml(each) for each in entries)
    (artifacts_dir / "manifest.toml").write_text(f"{HEADER}\n{tables}", encoding="utf-8")


def _toml(entry: ArtifactEntry) -> str:
    # A JSON string, list of strings or truth value is one of TOML too.
    told = asdict(entry)
    if not entry.synthetic_rows:
        del told["synthetic_rows"]
    lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
    return "[[artifact]]\n" + "\n".join(lines) + "\n"


def _entry(table: dict[str, Any]) -> ArtifactEntry:
    return ArtifactEntry(**{**table, "trained_on": tuple(table["trained_on"])})


def verified_bytes(entry: ArtifactEntry, artifacts_dir: Path) -> bytes:
    """Return the content of an artifact after its sha256 was checked.

    Raises ArtifactError where the file is missing or differs from the manifest.
    """
    try:
        content = (artifacts_dir / entry.file).read_bytes()
    except FileNotFoundError as error:
        raise ArtifactError(f"the artifact {entry.name} is missing: {entry.file}") from error
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise ArtifactError(f"{entry.file} is not the file that the manifest names")
    return content


def read_json(name: str, artifacts_dir: Path) -> Any:
    """Return the content of a JSON artifact. Raises ArtifactError, also for an unknown name."""
    entries = read_manifest(artifacts_dir)
    if name not in entries:
        raise ArtifactError(f"the manifest names no artifact {name}")
    return json.loads(verified_bytes(entries[name], artifacts_dir))


@lru_cache(maxsize=16)
def load_estimators(artifacts_dir: Path) -> Estimators:
    """Return the scorecards and the calibration of the points table, read once per process."""
    calibration = read_json("points_table", artifacts_dir)["calibration"]
    has_business = BUSINESS_SCORECARD in read_manifest(artifacts_dir)
    return Estimators(
        scorecard=_scorecard("scorecard", artifacts_dir),
        table_calibration=Calibration(**calibration),
        business_scorecard=_scorecard(BUSINESS_SCORECARD, artifacts_dir) if has_business else None,
    )


def _scorecard(place: str, artifacts_dir: Path) -> Scorecard:
    """Return a scorecard under the name of its place: a training knows only the one of people."""
    return replace(parse_scorecard(read_json(place, artifacts_dir)), name=place)


@lru_cache(maxsize=4)
def load_reference_sessions(artifacts_dir: Path) -> dict[str, Any]:
    """Return the mean probabilities of the reference sessions, by modality."""
    sessions: dict[str, Any] = read_json("reference_sessions", artifacts_dir)["sessions"]
    return sessions
