"""A table comes in sealed, is read, trained on and deleted; a worker may die at any time."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from applicants.errors import ProblemError, RefusedError
from applicants.models import AuditEvent, Officer
from applicants.services.stores import store_at
from scoring import dispatch, training_tasks
from scoring.models import CreditTable, TrainingRun
from scoring.services import background, credit_tables, training_runs
from tests.scoring import training_stand_ins as stand_ins

pytestmark = pytest.mark.django_db
ROWS = b"overdue_payments,open_accounts,age,default\n" + b"0,2,41,0\n1,3,29,1\n" * 20
CHOICE = {
    "target": "default", "positive": "1", "drop": [], "protected": ["age"], "group": None,
    "folds": 5, "budget_s": 60, "estimators": ["scorecard"],
    "columns_as": {"overdue_payments": "overdue_payments"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, settings: Any) -> Any:
    settings.MEDIA_STORAGE_URL = f"file://{tmp_path / 'media'}"
    settings.OWN_ESTIMATORS_DIR = tmp_path / "own"
    yield tmp_path
    store_at.cache_clear()


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was put on the queue; the engine is a stand-in."""
    stand_ins.install(monkeypatch)
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(dispatch, "_ring", lambda task, pk: sent.append((task, str(pk))))
    return sent


def upload(officer: Officer, content: bytes = ROWS, name: str = "loans.csv") -> CreditTable:
    file = SimpleUploadedFile(name, content)
    return credit_tables.take_in(file, licence="Own loans", officer=officer)


@pytest.fixture
def table(analyst: Officer) -> CreditTable:
    """A table that a worker has read."""
    taken = upload(analyst)
    training_tasks.profile_table(str(taken.pk))
    taken.refresh_from_db()
    return taken


@pytest.fixture
def run(table: CreditTable, analyst: Officer) -> TrainingRun:
    return training_runs.start(table, CHOICE, officer=analyst)


def test_a_table_lies_sealed_and_is_read_by_a_worker(
    table: CreditTable, folders: Path, analyst: Officer
) -> None:
    files = [path for path in (folders / "media").rglob("*") if path.is_file()]
    assert len(files) == 1
    assert b"overdue" not in files[0].read_bytes()
    assert (table.state, table.rows, table.size_bytes) == ("done", 40, len(ROWS))
    with credit_tables.unsealed(table) as path:
        assert path.read_bytes() == ROWS
    assert not path.exists()
    assert AuditEvent.objects.get(action="credit_table.uploaded").actor == analyst


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b\\c.csv", "\u202e.csv", "", "x" * 300])
def test_a_name_leads_nowhere(analyst: Officer, name: str) -> None:
    class Given(SimpleUploadedFile):
        pass

    file = Given("loans.csv", ROWS)
    file._name = name
    taken = credit_tables.take_in(file, licence="Own", officer=analyst)
    with credit_tables.unsealed(taken) as path:
        assert path.parent.name.startswith("creditweb-stage-")
        assert path.read_bytes() == ROWS


def test_an_empty_and_a_large_file_are_refused(analyst: Officer, settings: Any) -> None:
    settings.TABLE_MAX_BYTES = 10
    for content, code in ((b"", "empty"), (ROWS, "too_large")):
        with pytest.raises(ProblemError) as refused:
            upload(analyst, content)
        assert refused.value.code == code
    assert not CreditTable.objects.exists()


def test_only_an_analyst_uploads_trains_and_deletes(
    table: CreditTable, senior: Officer, admin: Officer
) -> None:
    for other in (senior, admin):
        for forbidden in (
            lambda other=other: upload(other),
            lambda other=other: training_runs.start(table, CHOICE, officer=other),
            lambda other=other: credit_tables.delete(table, officer=other),
        ):
            with pytest.raises(RefusedError):
                forbidden()


