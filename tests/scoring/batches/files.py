"""Small batch files made by code, and what became of them."""

import csv
import gzip
import io

from scoring.batches.columns import FACTORS

GOOD_ROW = {
    "amount": "12000", "term_months": "36", "annual_income": "48000",
    "monthly_debt_payments": "600", "employment_years": "5", "income_stable": "true",
    "credit_history_years": "7", "overdue_payments": "0", "card_utilisation_percent": "25",
    "total_assets": "60000", "total_liabilities": "20000", "open_accounts": "4",
    "recent_enquiries": "1",
}  # fmt: skip


def csv_file(*rows: dict[str, str], columns: tuple[str, ...] = ("reference", *FACTORS)) -> bytes:
    target = io.StringIO()
    writer = csv.DictWriter(target, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for number, row in enumerate(rows, start=1):
        writer.writerow({"reference": f"R{number}", **GOOD_ROW, **row})
    return target.getvalue().encode()


def parquet_file(**columns: list[object]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    target = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), target)
    return target.getvalue()


def table(content: bytes) -> list[dict[str, str]]:
    """Read a CSV file, packed or not."""
    plain = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    return list(csv.DictReader(io.StringIO(plain.decode())))
