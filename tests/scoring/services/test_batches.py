"""A batch from the file that is sent to the result, and what may go wrong on the way."""

import gzip
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone, translation

from applicants.errors import ProblemError
from applicants.models import Application, AuditEvent, Officer
from applicants.services.stores import store_at
from scoring import tasks
from scoring.batches import pieces
from scoring.models import ApplicationDecision, BatchChunk, BatchJob, ScoreRevision
from scoring.services import batch_downloads, batch_work, batches
from scoring.services.rescore import rescore
from tests.scoring.batches.files import GOOD_ROW, csv_file, parquet_file, table

pytestmark = pytest.mark.django_db
Send = Callable[..., BatchJob]
PERSONAL = b"Sample-Reference"


@pytest.fixture
def folder(tmp_path: Path, settings: object) -> Iterator[Path]:
    settings.MEDIA_STORAGE_URL = f"file://{tmp_path / 'media'}"
    yield tmp_path / "media"
    store_at.cache_clear()


@pytest.fixture
def send(folder: Path, analyst: Officer) -> Send:
    def accept(content: bytes, *, officer: Officer = analyst, name: str = "people.csv") -> BatchJob:
        return batches.accept([content], name=name, size_bytes=len(content), officer=officer)

    return accept


def run(job: BatchJob) -> BatchJob:
    """Do by hand what the workers do, one message after the other."""
    batch_work.advance(job.pk)
    while chunks := batch_work.due_chunks(job.pk):
        for chunk in chunks:
            batch_work.score_chunk(chunk)
    batch_work.advance(job.pk)
    job.refresh_from_db()
    return job


def result_of(job: BatchJob) -> bytes:
    return b"".join(batch_downloads.result(job, officer=job.created_by).parts)


def refused_of(job: BatchJob) -> list[dict[str, str]]:
    return table(b"".join(batch_downloads.refused(job, officer=job.created_by).parts))


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_each_row_has_the_score_of_an_application(send: Send, application: Application) -> None:
    thin = dict.fromkeys(GOOD_ROW, "") | {
        "annual_income": "48000", "monthly_debt_payments": "600", "income_stable": "yes",
        "total_assets": "60000", "total_liabilities": "20000",
    }  # fmt: skip
    job = run(send(csv_file({}, {"overdue_payments": "2", "card_utilisation_percent": "91"}, thin)))
    assert (job.state, job.rows, job.good, job.bad) == ("done", 3, 3, 0)
    first, second, third = table(result_of(job))
    alone = rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    assert first["reference"] == "R1"
    assert first["row"] == "2"
    assert int(first["financial_score"]) == alone.financial_score
    assert float(first["probability_of_default"]) == alone.probability_of_default
    assert first["credit_class"] == alone.financial_class
    assert first["band"] == alone.band
    assert first["estimator"] == "scorecard"
    assert second["reason_1_code"]
    assert "Overdue payments on record: 2" in "".join(second.values())
    assert int(second["financial_score"]) < int(first["financial_score"])
    assert third["estimator"] == "points_table"
    assert "overdue_payments" in third["missing"].split()


def test_a_business_is_scored_by_the_scorecard_of_businesses(send: Send) -> None:
    firm = {"is_business": "yes", "employees": "4", "real_estate_backed": "no"}
    columns = ("reference", "amount", "term_months", *firm)
    job = run(send(csv_file(firm, firm | {"is_business": "no"}, columns=columns)))
    first, second = table(result_of(job))
    assert first["estimator"] == "business_scorecard"
    assert second["estimator"] == "scorecard"


def test_a_batch_opens_no_application_and_decides_nothing(send: Send) -> None:
    run(send(csv_file({}, {})))
    assert not Application.objects.exists()
    assert not ScoreRevision.objects.exists()
    assert not ApplicationDecision.objects.exists()


