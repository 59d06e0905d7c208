"""The whole road of a live recording: site, workers and a headless Chromium on one machine."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Page, sync_playwright

from benchmarks.figure import Figure
from benchmarks.processor import cpu_s
from media_processing.models import ProcessingJob, Recording
from tests.chromium import chromium
from tests.end_to_end.running_site import Site
from tests.factories import PASSWORD, BranchFactory, OfficerFactory

Times = npt.NDArray[np.float64]

GOALS_S = {"median": 3.0, "p95": 5.0}
PATIENCE_MS = 60_000
CLOSING_S_PER_S = 4.0
CLOSING_AT_LEAST_S = 180.0
WATCHED = ("live", "web", "scoring", "media")


def option(name: str, default: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


# ---- The site and the browser ------------------------------------------------------------------


@contextmanager
def road(devices: list[str], noting: str) -> Iterator[tuple[Site, Page]]:
    """Start the site, and open a tab in which an officer has signed in.

    ``devices`` are the options that give Chromium its camera, ``noting`` runs on each page first.
    """
    # A browser that is driven and the records are used in turn, never at once.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with (
        tempfile.TemporaryDirectory() as folder,
        _site(Path(folder)) as site,
        _officers_tab(site, devices, noting) as page,
    ):
        yield site, page


@contextmanager
def _site(folder: Path) -> Iterator[Site]:
    call_command("sync_model_versions", verbosity=0)
    OfficerFactory(username="ida", branch=BranchFactory(code="HARBOUR", name="Harbour"))
    site = Site(folder, str(connection.settings_dict["NAME"]))
    site.start()
    try:
        yield site
    finally:
        site.stop()


@contextmanager
def _officers_tab(site: Site, devices: list[str], noting: str) -> Iterator[Page]:
    with sync_playwright() as playwright, chromium(playwright, *devices) as browser:
        context = browser.new_context(
            base_url=site.url, permissions=["camera", "microphone"],
            viewport={"width": 1440, "height": 900},
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(noting)
        page = context.new_page()
        page.goto("/login/")
        page.fill("[name=username]", "ida")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
        yield page


class Spent:
    """Processor time of every process, in seconds, from its making on."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._before, self._began_s = self._now(), time.monotonic()

    def _now(self) -> dict[str, float]:
        spent = {name: cpu_s(self._site.pid(name)) for name in WATCHED}
        return spent | {"browser": cpu_s(os.getpid(), named="chrom")}

    def cores(self) -> dict[str, float]:
        """Return the share of a core that each took so far."""
        wall_s = time.monotonic() - self._began_s
        return {name: (now - self._before[name]) / wall_s for name, now in self._now().items()}


def closed(recording: Recording, recorded_s: float) -> float:
    """Wait for the closing pass; return how long it took. Raises TimeoutError."""
    began_s = time.monotonic()
    most_s = max(CLOSING_AT_LEAST_S, CLOSING_S_PER_S * recorded_s)
    while time.monotonic() - began_s < most_s:
        job = ProcessingJob.objects.get(recording=recording)
        if not job.is_open:
            if job.state != ProcessingJob.State.DONE:
                raise RuntimeError(f"the closing pass ended as {job.state}")
            return time.monotonic() - began_s
        time.sleep(0.5)
    raise TimeoutError("the closing pass did not end")


# ---- What it shows -----------------------------------------------------------------------------


def percentiles(name: str, lags: Times, note: str) -> Iterator[Figure]:
    """Yield median, 95th and 99th percentile and the longest of some lags in seconds."""
    cuts = statistics.quantiles(lags, n=100, method="inclusive")
    found = {"median": cuts[49], "p95": cuts[94], "p99": cuts[98], "longest": max(lags)}
    for which, value in found.items():
        goal_s = GOALS_S.get(which)
        said = "no goal of its own" if goal_s is None else verdict(value <= goal_s)
        yield Figure(
            f"{name}: {which}", float(value), "s", "the goal", goal_s or GOALS_S["p95"],
            f"{said}; {note}",
        )  # fmt: skip


def verdict(is_met: bool) -> str:
    return "met" if is_met else "MISSED"


def load_figures(name: str, cores: dict[str, float]) -> Iterator[Figure]:
    for process, share in cores.items():
        yield Figure(
            f"{name}: processor of {process}", share, "cores", "one of two cores", 1.0,
            "share of a core while it was recorded",
        )  # fmt: skip
