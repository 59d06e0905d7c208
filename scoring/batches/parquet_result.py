"""The result of a batch as a Parquet file, one row group per piece."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from scoring.batches.scored import RESULT_COLUMNS

WHOLE_COLUMNS = ("row", "financial_score")
SHARE_COLUMNS = ("probability_of_default",)


class ParquetResult:
    """Writes pieces of the CSV result, one at a time, as typed columns."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts

    def write_to(self, target: BinaryIO) -> None:
        """Write everything to a sink that takes bytes in order."""
        import pyarrow  # only a worker writes Parquet
        import pyarrow.csv
        import pyarrow.parquet

        schema = pyarrow.schema([(name, _type(name)) for name in RESULT_COLUMNS])
        reading = pyarrow.csv.ReadOptions(column_names=list(RESULT_COLUMNS))
        kinds = pyarrow.csv.ConvertOptions(column_types=schema)
        lines = pyarrow.csv.ParseOptions(newlines_in_values=True)
        with (
            pyarrow.PythonFile(_Sink(target), mode="w") as sink,
            pyarrow.parquet.ParquetWriter(sink, schema, compression="zstd") as writer,
        ):
            for text in self._texts:
                if text:
                    table = pyarrow.csv.read_csv(io.BytesIO(text.encode()), reading, lines, kinds)
                    writer.write_table(table)


def _type(name: str):  # type: ignore[no-untyped-def]  # pyarrow is imported late and has no types
    import pyarrow

    if name in WHOLE_COLUMNS:
        return pyarrow.int64()
    return pyarrow.float64() if name in SHARE_COLUMNS else pyarrow.string()


class _Sink(io.RawIOBase):
    """Counts what passes, which Arrow asks for, and leaves the target open."""

    def __init__(self, target: BinaryIO) -> None:
        self._target, self._position = target, 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data) -> int:  # type: ignore[no-untyped-def]  # any buffer
        content = bytes(data)
        self._target.write(content)
        self._position += len(content)
        return len(content)
