"""Drawing synthetic applicants from the generator of the release, and its report."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from scoring.engine.artifacts import (
    ArtifactEntry,
    ArtifactError,
    read_json,
    read_manifest,
    verified_bytes,
)
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy import provenance
from scoring.privacy.synthesis import Synthesiser, SynthesisError
from scoring.services.batch_downloads import Download

GENERATOR, COLUMNS, REPORT = "synthesiser", "synthesiser_columns", "synthesis_report"
CSV_MEDIA_TYPE = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for. ``event_share`` (0…1) is that of bad loans; None keeps the data's."""

    rows: int
    seed: int
    event_share: float | None = None

    @property
    def class_shares(self) -> list[float] | None:
        if self.event_share is None:
            return None
        return [1 - self.event_share, self.event_share]


@dataclass(frozen=True, slots=True)
class Installed:
    """The generator, what its outputs mean, and its line in the manifest."""

    entry: ArtifactEntry
    content: dict[str, Any]
    synthesiser: Synthesiser

    def class_shares(self, wish: Wish) -> Sequence[float] | None:
        """Return the shares asked for. Raises ProblemError where there are not two classes."""
        if wish.event_share is not None and len(self.content["classes"]) != 2:
            raise ProblemError("classes", _("A share can be set for two classes only."))
        return wish.class_shares


def installed() -> Installed:
    """Return the generator of the release. Raises ProblemError where its files are not there."""
    try:
        sha256 = read_manifest(ARTIFACTS_DIR)[GENERATOR].sha256
        return _loaded(ARTIFACTS_DIR, sha256)
    except (ArtifactError, KeyError) as error:
        text = _("This installation has no generator of synthetic applicants.")
        raise ProblemError("no_synthesiser", text, status=404) from error


def installed_or_none() -> Installed | None:
    """Return the generator of the release, or None where there is none."""
    try:
        return installed()
    except ProblemError:
        return None


@lru_cache(maxsize=1)
def _loaded(folder: Path, sha256: str) -> Installed:
    entry = read_manifest(folder)[GENERATOR]
    content = read_json(COLUMNS, folder)
    return Installed(entry, content, Synthesiser(verified_bytes(entry, folder), content))


def report() -> dict[str, Any] | None:
    """Return the report on the generator, or None where there is none."""
    try:
        found: dict[str, Any] = read_json(REPORT, ARTIFACTS_DIR)
    except ArtifactError:
        return None
    return found


def preview(wish: Wish, rows: int) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return the columns and the first ``rows`` rows of a table; nothing is kept or audited."""
    generator = installed()
    shares = generator.class_shares(wish)
    block = next(generator.synthesiser.blocks(wish.rows, seed=wish.seed, class_shares=shares))
    shown = {name: values[:rows] for name, values in block.items()}
    return list(shown), list(zip(*shown.values(), strict=True))


def draw(wish: Wish, *, officer: Officer) -> Download:
    """Return the rows as CSV, drawn while they are sent; who drew what is audited.

    Raises RefusedError without the right, ProblemError where the wish cannot be met.
    """
    generator = _for_drawing(wish, officer)
    shares = generator.class_shares(wish)
    try:
        blocks = generator.synthesiser.blocks(wish.rows, seed=wish.seed, class_shares=shares)
    except SynthesisError as error:
        raise ProblemError("invalid", str(error)) from error
    audit.record(
        "synthetic_rows.drawn", actor=officer, rows=wish.rows, seed=wish.seed,
        event_share=wish.event_share, generator_sha256=generator.entry.sha256,
    )  # fmt: skip
    return Download(f"{_name(wish)}.csv", CSV_MEDIA_TYPE, provenance.csv_parts(blocks))


def describe(wish: Wish, *, officer: Officer) -> tuple[str, dict[str, Any]]:
    """Return name and content of the file that says where drawn rows come from."""
    generator = _for_drawing(wish, officer)
    content = provenance.sidecar(
        generator.content,
        generator_sha256=generator.entry.sha256,
        licence=generator.entry.licence,
        rows=wish.rows,
        seed=wish.seed,
        class_shares=generator.class_shares(wish),
    )
    return f"{_name(wish)}.json", content


def _for_drawing(wish: Wish, officer: Officer) -> Installed:
    if not can(officer, Capability.DRAW_SYNTHETIC):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    return installed()


def _name(wish: Wish) -> str:
    return f"synthetic_applicants_{wish.rows}_seed_{wish.seed}"
