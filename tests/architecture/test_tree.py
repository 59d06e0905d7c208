"""What every file of the tree promises."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.splitlines()
FILES = [ROOT / name for name in LISTED if (ROOT / name).is_file()]
SOURCES = [
    path
    for path in FILES
    if path.suffix == ".py" and not {"migrations", "tests"} & set(path.relative_to(ROOT).parts)
]
LONGEST_FUNCTION_LINES = 60
LARGEST_FILE_BYTES = 30 * 1024**2


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_stay_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno <= LONGEST_FUNCTION_LINES, node.name


def test_no_migration_has_an_automatic_name() -> None:
    assert [path.name for path in FILES if "_auto_" in path.name] == []


def test_no_file_is_too_large_for_git() -> None:
    assert [path.name for path in FILES if path.stat().st_size > LARGEST_FILE_BYTES] == []


def test_no_pickle_is_kept_or_read() -> None:
    assert [p.name for p in FILES if p.suffix in {".pkl", ".pickle", ".joblib", ".pt"}] == []
    for path in SOURCES:
        assert not re.search(r"^\s*(import|from) (pickle|joblib)", path.read_text(), re.M), path


def test_only_the_dispatcher_enqueues() -> None:
    enqueue = re.compile(r"\.(delay|apply_async|delay_on_commit|send_task)\(")
    found = {path.name for path in SOURCES if enqueue.search(path.read_text(encoding="utf-8"))}
    assert found <= {"dispatch.py"}


def test_pages_reach_no_other_origin() -> None:
    elsewhere = re.compile(r"(?:src|href|url)\s*[=(]\s*[\"']?https?://")
    pages = [p for p in FILES if p.suffix in {".html", ".css"} and "vendor" not in p.parts]
    assert [p.name for p in pages if elsewhere.search(p.read_text(encoding="utf-8"))] == []


def test_every_table_of_a_page_has_a_caption() -> None:
    table = re.compile(r"<table\b[^>]*>(?!\s*<caption\b)")
    pages = [path for path in FILES if path.suffix == ".html"]
    assert [p.name for p in pages if table.search(p.read_text(encoding="utf-8"))] == []
