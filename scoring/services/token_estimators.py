"""Networks that score tokens: one for each tenant, in the folder of the installation's estimators.

The site holds a graph and a vocabulary of tokens. It holds no key, and can turn nothing back.
The tenant of the release is for everybody who may score; any other for those it is named for
(:mod:`scoring.services.token_access`), and does not exist for the rest.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Officer
from applicants.services import audit
from scoring.engine.artifacts import (
    ArtifactEntry,
    ArtifactError,
    read_json,
    read_manifest,
)
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy.german_credit import BAD, GOOD, RowsError
from scoring.privacy.key_files import TENANT
from scoring.privacy.token_rows import checked_token_rows
from scoring.privacy.vocabulary import Vocabulary, parsed_vocabulary, read_vocabulary
from scoring.services import token_access, token_folders

if TYPE_CHECKING:
    from scoring.privacy.token_estimator import TokenEstimator

GRAPH, VOCABULARY = "german_tokens", "german_token_vocabulary"
CUT_OFF_PROBABILITY = 0.5
TOO_MANY, UNUSABLE = 413, 422


class InstallError(Exception):
    """Files that cannot be put in place."""


@dataclass(frozen=True, slots=True)
class TokenResult:
    """What the tokens of one row give; ``unknown_tokens`` of them were never seen."""

    class_number: int
    probability_of_bad: float
    unknown_tokens: int


@dataclass(frozen=True, slots=True)
class TokenScores:
    results: Sequence[TokenResult]
    estimator: ArtifactEntry
    key_versions: Sequence[int]


def predict(tenant: str, content: Any, *, officer: Officer) -> TokenScores:
    """Score rows of tokens; nothing of them is kept.

    Raises ProblemError 404 for a tenant that is not there for this officer, 413 and 422 for rows,
    values among them.
    """
    estimator = _loaded(_folder_for(tenant, officer, token_access.may_use))
    try:
        rows = checked_token_rows(content, list(estimator.vocabulary.numbers))
    except RowsError as error:
        fields = {f"{each.row}.{each.field}": each.message for each in error.problems}
        status = TOO_MANY if error.code == "too_many_rows" else UNUSABLE
        raise ProblemError(error.code, error.message, fields=fields, status=status) from error
    numbers = estimator.numbers(rows)
    risks = estimator.probability_of_bad(numbers)
    unknown = estimator.unknown_tokens(numbers)
    results = [
        TokenResult(BAD if risk >= CUT_OFF_PROBABILITY else GOOD, float(risk), count)
        for risk, count in zip(risks, unknown, strict=True)
    ]
    audit.record(
        "tokens.scored", actor=officer, tenant=tenant, rows=len(rows), model=estimator.entry.sha256
    )
    return TokenScores(results, estimator.entry, estimator.vocabulary.key_versions)


def vocabulary_of(tenant: str, *, officer: Officer) -> Vocabulary:
    """Return the tokens that are known of a tenant. Raises ProblemError 404."""
    return _vocabulary(_folder_for(tenant, officer, token_access.may_see))


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a lender, and who may use it; ``users`` is None for everybody."""

    vocabulary: Vocabulary
    users: Sequence[str] | None


def held(officer: Officer) -> list[Held]:
    """Return what is held of each lender that the officer may see, by name."""
    own = [path.name for path in (Path(settings.OWN_ESTIMATORS_DIR) / "tokens").glob("*")]
    tenants = {name for name in own if _is_held(_own_folder(name))}
    if VOCABULARY in read_manifest(ARTIFACTS_DIR):
        tenants.add(read_json(VOCABULARY, ARTIFACTS_DIR)["tenant"])
    folders = {tenant: _folder(tenant) for tenant in sorted(tenants)}
    return [
        Held(_vocabulary(folder), None if _is_open(folder) else token_access.users_of(tenant))
        for tenant, folder in folders.items()
        if folder is not None and (_is_open(folder) or token_access.may_see(officer, tenant))
    ]