def test_a_wrong_row_is_refused_by_name_and_the_others_are_scored(send: Send) -> None:
    content = csv_file({}, {"amount": "much", "open_accounts": "-1"}, {}) + b"one,two\n"
    job = run(send(content))
    assert (job.state, job.rows, job.good, job.bad) == ("done", 4, 2, 2)
    assert [row["row"] for row in table(result_of(job))] == ["2", "4"]
    told = [(row["row"], row["reference"], row["column"]) for row in refused_of(job)]
    assert sorted(told) == [("3", "R2", "amount"), ("3", "R2", "open_accounts"), ("5", "", "")]
    assert "2 values" in refused_of(job)[-1]["reason"]


def test_nothing_in_the_result_is_a_formula(send: Send) -> None:
    job = run(send(csv_file({"reference": "=1+1"}, {"reference": "@x", "amount": "?"})))
    assert table(result_of(job))[0]["reference"] == "'=1+1"
    assert refused_of(job)[0]["reference"] == "'@x"


def test_pieces_give_the_result_of_the_whole(
    send: Send, senior: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = csv_file(*({"open_accounts": str(number)} for number in range(9)))
    whole = result_of(run(send(content)))
    monkeypatch.setattr(pieces, "PIECE_ROWS", 2)
    job = run(send(content, officer=senior))
    assert job.chunks.count() == 5
    assert result_of(job) == whole


def test_a_packed_file_gives_a_packed_result(send: Send) -> None:
    plain = csv_file({}, {})
    job = run(send(gzip.compress(plain)))
    assert job.format == "csv.gz"
    assert result_of(job).startswith(b"\x1f\x8b")
    assert len(table(result_of(job))) == 2


def test_parquet_gives_parquet(send: Send) -> None:
    import pyarrow.parquet

    content = parquet_file(
        reference=["a", "b"], open_accounts=[4.0, None], overdue_payments=[0, -1]
    )
    job = run(send(content, name="people.parquet"))
    assert (job.state, job.good, job.bad) == ("done", 1, 1)
    found = pyarrow.parquet.read_table(io.BytesIO(result_of(job))).to_pylist()
    assert [(row["row"], row["reference"]) for row in found] == [(2, "a")]
    assert isinstance(found[0]["financial_score"], int)
    assert refused_of(job)[0]["column"] == "overdue_payments"


def test_reasons_and_faults_are_told_in_the_language_of_who_sent_it(send: Send) -> None:
    with translation.override("zh-hans"):
        job = send(csv_file({"overdue_payments": "3"}))
    (row,) = table(result_of(run(job)))
    assert row["reason_1_code"] == "overdue_payments"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in row["reason_1_text"])


def test_files_are_sealed_and_pieces_are_gone_at_the_end(send: Send, folder: Path) -> None:
    job = run(send(csv_file({"reference": PERSONAL.decode()})))
    assert PERSONAL in result_of(job)
    assert not any(PERSONAL in path.read_bytes() for path in stored(folder))
    assert sorted(path.name.split("-", 1)[1] for path in stored(folder)) == [
        "0-refused", "0-result"]  # fmt: skip


# --- what cannot be taken -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"", 422, "empty"),
        (b"PK\x03\x04 a workbook", 422, "Excel"),
        (b"colour\nred\n", 422, "No column"),
        (b"\xff\xfea\0m\0", 422, "UTF-8"),
    ],
)
def test_a_file_that_is_refused_leaves_nothing(
    send: Send, folder: Path, content: bytes, status: int, told: str
) -> None:
    with pytest.raises(ProblemError, match=told) as refusal:
        send(content)
    assert refusal.value.status == status
    assert not BatchJob.objects.exists()
    assert not folder.exists() or stored(folder) == []


def test_a_file_that_is_too_large(send: Send, settings: object) -> None:
    settings.BATCH_MAX_BYTES = 10
    with pytest.raises(ProblemError) as refusal:
        send(csv_file({}))
    assert refusal.value.status == 413


