"""The lender's verbs as one file: a Python zip application of the modules that they need."""

import zipfile
from importlib import resources
from pathlib import Path

MODULES = (
    "__init__", "bundle", "client", "key_files", "leak", "owner_files", "recipe", "synthetic_mark",
    "token_tables", "tokens", "vocabulary",
)  # fmt: skip
RECIPE = "artifacts/german_token_recipe.json"
START = "import sys\nfrom scoring.privacy.client import main\nsys.exit(main())\n"
SHEBANG = b"#!/usr/bin/env python3\n"


def write_bundle(target: Path) -> None:
    """Write the zip application. Raises OSError."""
    package = resources.files("scoring")
    names = ["__init__.py", RECIPE, *(f"privacy/{name}.py" for name in MODULES)]
    with target.open("wb") as file:
        file.write(SHEBANG)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("__main__.py", START)
            for name in names:
                archive.writestr(f"scoring/{name}", (package / name).read_text(encoding="utf-8"))
