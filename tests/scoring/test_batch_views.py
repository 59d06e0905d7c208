"""The pages of a batch, and the same by the API."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from applicants.models import Officer
from applicants.services.stores import store_at
from scoring import tasks
from scoring.models import BatchJob
from scoring.services import batch_work
from tests.factories import OfficerFactory
from tests.scoring.batches.files import csv_file, table
from tests.scoring.services.test_batches import run

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]
ApiOf = Callable[[Officer], APIClient]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.MEDIA_STORAGE_URL = f"file://{tmp_path / 'media'}"
    monkeypatch.setattr(tasks.advance_batch, "delay", lambda job_id: None)
    yield
    store_at.cache_clear()


def uploaded(content: bytes, name: str = "people.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def body(response: HttpResponse) -> bytes:
    async def gathered() -> bytes:
        return b"".join([part async for part in response.streaming_content])

    return async_to_sync(gathered)()


def test_from_the_form_to_the_files(client_of: ClientOf, analyst: Officer) -> None:
    client = client_of(analyst)
    content = csv_file({}, {"amount": "much"})
    answer = client.post(reverse("scoring:batches"), {"file": uploaded(content)})
    job = BatchJob.objects.get()
    assert answer["Location"] == reverse("scoring:batch", args=[job.pk])
    page = client.get(answer["Location"]).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "waits for a worker" in page
    run(job)
    part = client.get(reverse("scoring:batch_progress", args=[job.pk])).content.decode()
    assert "hx-trigger" not in part
    assert reverse("scoring:batch_result", args=[job.pk]) in part
    result = client.get(reverse("scoring:batch_result", args=[job.pk]))
    assert result["Content-Disposition"] == f'attachment; filename="scores-{job.pk}.csv"'
    assert result["Cache-Control"] == "no-store"
    assert [row["reference"] for row in table(body(result))] == ["R1"]
    refused = client.get(reverse("scoring:batch_refused", args=[job.pk]))
    assert [row["column"] for row in table(body(refused))] == ["amount"]
    assert "people.csv" in client.get(reverse("scoring:batches")).content.decode()


def test_the_pages_say_that_nothing_is_decided(client_of: ClientOf, analyst: Officer) -> None:
    page = client_of(analyst).get(reverse("scoring:batches")).content.decode()
    assert "opens no application and decides nothing" in page


def test_a_file_that_cannot_be_taken_is_told_beside_the_field(
    client_of: ClientOf, analyst: Officer
) -> None:
    answer = client_of(analyst).post(reverse("scoring:batches"), {"file": uploaded(b"PK\x03\x04")})
    assert answer.status_code == 422
    assert "Excel" in answer.content.decode()
    answer = client_of(analyst).post(reverse("scoring:batches"))
    assert "Choose a file." in answer.content.decode()


def test_what_failed_and_what_was_not_read_is_shown(client_of: ClientOf, analyst: Officer) -> None:
    client = client_of(analyst)
    client.post(reverse("scoring:batches"), {"file": uploaded(b"amount,<b>colour\n")})
    job = run(BatchJob.objects.get())
    page = client.get(reverse("scoring:batch", args=[job.pk])).content.decode()
    assert "The file has a header and no rows." in page
    assert "&lt;b&gt;colour" in page
    answer = client.get(reverse("scoring:batch_result", args=[job.pk]), follow=True)
    assert "no result yet" in answer.content.decode()


def test_cancelling_and_removing(client_of: ClientOf, analyst: Officer) -> None:
    client = client_of(analyst)
    client.post(reverse("scoring:batches"), {"file": uploaded(csv_file({}))})
    job = BatchJob.objects.get()
    end = reverse("scoring:batch_end", args=[job.pk])
    assert "was cancelled" in client.post(end, follow=True).content.decode()
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert not job.has_files


def test_a_senior_officer_sees_the_batches_of_the_branch(
    client_of: ClientOf, senior: Officer, analyst: Officer, other_branch_officer: Officer
) -> None:
    client_of(senior).post(reverse("scoring:batches"), {"file": uploaded(csv_file({}))})
    job = BatchJob.objects.get()
    stranger = OfficerFactory(role=senior.role, branch=other_branch_officer.branch)
    url = reverse("scoring:batch", args=[job.pk])
    assert client_of(analyst).get(url).status_code == 200
    assert client_of(stranger).get(url).status_code == 404


def test_the_api_from_the_file_to_the_result(api_of: ApiOf, analyst: Officer) -> None:
    api = api_of(analyst)
    answer = api.post(reverse("api_batches"), {"file": uploaded(csv_file({}, {"amount": "?"}))})
    assert answer.status_code == 202
    url = reverse("api_batch", args=[answer.data["id"]])
    assert api.get(url).data["state"] == "received"
    result = reverse("api_batch_result", args=[answer.data["id"]])
    assert api.get(result).status_code == 409
    run(BatchJob.objects.get())
    told = api.get(url).data
    assert {name: told[name] for name in ("state", "progress", "rows", "good", "bad")} == {
        "state": "done", "progress": 1.0, "rows": 2, "good": 1, "bad": 1}  # fmt: skip
    assert "scorecard" in {each["name"] for each in told["models"]}
    assert len(table(body(api.get(result)))) == 1
    rejected = api.get(reverse("api_batch_rejected", args=[answer.data["id"]]))
    assert table(body(rejected))[0]["row"] == "3"
    assert api.delete(url).status_code == 204
    assert api.get(result).status_code == 410


def test_the_api_refuses_by_code(api_of: ApiOf, analyst: Officer, settings: object) -> None:
    api = api_of(analyst)
    answer = api.post(reverse("api_batches"), {"file": uploaded(b"colour\n1\n")})
    assert (answer.status_code, answer.data["error"]["code"]) == (422, "unreadable")
    answer = api.post(reverse("api_batches"), {"file": io.BytesIO(b"")})
    assert (answer.status_code, answer.data["error"]["code"]) == (422, "empty_file")
    assert api.post(reverse("api_batches"), {}).status_code == 400
    settings.BATCH_MAX_BYTES = 10
    answer = api.post(reverse("api_batches"), {"file": uploaded(csv_file({}))})
    assert (answer.status_code, answer.data["error"]["code"]) == (413, "too_large")
    assert not BatchJob.objects.exists()


def test_a_batch_of_hostile_values_is_answered_row_by_row(
    client_of: ClientOf, analyst: Officer
) -> None:
    values = ["\0", "x" * 20_000, "9" * 5000, "1e400", "NaN", "²", "<script>", "=1+1", "٣", "\r"]
    rows = [{"reference": value, "annual_income": value} for value in values]
    client_of(analyst).post(reverse("scoring:batches"), {"file": uploaded(csv_file(*rows))})
    job = run(BatchJob.objects.get())
    assert job.state == "done"
    assert job.rows == job.good + job.bad
    assert job.good >= 1
    assert batch_work.due_jobs() == []
