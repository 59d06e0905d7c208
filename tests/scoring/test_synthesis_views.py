"""The page on synthetic applicants, its downloads, and how marked rows are kept out of training."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse

from applicants.errors import ProblemError
from applicants.models import AuditEvent, Officer
from scoring.engine.artifacts import write_manifest
from scoring.models import CreditTable, ModelVersion, TrainingRun
from scoring.services import estimator_placing, synthesis, training_runs
from scoring.training import artifact_files
from tests.scoring.synthesisers import CONTENT, tiny_graph

pytestmark = pytest.mark.django_db
PAGE, ROWS = reverse("scoring:synthetic_applicants"), reverse("scoring:synthetic_rows")
WISH = {"rows": "120", "seed": "7", "bad_percent": "50"}
BARS = ("tstr_gap", "tvd", "association_difference", "exact_copies", "distance_mia_auc")
CHOICE = {
    "target": "default", "positive": "1", "drop": [], "protected": [], "group": None, "folds": 5,
    "budget_s": 60, "estimators": ["scorecard"],
    "columns_as": {"overdue_payments": "overdue_payments"},
}  # fmt: skip


def made_report() -> dict[str, Any]:
    measured = {
        "tstr": 0.75, "trtr": 0.77, "tstr_gap": -0.02, "tvd": 0.02, "exact_copies": 0,
        "association_difference": 0.04, "distance_mia_auc": 0.52, "white_box_critic_auc": 0.7,
        "dcr_median_members": 3.5, "dcr_median_others": 3.6,
    }  # fmt: skip
    control = {**measured, "exact_copies": 2000, "flags": ["privacy"]}
    way = {"auc": 0.76, "bad_rate": 0.18, "difference": 0.001, "difference_se": 0.002}
    return {
        "seeds": 5, "mean": measured,
        "bars": [
            {"figure": name, "value": measured[name], "limit": 0.5, "at_least": False, "met": True}
            for name in BARS
        ],
        "tvd_by_column": {"purpose": 0.02, "amount": 0.05},
        "controls": {"bootstrap": control},
        "privacy_curve": [{**measured, "epsilon": 1.0}, {**measured, "epsilon": None}],
        "balancing": {"logistic": {"synthetic rows": way}},
        "shadow_attack": {"shadows": 32, "auc": 0.53},
    }  # fmt: skip


@pytest.fixture
def artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a tiny generator and a report."""
    (tmp_path / "synthesiser.onnx").write_bytes(tiny_graph())
    artifact_files.write_json(tmp_path / "synthesiser.json", CONTENT)
    artifact_files.write_json(tmp_path / "synthesis_report.json", made_report())
    for name, file in (
        ("synthesiser", "synthesiser.onnx"),
        ("synthesiser_columns", "synthesiser.json"),
        ("synthesis_report", "synthesis_report.json"),
    ):
        artifact_files.register(
            tmp_path, name=name, version="1", role="synthesiser", file=file, licence="CC BY 4.0",
            trained_on=["made rows"], card="synthesiser.md",
        )  # fmt: skip
    monkeypatch.setattr(synthesis, "ARTIFACTS_DIR", tmp_path)
    yield tmp_path
    synthesis._loaded.cache_clear()


@pytest.fixture
def at_the_desk(client: Client, analyst: Officer) -> Client:
    client.force_login(analyst)
    return client


def test_the_page_shows_first_rows_and_the_report(at_the_desk: Client, artifacts: Path) -> None:
    page = at_the_desk.get(PAGE, WISH).content.decode()
    assert "First rows" in page and "not anonymous" in page
    assert "Attack with 32 shadow generators" in page
    assert "gives people away" in page
    assert ROWS in page


def test_without_a_generator_the_page_says_how_to_train_one(
    at_the_desk: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest([], tmp_path)
    monkeypatch.setattr(synthesis, "ARTIFACTS_DIR", tmp_path)
    answer = at_the_desk.get(PAGE)
    assert answer.status_code == 200
    assert "train_model synthesiser" in answer.content.decode()
    assert at_the_desk.get(ROWS, WISH).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [{"rows": "0"}, {"rows": "100001"}, {"seed": "-1"}, {"rows": "many"}, {"bad_percent": "101"},
     {"bad_percent": "nan"}, {"seed": ""}],
)  # fmt: skip
def test_a_wrong_wish_is_refused_by_field(
    at_the_desk: Client, artifacts: Path, wrong: dict[str, str]
) -> None:
    answer = at_the_desk.get(PAGE, WISH | wrong)
    assert answer.status_code == 422
    assert "is-invalid" in answer.content.decode()
    assert at_the_desk.get(ROWS, WISH | wrong).status_code == 302
    assert not AuditEvent.objects.filter(action="synthetic_rows.drawn").exists()