def test_what_only_a_worker_can_see_ends_the_batch_with_a_sentence(send: Send) -> None:
    for content, told in {
        csv_file(): "no rows",
        b"amount\n" + b"1\n" * 90_000 + b"\xff\n": "not UTF-8",
        b"PAR1nothing": "not a Parquet file",
    }.items():
        job = run(send(content))
        assert job.state == "failed"
        assert told in job.error
        with pytest.raises(ProblemError, match="no result"):
            batch_downloads.result(job, officer=job.created_by)


def test_who_may_not_score_batches(send: Send, officer: Officer, admin: Officer) -> None:
    for person in (officer, admin):
        with pytest.raises(ProblemError) as refusal:
            send(csv_file({}), officer=person)
        assert refusal.value.status == 403


def test_the_same_file_sent_twice_is_one_batch(send: Send, folder: Path) -> None:
    first, second = send(csv_file({})), send(csv_file({}))
    assert first == second
    assert len(stored(folder)) == 1
    run(first)
    assert send(csv_file({})) != first


def test_not_too_many_at_once(send: Send, settings: object) -> None:
    settings.BATCHES_OPEN_PER_OFFICER = 1
    send(csv_file({}))
    with pytest.raises(ProblemError) as refusal:
        send(csv_file({}, {}))
    assert refusal.value.status == 429


# --- faults ---------------------------------------------------------------------------------------


def test_messages_that_come_twice_change_nothing(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "PIECE_ROWS", 1)
    job = send(csv_file({}, {}))
    batch_work.advance(job.pk)
    batch_work.advance(job.pk)
    (first, second) = batch_work.due_chunks(job.pk)
    for chunk in (first, first, second, first, second):
        batch_work.score_chunk(chunk)
    job.refresh_from_db()
    assert (job.state, job.good) == ("done", 2)
    assert set(job.chunks.values_list("attempt", flat=True)) == {1}


def test_a_reader_that_died_is_followed_by_one_that_goes_on(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "PIECE_ROWS", 1)
    job = send(csv_file({}, {}, {}))
    kept = batch_work.batch_files.keep_text
    seen: list[str] = []

    def dies(job: BatchJob, name: str, text: str) -> None:
        seen.append(name)
        if len(seen) == 2:
            raise KeyboardInterrupt
        kept(job, name, text)

    monkeypatch.setattr(batch_work.batch_files, "keep_text", dies)
    with pytest.raises(KeyboardInterrupt):
        batch_work.advance(job.pk)
    batch_work.advance(job.pk)
    assert BatchJob.objects.get().state == "reading"
    _let_leases_end()
    assert batch_work.due_jobs() == [job.pk]
    assert run(job).good == 3
    assert seen.count("0-piece") == 1


