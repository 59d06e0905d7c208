"""Rows marked as synthetic: seen by the profile, refused by a training, never learned from."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from scoring.training.credit_run import TrainingChoice, train_credit
from scoring.training.table_profile import profile_table
from scoring.training.table_reading import TableError, read_text
from scoring.training.tables import rows_of
from tests.scoring.training.conftest import made_table

pytestmark = pytest.mark.training


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    """A table of 240 rows of which the first 100 are synthetic."""
    cells = made_table()
    cells["Synthetic "] = ["yes" if row < 100 else "no" for row in range(len(cells))]
    path = tmp_path / "mixed.csv"
    cells.to_csv(path, index=False)
    return path


def test_the_profile_counts_and_warns(marked: Path) -> None:
    profile = profile_table(marked)
    assert profile.synthetic_rows == 100
    assert [fault.severity for fault in profile.faults if fault.code == "synthetic"] == ["warning"]
    assert "Synthetic" not in profile.target_candidates


def test_a_training_refuses_them(marked: Path, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="100 of 240 rows are marked as synthetic"):
        train_credit(marked, TrainingChoice(target="outcome"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_refuses_them_by_name_of_the_flag(marked: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--allow-synthetic"):
        call_command(
            "train_model", "classifier", data=marked, out=tmp_path / "out", target="outcome"
        )


def test_the_mark_is_no_feature(marked: Path) -> None:
    rows = rows_of(read_text(marked), target="outcome", positive="bad", left_out=(), group=None)
    assert "Synthetic" not in rows.features


def test_a_table_without_the_column_has_none(tmp_path: Path) -> None:
    path = tmp_path / "real.csv"
    made_table().to_csv(path, index=False)
    assert read_text(path).synthetic_rows == 0