def test_rows_come_marked_and_are_audited(
    at_the_desk: Client, artifacts: Path, analyst: Officer
) -> None:
    answer = at_the_desk.get(ROWS, WISH)
    text = async_to_sync(_whole)(answer).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 120 and {row["synthetic"] for row in rows} == {"yes"}
    assert sum(row["class"] == "bad" for row in rows) == 60
    event = AuditEvent.objects.get(action="synthetic_rows.drawn")
    assert event.actor == analyst
    assert event.detail["rows"] == 120 and event.detail["seed"] == 7


def test_the_sidecar_says_where_rows_come_from(at_the_desk: Client, artifacts: Path) -> None:
    answer = at_the_desk.get(reverse("scoring:synthetic_provenance"), WISH)
    content = json.loads(answer.content)
    assert content["sha256"] == synthesis.installed().entry.sha256
    assert (content["seed"], content["rows"]) == (7, 120)
    assert content["privacy"] == "no differential privacy"


def test_a_report_reader_may_not_draw(client: Client, artifacts: Path, senior: Officer) -> None:
    client.force_login(senior)
    page = client.get(PAGE, WISH).content.decode()
    assert "Use and risk" in page and "First rows" not in page
    assert client.get(ROWS, WISH).status_code == 403


async def _whole(answer: Any) -> bytes:
    return b"".join([part async for part in answer.streaming_content])


@pytest.fixture
def marked_table(analyst: Officer) -> CreditTable:
    column = {"name": "overdue_payments", "kind": "numeric", "distinct": 3, "levels": []}
    target = {
        "name": "default", "kind": "numeric", "distinct": 2,
        "levels": [{"value": "1", "share": 0.5}],
    }  # fmt: skip
    profile = {"columns": [column, target], "faults": [], "target_candidates": ["default"]}
    return CreditTable.objects.create(
        name="drawn.csv", licence="CC BY 4.0", sha256="3" * 64, size_bytes=10, rows=40,
        uploaded_by=analyst, state="done", profile=profile | {"synthetic_rows": 40},
    )  # fmt: skip


def test_marked_rows_are_trained_on_only_where_someone_says_so(
    marked_table: CreditTable, analyst: Officer
) -> None:
    with pytest.raises(ProblemError) as refused:
        training_runs.start(marked_table, CHOICE, officer=analyst)
    assert "allow_synthetic" in refused.value.fields
    run = training_runs.start(marked_table, CHOICE | {"allow_synthetic": True}, officer=analyst)
    assert run.choice["allow_synthetic"] is True


def test_an_estimator_of_synthetic_rows_says_so_and_needs_the_flag(
    marked_table: CreditTable, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = TrainingRun.objects.create(
        table=marked_table, choice=CHOICE, figures={"synthetic_rows": 40}, created_by=analyst
    )
    version = ModelVersion.objects.create(
        kind="estimator", name="scorecard", version="drawn-1", file="scorecard.json",
        sha256="4" * 64, licence="own", card="card.md", is_own=True, state="shadow", training=run,
    )  # fmt: skip
    assert version.synthetic_rows == 40
    assert "40 of them synthetic" in training_runs._learnt_from(run)
    monkeypatch.setattr(estimator_placing.PLACING, "can_be_proposed", lambda version: True)
    monkeypatch.setattr(estimator_placing.PLACING, "check_file", lambda version: None)
    reason = "Tried on rows that were drawn."
    with pytest.raises(ProblemError) as refused:
        estimator_placing.propose(version, officer=analyst, reason=reason)
    assert refused.value.code == "trained_on_synthetic"
    proposal = estimator_placing.propose(
        version, officer=analyst, reason=reason, allow_synthetic=True
    )
    assert proposal.state == "open"
