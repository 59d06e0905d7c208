"""Training code, imported on use: it needs requirements that the site runs without."""

import importlib
from typing import Any

from django.core.management.base import CommandError


def load(module: str) -> Any:
    """Return a module. Raises CommandError naming the requirement that is missing."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise CommandError(
            f"{error.name} is missing: install the training tools with "
            "`pip install -r requirements-training.txt`."
        ) from error
