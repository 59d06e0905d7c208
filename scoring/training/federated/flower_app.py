"""The folder that Flower calls an app: it names the server's code, and a refusal for branches."""

from pathlib import Path

PROJECT = """[project]
name = "creditweb-federated"
version = "1.0.0"
description = "Federated training of a scorecard and a network from sums."
license = {{ file = "LICENSE" }}
dependencies = ["flwr>=1.42.0,<1.43"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["."]

[tool.flwr.app]
publisher = "creditweb"
fab-format-version = 1
flwr-version-target = "1.42.0"

[tool.flwr.app.components]
serverapp = "federated_app:server"
clientapp = "federated_app:client"

[tool.flwr.app.config]
folder = {folder}
"""
MODULE = '''"""Where Flower finds the server's app."""

from flwr.clientapp import ClientApp

from scoring.training.federated.flower_server import app as server

# A branch runs its own program (flower_branch), never one that was sent to it.
client = ClientApp()

__all__ = ["client", "server"]
'''


def write(app: Path, folder: Path) -> None:
    """Write the app for a run whose files lie in ``folder``."""
    app.mkdir(parents=True, exist_ok=True)
    quoted = '"' + str(folder).replace("\\", "\\\\").replace('"', '\\"') + '"'
    (app / "pyproject.toml").write_text(PROJECT.format(folder=quoted), encoding="utf-8")
    (app / "federated_app.py").write_text(MODULE, encoding="utf-8")
    (app / "LICENSE").write_text("Apache-2.0\n", encoding="utf-8")
