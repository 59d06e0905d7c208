"""The machine's own Chromium, without a screen; nothing is downloaded."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def chromium(playwright: Playwright, *options: str) -> Iterator[Browser]:
    """Open a browser with more ``options``; the test is skipped where there is none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine; `make setup` says how to install it")
    opened = playwright.chromium.launch(executable_path=path, args=[*OPTIONS, *options])
    yield opened
    opened.close()