def test_a_scorer_that_died_is_followed_by_another(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = send(csv_file({}))
    batch_work.advance(job.pk)
    (chunk,) = batch_work.due_chunks(job.pk)

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(batch_work, "score_piece", dies)
        with pytest.raises(KeyboardInterrupt):
            batch_work.score_chunk(chunk)
    assert batch_work.due_chunks(job.pk) == []
    _let_leases_end()
    assert batch_work.due_chunks(job.pk) == [chunk]
    batch_work.score_chunk(chunk)
    job.refresh_from_db()
    assert (job.state, job.good) == ("done", 1)


def test_a_worker_that_lost_its_piece_writes_nothing(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = send(csv_file({}))
    batch_work.advance(job.pk)
    (chunk,) = batch_work.due_chunks(job.pk)
    score = batch_work.score_piece

    def slow(*args: object, **values: object) -> object:
        if BatchChunk.objects.get().attempt == 1:
            _let_leases_end()
            batch_work.score_chunk(chunk)  # another worker takes it and is done first
        return score(*args, **values)

    monkeypatch.setattr(batch_work, "score_piece", slow)
    assert batch_work.score_chunk(chunk) is None
    job.refresh_from_db()
    assert (job.state, job.good) == ("done", 1)


def test_a_piece_that_never_ends_well_ends_the_batch(send: Send) -> None:
    job = send(csv_file({}))
    batch_work.advance(job.pk)
    BatchChunk.objects.update(state="running", attempt=3)
    tasks.catch_up_on_batches()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "administrator" in job.error


def test_few_pieces_wait_at_once(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE_ROWS", 1)
    job = send(csv_file(*({} for _ in range(9))))
    batch_work.advance(job.pk)
    first = batch_work.due_chunks(job.pk)
    assert len(first) == 4
    assert batch_work.due_chunks(job.pk) == []
    batch_work.score_chunk(first[0])
    assert len(batch_work.due_chunks(job.pk)) == 1


def test_another_estimator_in_between_ends_the_batch(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = send(csv_file({}))
    batch_work.advance(job.pk)
    (chunk,) = batch_work.due_chunks(job.pk)
    monkeypatch.setattr(batch_work, "deciding_models", lambda folder: [])
    batch_work.score_chunk(chunk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "Another estimator" in job.error


# --- ending and removing --------------------------------------------------------------------------


def test_cancelling_stops_it_and_removes_its_files(
    send: Send, folder: Path, analyst: Officer
) -> None:
    job = send(csv_file({}))
    batch_work.advance(job.pk)
    (chunk,) = batch_work.due_chunks(job.pk)
    batches.cancel(job, officer=analyst)
    assert batch_work.score_chunk(chunk) is None
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert job.data_key is None
    assert stored(folder) == []
    with pytest.raises(ProblemError):
        batches.cancel(job, officer=analyst)


def test_cancelling_while_a_piece_is_scored_leaves_nothing(
    send: Send, folder: Path, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = send(csv_file({}))
    batch_work.advance(job.pk)
    (chunk,) = batch_work.due_chunks(job.pk)
    score = batch_work.score_piece

    def cancelled(*args: object, **values: object) -> object:
        batches.cancel(job, officer=analyst)
        return score(*args, **values)

    monkeypatch.setattr(batch_work, "score_piece", cancelled)
    assert batch_work.score_chunk(chunk) is None
    assert stored(folder) == []


def test_removing_keeps_the_record_and_no_row(send: Send, folder: Path, analyst: Officer) -> None:
    job = run(send(csv_file({})))
    batches.remove_files(job, officer=analyst)
    job.refresh_from_db()
    assert job.good == 1
    assert not job.has_files
    assert stored(folder) == []
    with pytest.raises(ProblemError) as refusal:
        batch_downloads.result(job, officer=analyst)
    assert refusal.value.status == 410
    actions = AuditEvent.objects.filter(object_id=str(job.pk)).values_list("action", flat=True)
    assert sorted(actions) == ["batch.received", "batch.removed", "batch.scored"]


def test_an_open_batch_is_not_removed(send: Send, analyst: Officer) -> None:
    with pytest.raises(ProblemError, match="cancel it first"):
        batches.remove_files(send(csv_file({})), officer=analyst)


def test_files_are_removed_after_their_time(send: Send, folder: Path) -> None:
    job = run(send(csv_file({})))
    assert batches.remove_expired() == 0
    BatchJob.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.remove_expired_batches()
    job.refresh_from_db()
    assert not job.has_files
    assert stored(folder) == []


def test_the_tasks_ring_for_what_follows(
    send: Send, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    """With the queue emptied at once, one message brings a batch to its end."""
    for name in ("advance_batch", "score_batch_chunk"):
        task = getattr(tasks, name)
        monkeypatch.setattr(task, "delay", task)
    monkeypatch.setattr(pieces, "PIECE_ROWS", 1)
    job = send(parquet_file(open_accounts=[1, 2, 3, 4, 5, 6, 7]))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.catch_up_on_batches()
    job.refresh_from_db()
    assert (job.state, job.good) == ("done", 7)


def _let_leases_end() -> None:
    past = timezone.now() - timedelta(minutes=5)
    BatchJob.objects.update(lease_until=past, rung_at=past)
    BatchChunk.objects.filter(state="running").update(lease_until=past, rung_at=past)
