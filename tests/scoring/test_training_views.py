"""The pages of tables and trainings, from the upload to the registered candidate."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from applicants.models import Officer
from scoring import training_tasks
from scoring.comparison import Comparison
from scoring.models import CreditTable, ModelVersion, TrainingRun
from tests.scoring import training_stand_ins as stand_ins
from tests.scoring.test_trainings import CHOICE, ROWS, folders, rung, upload  # noqa: F401

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


@pytest.fixture
def client(analyst: Officer, client_of: ClientOf) -> Client:
    return client_of(analyst)


def fields(**changes: str) -> dict[str, Any]:
    chosen = {
        "target": "default", "positive": "1", "folds": "5", "minutes": "15",
        "estimators": ["scorecard", "tree"],
    }  # fmt: skip
    for number, name in enumerate(stand_ins.COLUMNS):
        chosen[f"use_{number}"] = "protected" if name == "age" else "use"
        chosen[f"as_{number}"] = name if name in CHOICE["columns_as"] else ""
    return chosen | changes


def test_from_the_upload_to_a_candidate(client: Client) -> None:
    body = {"file": SimpleUploadedFile("loans.csv", ROWS), "licence": "Own loans"}
    page = client.post(reverse("scoring:credit_table_new"), body)["Location"]
    table = CreditTable.objects.get()
    assert "waits for a worker" in client.get(page).content.decode()
    training_tasks.profile_table(str(table.pk))
    shown = client.get(page).content.decode()
    assert "1 row stands in the table more than once." in shown
    assert "hx-trigger" not in shown
    chosen = client.post(reverse("scoring:training_new", args=[table.pk]), fields())
    run = TrainingRun.objects.get()
    assert run.choice == {
        "target": "default", "positive": "1", "drop": [], "protected": ["age"], "group": None,
        "folds": 5, "reject_inference": False, "allow_synthetic": False, "budget_s": 900,
        "estimators": ["scorecard", "tree"],
        "class_weight": "none", "trend": "one_turn",
        "columns_as": {"overdue_payments": "overdue_payments"},
    }  # fmt: skip
    assert "every 2s" in client.get(chosen["Location"]).content.decode()
    training_tasks.train(str(run.pk))
    ended = client.get(chosen["Location"]).content.decode()
    assert "0.8000" in ended
    assert "Decision tree" in ended
    register = reverse("scoring:training_register", args=[run.pk])
    client.post(register, {"place": "scorecard", "version": "bank-9"})
    version = ModelVersion.objects.get(version="bank-9")
    assert (version.state, version.commercial) == ("candidate", False)


def test_what_was_typed_is_kept_where_it_does_not_fit(client: Client, analyst: Officer) -> None:
    table = upload(analyst)
    training_tasks.profile_table(str(table.pk))
    answer = client.post(
        reverse("scoring:training_new", args=[table.pk]), fields(positive="yes", folds="7")
    )
    assert answer.status_code == 422
    content = answer.content.decode()
    assert "does not hold this value" in content
    assert 'value="7"' in content
    assert 'value="yes"' in content
    empty = client.post(reverse("scoring:credit_table_new"), {"licence": ""})
    assert empty.status_code == 422
    assert not TrainingRun.objects.exists()


def test_a_run_is_cancelled_and_goes_on(client: Client, analyst: Officer) -> None:
    table = upload(analyst)
    training_tasks.profile_table(str(table.pk))
    client.post(reverse("scoring:training_new", args=[table.pk]), fields())
    run = TrainingRun.objects.get()
    step = reverse("scoring:training_step", args=[run.pk])
    assert "Go on" in client.post(step, {"action": "cancel"}, follow=True).content.decode()
    assert (
        "waits for a worker" in client.post(step, {"action": "retry"}, follow=True).content.decode()
    )
    again = client.post(step, {"action": "retry"}, follow=True).content.decode()
    assert "Only a training that failed" in again


def test_a_run_without_a_mapping_offers_no_registration(client: Client, analyst: Officer) -> None:
    table = upload(analyst)
    training_tasks.profile_table(str(table.pk))
    client.post(reverse("scoring:training_new", args=[table.pk]), fields(as_0=""))
    run = TrainingRun.objects.get()
    training_tasks.train(str(run.pk))
    page = client.get(reverse("scoring:training_run", args=[run.pk])).content.decode()
    assert "Register as a candidate" not in page
    assert "train again" in page


def test_a_deleted_table_keeps_its_page_and_its_trainings(client: Client, analyst: Officer) -> None:
    table = upload(analyst)
    training_tasks.profile_table(str(table.pk))
    answer = client.post(reverse("scoring:credit_table_delete", args=[table.pk]), follow=True)
    assert "loans.csv" not in answer.content.decode()
    page = client.get(reverse("scoring:credit_table", args=[table.pk]))
    assert "The table is deleted" in page.content.decode()


def test_three_classes_are_compared_without_a_cut_off() -> None:
    measured = {"accuracy": 0.6, "macro_f1": 0.5, "auc_ovr": 0.7, "confusion": [[1, 0, 0]] * 3}
    figures = {"classes": ["a", "b", "c"], "rows": 3, "best": "tree", "tree": measured}
    comparison = Comparison.of(figures)
    assert not comparison.is_binary
    assert comparison.calibration is None
    assert comparison.rows[0].confusion_rows[2] == ("c", [1, 0, 0])


@pytest.mark.parametrize(("asked", "approval", "rate"), [("50", 50, 0.01), ("51", 70, 0.02)])
def test_the_approval_rate_is_one_that_was_measured(asked: str, approval: int, rate: float) -> None:
    figures = stand_ins.figures()
    figures["scorecard"]["bad_rate_by_approval"] = [
        {"approval": 0.5, "bad_rate": 0.01}, {"approval": 0.7, "bad_rate": 0.02},
    ]  # fmt: skip
    comparison = Comparison.of(figures, asked)
    assert comparison.approval == approval
    assert math.isclose(comparison.rows[0].bad_rate, rate)


TYPED = ("\0", "x" * 5000, "9" * 400, "-1", "NaN", "²", "٣")


def test_hostile_values_are_answered(client: Client, analyst: Officer) -> None:
    table = upload(analyst)
    training_tasks.profile_table(str(table.pk))
    run = TrainingRun.objects.create(
        table=table, created_by=analyst, choice=CHOICE, state="done", figures=stand_ins.figures()
    )
    bodies = {
        reverse("scoring:credit_table_new"): {"licence": "Own"},
        reverse("scoring:training_new", args=[table.pk]): fields(),
        reverse("scoring:training_step", args=[run.pk]): {"action": "cancel"},
        reverse("scoring:training_register", args=[run.pk]): {
            "place": "scorecard",
            "version": "bank-1",
        },
    }
    for url, body in bodies.items():
        for name in body:
            for value in TYPED:
                assert client.post(url, {**body, name: value}).status_code < 500
    for value in TYPED:
        page = reverse("scoring:training_run", args=[run.pk])
        assert client.get(page, {"approval": value}).status_code < 500
