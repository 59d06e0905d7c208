"""Optional system packages: installed when root, else named in one sentence each.

The main road needs none of them: wheels carry Postgres, Redis, ffmpeg and the networks' runtime.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Extra:
    """A program or shared library that improves something, and what works without it."""

    package: str
    present: bool
    without: str


def extras(*, for_tests: bool) -> list[Extra]:
    found = [
        Extra(
            "bubblewrap",
            shutil.which("bwrap") is not None,
            "uploads are decoded under resource limits, but not in namespaces of their own",
        ),
    ]
    if for_tests:
        found.append(
            Extra("chromium", shutil.which("chromium") is not None, "browser tests are skipped")
        )
    return found


def main() -> int:
    missing = [extra for extra in extras(for_tests="--test" in sys.argv) if not extra.present]
    if not missing:
        return 0
    packages = [extra.package for extra in missing]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        return _install(packages)
    for extra in missing:
        print(f"Without the system package {extra.package}, {extra.without}.")
    return 0


def _install(packages: list[str]) -> int:
    print(f"Installing {', '.join(packages)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"stdout": subprocess.DEVNULL, "env": environment}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    done = subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        check=False,
        **quiet,
    )
    if done.returncode != 0:
        print(
            f"Could not install {', '.join(packages)}; the site runs without them as far as it can."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
