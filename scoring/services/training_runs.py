"""Trainings on a table: chosen, queued, cancelled, tried again, registered."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from scoring.engine.places import OF_BUSINESSES, PLACES, Place
from scoring.models import CreditTable, ModelVersion, TrainingRun
from scoring.services import background, estimator_installing
from scoring.services.estimator_installing import Origin

# What a page offers at most.
MAX_BUDGET_S = 4 * 3600
MAX_FOLDS = 10


def out_folder(run: TrainingRun) -> Path:
    """Return the folder in which a training keeps its folds and writes its estimators."""
    return Path(settings.OWN_ESTIMATORS_DIR) / "runs" / str(run.pk)


@transaction.atomic
def start(table: CreditTable, choice: Mapping[str, Any], *, officer: Officer) -> TrainingRun:
    """Queue a training; the caller rings. Raises ProblemError, by field, for a wrong choice."""
    _check_right(officer)
    table = CreditTable.objects.select_for_update().get(pk=table.pk)
    if not table.may_train:
        raise ProblemError("table_unusable", _("This table cannot be trained on."), status=409)
    _check_choice(table, choice)
    run = TrainingRun(table=table, choice=dict(choice), created_by=officer)
    background.queue(run)
    audit.record("training.started", actor=officer, obj=run, table_sha256=table.sha256)
    return run


def cancel(run: TrainingRun, *, officer: Officer) -> None:
    """Stop a training; the folds that are finished stay for another try."""
    _check_right(officer)
    if not background.cancel(run):
        raise ProblemError("run_ended", _("The training has already ended."), status=409)
    audit.record("training.cancelled", actor=officer, obj=run)


@transaction.atomic
def retry(run: TrainingRun, *, officer: Officer) -> TrainingRun:
    """Queue a failed or cancelled training again; it goes on from its finished folds."""
    _check_right(officer)
    run = TrainingRun.objects.select_for_update().get(pk=run.pk)
    if run.state not in {TrainingRun.State.FAILED, TrainingRun.State.CANCELLED}:
        raise ProblemError(
            "run_not_failed", _("Only a training that failed or was cancelled can go on."),
            status=409,
        )  # fmt: skip
    if run.table.deleted_at is not None:
        raise ProblemError("table_deleted", _("The table was deleted."), status=409)
    background.queue(run)
    audit.record("training.retried", actor=officer, obj=run)
    return run


def places_for(run: TrainingRun) -> list[Place]:
    """Return the places that estimators of a training can take.

    None where its columns are not characteristics of the application form: no applicant could be
    asked for what it learned from; nor where it tells more than two classes apart.
    """
    if _has_many_classes(run):
        return []
    read, trained = set(run.choice["columns_as"].values()), run.choice.get("estimators", ())
    return [
        place
        for place in PLACES.values()
        if read and read <= set(place.reads) and place.trained_as in trained
    ]


def register(
    run: TrainingRun, place: str, *, version: str, commercial: bool, officer: Officer
) -> ModelVersion:
    """Register an estimator of a finished training as a candidate, under the table's licence.

    Raises ProblemError where the training has not ended well, or nothing of it fits the place.
    """
    _check_right(officer)
    if run.state != TrainingRun.State.DONE:
        raise ProblemError("run_not_done", _("The training has not ended well."), status=409)
    fitting = {each.name: each for each in places_for(run)}
    if place not in fitting:
        raise _unplaceable(run)
    origin = Origin(
        version=version,
        licence=run.table.licence,
        commercial=commercial,
        trained_on=(_learnt_from(run),),
        training=run,
    )
    return estimator_installing.install(out_folder(run), origin, fitting[place], officer=officer)


def _has_many_classes(run: TrainingRun) -> bool:
    return len(run.figures.get("classes", ())) > 2


def _learnt_from(run: TrainingRun) -> str:
    synthetic = run.figures.get("synthetic_rows", 0)
    rows = f"{run.table.rows} rows" + (f", {synthetic} of them synthetic" if synthetic else "")
    return f"{run.table.name} ({rows}, sha256 {run.table.sha256[:12]})"


def _unplaceable(run: TrainingRun) -> ProblemError:
    if _has_many_classes(run):
        text = _("Applications here are decided between two classes; this training has more.")
        return ProblemError("estimator_unfit", text, status=409)
    text = (
        _("This training has no estimator for that place.")
        if places_for(run)
        else _(
            "The columns of this training are not characteristics of the application form, so no "
            "applicant could be asked for them. Train again and say which characteristic each is."
        )
    )
    return ProblemError("estimator_unfit", text, status=409)


def _check_choice(table: CreditTable, choice: Mapping[str, Any]) -> None:
    """Raise ProblemError, by field, where a choice does not fit the table."""
    columns = {column["name"]: column for column in table.profile["columns"]}
    target, group = choice["target"], choice.get("group")
    problems = {}
    if target not in columns:
        problems["target"] = _("Choose one of the columns.")
    elif columns[target]["distinct"] < 2:
        problems["target"] = _("This column has one value only; there is nothing to learn.")
    elif choice.get("positive") and not _holds(columns[target], choice["positive"]):
        problems["positive"] = _("The column does not hold this value.")
    if group and (group not in columns or group == target):
        problems["group"] = _("Choose another column than the target.")
    left_out = {*choice["drop"], *choice["protected"], target, group}
    if not set(columns) - left_out:
        problems["columns"] = _("No column is left to learn from.")
    mapped = list(choice["columns_as"].values())
    if len(mapped) != len(set(mapped)) or not set(mapped) <= set(OF_BUSINESSES):
        problems["columns"] = _("Each characteristic of the form can be one column only.")
    if table.profile.get("synthetic_rows") and not choice.get("allow_synthetic"):
        problems["allow_synthetic"] = _(
            "The table holds synthetic rows. Say that they may be learned from, or leave them out."
        )
    if set(choice["columns_as"]) & left_out:
        problems["columns"] = _(
            "A column that is left out cannot be a characteristic of the application form."
        )
    if problems:
        raise ProblemError("invalid", _("The choice does not fit the table."), fields=problems)


def _holds(column: Mapping[str, Any], value: str) -> bool:
    """Say whether a column has the value, as far as the profile names its values."""
    levels = [level["value"] for level in column["levels"]]
    return value in levels or column["distinct"] > len(levels)


def _check_right(officer: Officer) -> None:
    if not can(officer, Capability.TRAIN_ESTIMATORS):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
