"""Every module that a page loads finds the modules it imports, under the names that are served."""

import re
import shutil
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage

from creditweb.local import ROOT
from creditweb.static_files import HashedStaticFiles

IMPORTED = re.compile(r"""\bfrom\s*["']([^"']+)["']""")
HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")


@pytest.fixture
def served(tmp_path: Path, settings: object) -> Path:
    """The product's own modules as production serves them."""
    settings.DEBUG = False
    shutil.copytree(ROOT / "static" / "js", tmp_path / "js")
    names = [str(path.relative_to(tmp_path)) for path in (tmp_path / "js").rglob("*.js")]
    storage = HashedStaticFiles(location=str(tmp_path), base_url="/static/")
    source = FileSystemStorage(location=str(tmp_path))
    for _name, _hashed, outcome in storage.post_process({name: (source, name) for name in names}):
        assert not isinstance(outcome, Exception), outcome
    return tmp_path


def test_imports_lead_to_hashed_files(served: Path) -> None:
    modules = [path for path in (served / "js").rglob("*.js") if HASHED.search(path.name)]
    assert modules
    seen = 0
    for module in modules:
        for target in IMPORTED.findall(module.read_text()):
            found = (module.parent / target).resolve()
            assert HASHED.search(found.name), f"{module.name} asks for {target}"
            assert found.exists(), f"{module.name} asks for {target}"
            seen += 1
    assert seen > 20
