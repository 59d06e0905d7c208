"""Registers the branches' keys with a SuperLink and starts the run, in one process.

``python -m scoring.training.federated.flower_submit APP CONNECTION [PUBLIC_KEY …]``. The same as
``flwr supernode register KEY CONNECTION`` for each key and ``flwr run APP CONNECTION``.
"""

import sys

from flwr.cli.app import app


def main(folder: str, connection: str, *keys: str) -> None:
    """Register, then run."""
    for key in keys:
        app(["supernode", "register", key, connection], standalone_mode=False)
    app(["run", folder, connection], standalone_mode=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
