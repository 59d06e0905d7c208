"""What a server of branches on machines of their own needs beside the agreement.

``python -m scoring.training.federated.prepare FOLDER IP`` writes into FOLDER, where
``agreement.json`` lies: a certificate authority of the federation (``ca.pem``, which every branch
gets), certificate and key of the server at IP, settings, Flower's app and its connection.
"""

import argparse
import ipaddress
import json
from dataclasses import asdict
from pathlib import Path

from scoring.training.federated import certificates, fit, flower_app
from scoring.training.federated.agreement import AgreementError, read
from scoring.training.federated.branch import AGREEMENT_FILE

CONNECTION = "branches"
TIMEOUT_S = 3600.0
# Where the SuperLink listens, for this machine alone.
SUPERLINK = "127.0.0.1:9091"


def prepare(folder: Path, host: str) -> None:
    """Write everything.

    Raises AgreementError, OSError, and ValueError for what is no IP address.
    """
    ipaddress.ip_address(host)
    folder = folder.resolve()
    read(folder / AGREEMENT_FILE)
    write_settings(folder, fit.Settings(), TIMEOUT_S)
    certificates.write_server(folder, host)
    flower_app.write(folder / "app", folder)
    write_connection(folder, SUPERLINK)


def write_settings(folder: Path, settings: fit.Settings, timeout_s: float) -> None:
    """Write ``settings.json``, which the server's app reads."""
    told = {"timeout_s": timeout_s, "settings": asdict(settings)}
    (folder / "settings.json").write_text(json.dumps(told), encoding="utf-8")


def write_connection(folder: Path, address: str) -> None:
    """Write ``home/config.toml``: where Flower's commands find the SuperLink."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(
        f'[superlink]\ndefault = "{CONNECTION}"\n\n[superlink.{CONNECTION}]\n'
        f'address = "{address}"\nroot-certificates = "{folder / "ca.pem"}"\n',
        encoding="utf-8",
    )


def main() -> None:
    """Prepare a folder."""
    parser = argparse.ArgumentParser(description="Prepare the server of a federation.")
    parser.add_argument("folder", type=Path, help="holds agreement.json")
    parser.add_argument("host", help="the server's IP address, as branches reach it")
    options = parser.parse_args()
    try:
        prepare(options.folder, options.host)
    except (AgreementError, OSError, ValueError) as error:
        raise SystemExit(f"{options.folder}: {error}") from error


if __name__ == "__main__":
    main()
