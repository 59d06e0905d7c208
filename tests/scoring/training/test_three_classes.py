"""Three classes: cleaning as described, features of the past alone, and customers kept whole."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.training import three_class_table as table
from scoring.training import three_classes
from scoring.training.three_class_members import CLASSES, OrdinalBoosting

pytestmark = pytest.mark.training

PLAIN = {
    "ID": "0x1", "Customer_ID": "C1", "Month": "January", "Age": "30_", "Occupation": "_______",
    "Annual_Income": "40000.5_", "Monthly_Inhand_Salary": "3000", "Num_Bank_Accounts": "3",
    "Num_Credit_Card": "4", "Interest_Rate": "12", "Num_of_Loan": "2",
    "Type_of_Loan": "Payday Loan, and Payday Loan", "Delay_from_due_date": "-2",
    "Num_of_Delayed_Payment": "7", "Changed_Credit_Limit": "_", "Num_Credit_Inquiries": "4",
    "Credit_Mix": "_", "Outstanding_Debt": "900.5_", "Credit_Utilization_Ratio": "30",
    "Credit_History_Age": "10 Years and 3 Months", "Payment_of_Min_Amount": "NM",
    "Total_EMI_per_month": "50", "Amount_invested_monthly": "__10000__",
    "Payment_Behaviour": "High_spent_Large_value_payments",
    "Monthly_Balance": "__-333333333333333333333333333__", "Credit_Score": "Good",
}  # fmt: skip


def raw(*changes: dict[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame([PLAIN | each for each in changes], dtype=str)
    frame["month"] = frame["Month"].map({name: n for n, name in enumerate(table.MONTHS, 1)})
    return frame


def test_cleaning_cuts_underscores_and_blanks_what_cannot_be() -> None:
    row = table.clean(raw({})).iloc[0]
    assert (row["Age"], row["Annual_Income"], row["Outstanding_Debt"]) == (30, 40000.5, 900.5)
    for name in ("Changed_Credit_Limit", "Credit_Mix", "Amount_invested_monthly"):
        assert np.isnan(row[name])
    assert np.isnan(row["Monthly_Balance"])
    assert (row["history_months"], row["Payday Loan"], row["Auto Loan"]) == (123, 2, 0)
    assert (row["spending"], row["payment_value"], row["Payment_of_Min_Amount"]) == (1, 2, 1)


@pytest.mark.parametrize(
    ("column", "wrong"),
    [("Age", "-500"), ("Age", "8678"), ("Num_of_Loan", "-100"), ("Interest_Rate", "5789"),
     ("Num_Bank_Accounts", "-1"), ("Annual_Income", "23800000"), ("Total_EMI_per_month", "82000"),
     ("Num_of_Delayed_Payment", "4000"), ("Num_Credit_Inquiries", "2000")],
)  # fmt: skip
def test_impossible_values_are_missing(column: str, wrong: str) -> None:
    assert np.isnan(table.clean(raw({column: wrong}))[column][0])


def test_an_early_payment_is_kept() -> None:
    assert table.clean(raw({}))["Delay_from_due_date"][0] == -2


def test_a_feature_of_a_month_knows_no_later_month() -> None:
    months = [{"Month": name, "Interest_Rate": str(10 + n)} for n, name in enumerate(table.MONTHS)]
    whole = table.features(raw(*months))
    for count in (1, 3, 5):
        cut = table.features(raw(*months[:count]))
        pd.testing.assert_frame_equal(cut, whole[list(cut)].iloc[:count])
    assert whole["Interest_Rate_median"].tolist()[:3] == [10, 10.5, 11]


def test_a_blank_takes_the_customer_s_last_value_and_the_history_grows() -> None:
    found = table.features(
        raw(
            {"Month": "January"},
            {"Month": "February", "Monthly_Inhand_Salary": "", "Credit_History_Age": ""},
            {"Month": "January", "Customer_ID": "C2", "Monthly_Inhand_Salary": ""},
        )
    )
    assert found["Monthly_Inhand_Salary"].tolist()[:2] == [3000, 3000]
    assert np.isnan(found["Monthly_Inhand_Salary"][2])
    assert found["history_months"].tolist() == [123, 124, 123]


def test_the_history_of_classes_leaves_the_month_itself_out() -> None:
    classes = ("Good", "Good", "Poor", "Standard")
    rows = [
        {"Month": month, "Credit_Score": name}
        for month, name in zip(table.MONTHS, classes, strict=False)
    ]
    found = table.label_history(raw(*rows))
    assert np.isnan(found["class_1_ago"][0])
    assert found["class_1_ago"].tolist()[1:] == [2, 2, 0]
    assert found["share_Good"].tolist()[1:] == pytest.approx([1, 1, 2 / 3])
    assert found["changes"].tolist() == [0, 0, 0, 1]
    changed = table.label_history(raw(*rows[:3], rows[3] | {"Credit_Score": "Good"}))
    pd.testing.assert_frame_equal(found, changed)


def test_cut_points_in_order_give_probabilities() -> None:
    random = np.random.default_rng(3)
    rows = pd.DataFrame({"x": random.normal(size=600), "y": random.normal(size=600)})
    target = np.digitize(rows["x"] + random.normal(0, 0.5, 600), [-0.5, 0.8])
    found = OrdinalBoosting().fit(rows, target).predict_proba(rows)
    assert found.shape == (600, CLASSES)
    assert (found >= 0).all()
    assert found.sum(axis=1) == pytest.approx(np.ones(600))
    assert (found.argmax(axis=1) == target).mean() > 0.6


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """60 customers, 20 of them over eight months, whose class follows their interest rate."""
    random, rows = np.random.default_rng(1), []
    for number in range(60):
        rate = int(random.integers(1, 34))
        name = table.CLASSES[2 - min(rate // 12, 2)]
        for month in table.MONTHS:
            late = random.random() < 0.15
            rows.append(
                PLAIN
                | {"Customer_ID": f"C{number}", "Month": month, "Interest_Rate": str(rate),
                   "Outstanding_Debt": str(100 + 40 * rate),
                   "Credit_Score": "Standard" if late else name}
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    number = frame["Customer_ID"].str[1:].astype(int)
    frame[number < 20].to_csv(tmp_path / "credit3_panel.csv.gz", index=False)
    frame[frame["Month"] == "August"].to_csv(tmp_path / "credit3_snapshot.csv.gz", index=False)
    split = pd.DataFrame({"Customer_ID": [f"C{n}" for n in range(60)]})
    split["cv0"] = np.arange(60) % 5
    split.to_csv(tmp_path / "credit3_split.csv.gz", index=False)
    return tmp_path


def test_the_command_answers_the_three_questions_and_goes_on_where_it_stopped(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.json"
    monkeypatch.setattr("sys.argv", ["three_classes", str(data), str(out)])
    monkeypatch.setattr("scoring.training.three_class_members.TREES", 10)
    three_classes.main()
    first = json.loads(out.read_text())
    assert set(first) == {"panel", "evolving", "snapshot"}
    assert first["panel"]["blend"]["accuracy"] > 0.6
    assert set(first["evolving"]["by_month"]) == set(table.MONTHS[1:])
    monkeypatch.setattr(three_classes, "_out_of_fold", lambda *_: pytest.fail("made again"))
    run = three_classes.Run(data, out.with_suffix(".members"))
    run.out_of_fold("snapshot", run.snapshot_rows())


def test_no_customer_is_tested_by_an_estimator_that_saw_them(data: Path, tmp_path: Path) -> None:
    run = three_classes.Run(data, tmp_path / "members")
    rows = run.snapshot_rows()
    assert rows.extra is not None
    for fold in range(5):
        trained, target = rows.training(fold)
        assert len(trained) == len(target)
        assert len(trained) == (rows.fold != fold).sum() + (rows.extra_fold != fold).sum()
    others = run.snapshot[~run.snapshot[table.CUSTOMER].isin(set(run.panel[table.CUSTOMER]))]
    assert len(others) == 40