def test_a_table_that_cannot_be_used_says_why(
    analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> Any:
        raise stand_ins.StandInError("loans.csv is empty")

    stand_ins.install(monkeypatch, read=refuse)
    taken = upload(analyst)
    training_tasks.profile_table(str(taken.pk))
    taken.refresh_from_db()
    assert (taken.state, taken.error) == ("failed", "Loans.csv is empty.")
    assert not taken.may_train


def test_a_deleted_table_can_be_read_by_nobody(
    table: CreditTable, folders: Path, analyst: Officer
) -> None:
    credit_tables.delete(table, officer=analyst)
    table.refresh_from_db()
    assert (table.data_key, table.profile, table.may_train) == (None, {}, False)
    assert not [path for path in (folders / "media").rglob("*") if path.is_file()]
    with pytest.raises(ProblemError), credit_tables.unsealed(table):
        pass
    assert len(table.sha256) == 64


def test_a_table_in_use_is_not_deleted(run: TrainingRun, analyst: Officer) -> None:
    with pytest.raises(ProblemError) as refused:
        credit_tables.delete(run.table, officer=analyst)
    assert refused.value.code == "table_in_use"


# --- trainings ----------------------------------------------------------------------------------


def test_a_training_ends_with_figures_and_is_registered(run: TrainingRun, analyst: Officer) -> None:
    training_tasks.train(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.done, run.total) == ("done", 2, 2)
    assert run.figures["scorecard"]["auc"] == 0.8
    version = training_runs.register(
        run, "scorecard", version="bank-9", commercial=True, officer=analyst
    )
    run.refresh_from_db()
    assert (version.state, version.licence, version.training) == ("candidate", "Own loans", run)
    assert version.trained_on == [f"loans.csv (40 rows, sha256 {run.table.sha256[:12]})"]


def test_a_message_that_comes_again_does_nothing(
    run: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    training_tasks.train(str(run.pk))
    stand_ins.install(monkeypatch, train=lambda *args: pytest.fail("trained twice"))
    training_tasks.train(str(run.pk))
    assert TrainingRun.objects.get().attempt == 1


def test_a_worker_that_lost_its_run_changes_nothing(
    run: TrainingRun, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled_meanwhile(path: Path, choice: Any, out: Path, progress: Callable) -> Any:
        training_runs.cancel(run, officer=analyst)
        progress("boosting", 1, 2)
        return pytest.fail("it went on")

    stand_ins.install(monkeypatch, train=cancelled_meanwhile)
    training_tasks.train(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.figures) == ("cancelled", {})


def test_a_cancelled_training_goes_on_in_the_same_folder(
    run: TrainingRun, analyst: Officer, rung: list[tuple[str, str]]
) -> None:
    training_runs.cancel(run, officer=analyst)
    kept = training_runs.out_folder(run) / "folds" / "one.npz"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"1")
    again = training_runs.retry(run, officer=analyst)
    training_tasks.train(str(again.pk))
    again.refresh_from_db()
    assert again.state == "done"
    assert kept.exists()
    for wrong in (training_runs.retry, training_runs.cancel):
        with pytest.raises(ProblemError):
            wrong(again, officer=analyst)


def test_a_fault_of_the_program_is_told_and_kept_in_the_log(
    run: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_ins.install(monkeypatch, train=lambda *args: {}["gone"])
    training_tasks.train(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.error) == (
        "failed", "The program failed (KeyError); the log says where.",
    )  # fmt: skip


def _kill_the_worker(run: TrainingRun) -> None:
    """Leave the row as a worker does that is killed: claimed, with a lease that runs out."""
    assert background.claim(TrainingRun, run.pk)
    TrainingRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def test_after_a_kill_the_sweep_rings_again_and_the_run_ends(
    run: TrainingRun, rung: list[tuple[str, str]]
) -> None:
    _kill_the_worker(run)
    training_tasks.sweep()
    assert rung == [(dispatch.TRAIN, str(run.pk))]
    training_tasks.sweep()
    assert len(rung) == 1
    training_tasks.train(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("done", 2)


def test_what_kills_each_worker_is_given_up(run: TrainingRun) -> None:
    for _ in range(background.MAX_ATTEMPTS):
        _kill_the_worker(run)
    training_tasks.train(str(run.pk))
    run.refresh_from_db()
    assert run.state == "failed"
    assert "3 times" in run.error


def test_a_lost_message_is_sent_again_and_a_missing_worker_is_told(
    run: TrainingRun, rung: list[tuple[str, str]]
) -> None:
    kinds = (CreditTable, TrainingRun)
    training_tasks.sweep()
    assert (rung, background.is_worker_missing(kinds)) == ([], False)
    long_ago = timezone.now() - timedelta(seconds=background.REPUBLISH_AFTER_S + 1)
    TrainingRun.objects.update(queued_at=long_ago, published_at=long_ago)
    assert background.is_worker_missing(kinds)
    training_tasks.sweep()
    assert rung == [(dispatch.TRAIN, str(run.pk))]
    background.claim(TrainingRun, run.pk)
    assert not background.is_worker_missing(kinds)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"target": "nothing"}, "target"),
        ({"positive": "yes"}, "positive"),
        ({"group": "default"}, "group"),
        ({"columns_as": {"age": "open_accounts"}}, "columns"),
        ({"columns_as": {"overdue_payments": "nationality"}}, "columns"),
        ({"columns_as": {}, "drop": ["overdue_payments", "open_accounts"]}, "columns"),
    ],
)
def test_a_choice_that_does_not_fit_is_told_by_field(
    table: CreditTable, analyst: Officer, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(ProblemError) as refused:
        training_runs.start(table, CHOICE | changes, officer=analyst)
    assert set(refused.value.fields) == {field}
    assert not TrainingRun.objects.exists()


def test_a_fault_that_forbids_training_forbids_it(table: CreditTable, analyst: Officer) -> None:
    fault = {"code": "one_column", "severity": "error", "column": None, "text": "One column."}
    CreditTable.objects.update(profile=stand_ins.profile(faults=[fault]))
    with pytest.raises(ProblemError) as refused:
        training_runs.start(table, CHOICE, officer=analyst)
    assert refused.value.code == "table_unusable"