def install(source: Path, *, allow_synthetic: bool = False) -> str:
    """Put what a training on tokens wrote in place; return the tenant.

    Raises InstallError, also for a network that learned from synthetic rows, unless it is allowed.
    """
    try:
        tenant = _loaded(source).vocabulary.tenant
    except (ArtifactError, ValueError) as error:
        raise InstallError(str(error)) from error
    entries = read_manifest(source)
    synthetic = entries[GRAPH].synthetic_rows
    if synthetic and not allow_synthetic:
        raise InstallError(
            f"this network learned from {synthetic} rows that are marked as synthetic; it is put "
            "in place with --allow-synthetic alone"
        )
    wanted = {name: entries[name] for name in (GRAPH, VOCABULARY)}
    token_folders.place(_own_folder(tenant), source, wanted, {})
    audit.record(
        "token_estimator.installed",
        tenant=tenant, model=entries[GRAPH].sha256, synthetic_rows=synthetic,
    )  # fmt: skip
    return tenant


def install_vocabulary(source: Path) -> Vocabulary:
    """Take a lender's remapped vocabulary, and return it. Raises InstallError."""
    try:
        fresh = read_vocabulary(source)
    except ValueError as error:
        raise InstallError(str(error)) from error
    folder = _folder(fresh.tenant)
    if folder is None:
        raise InstallError(f"there is no network for the tokens of {fresh.tenant}")
    known = _vocabulary(folder)
    if [*fresh.numbers] != [*known.numbers] or fresh.sizes != known.sizes:
        raise InstallError("this vocabulary is not of the network that is in place")
    content = (json.dumps(fresh.content(), indent=1) + "\n").encode()
    entries = read_manifest(folder)
    changed = replace(entries[VOCABULARY], sha256=hashlib.sha256(content).hexdigest())
    wanted = {GRAPH: entries[GRAPH], VOCABULARY: changed}
    token_folders.place(_own_folder(fresh.tenant), folder, wanted, {VOCABULARY: content})
    audit.record("token_vocabulary.installed", tenant=fresh.tenant, key_versions=fresh.key_versions)
    return fresh


@transaction.atomic
def remove(tenant: str) -> None:
    """Remove the network and vocabulary of a tenant, and who may use it. Raises InstallError."""
    if not TENANT.fullmatch(tenant) or not _is_held(_own_folder(tenant)):
        raise InstallError(f"no network was put in place for the tokens of {tenant}")
    token_access.take_back(token_access.all_of(tenant), by=None)
    audit.record("token_estimator.removed", tenant=tenant)
    token_folders.remove(_own_folder(tenant))


def _loaded(folder: Path) -> "TokenEstimator":
    # ONNX Runtime is loaded by the first row of tokens, not by the start of the site.
    from scoring.privacy.token_estimator import load_token_estimator

    return token_folders.read_whole(lambda: load_token_estimator(folder))


def _vocabulary(folder: Path) -> Vocabulary:
    return parsed_vocabulary(token_folders.read_whole(lambda: read_json(VOCABULARY, folder)))


def _folder_for(tenant: str, officer: Officer, permits: Callable[[Officer, str], bool]) -> Path:
    """Return the folder of a tenant that is there for the officer.

    Raises ProblemError 404, the same for a tenant of others as for none.
    """
    folder = _folder(tenant)
    if folder is not None and (_is_open(folder) or permits(officer, tenant)):
        return folder
    if folder is not None:
        audit.record("tokens.refused", actor=officer, tenant=tenant)
    message = _(
        "There is no tenant of this name that your branch or account may use. An administrator "
        "names who may."
    )
    raise ProblemError("no_estimator", message, status=404)


def _is_open(folder: Path) -> bool:
    return folder == ARTIFACTS_DIR


def _folder(tenant: str) -> Path | None:
    if TENANT.fullmatch(tenant):
        own = _own_folder(tenant)
        if _is_held(own):
            return own
        if VOCABULARY in read_manifest(ARTIFACTS_DIR):
            shipped = read_json(VOCABULARY, ARTIFACTS_DIR)
            if shipped["tenant"] == tenant:
                return ARTIFACTS_DIR
    return None


def _is_held(folder: Path) -> bool:
    return (folder / token_folders.MANIFEST).is_file()


def _own_folder(tenant: str) -> Path:
    return Path(settings.OWN_ESTIMATORS_DIR) / "tokens" / tenant
