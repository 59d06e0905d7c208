"""The recorder as a test uses it: what it shows, what was recorded, and what the server has."""

import base64
import io
import time
from collections import defaultdict
from typing import Any

import av
from playwright.sync_api import BrowserContext, Page, Route, expect

from media_processing.models import LiveCapture, LiveChunk
from media_processing.services import storage

PATIENCE_MS = 30_000
# Tells every piece that any recorder of the page gives out, before the page itself sees it.
LISTEN = """
const Original = window.MediaRecorder;
window.MediaRecorder = class extends Original {
  constructor(stream, options) {
    super(stream, options);
    const run = crypto.randomUUID();
    this.addEventListener("dataavailable", async ({ data }) => {
      if (data.size) window.gaveOut(run, btoa(String.fromCharCode(...new Uint8Array(
        await crypto.subtle.digest("SHA-256", await data.arrayBuffer())))));
    });
  }
};
"""


class RecorderPage:
    """One tab with a recorder. ``given_out`` has the digests of each run, in order."""

    def __init__(self, context: BrowserContext, live: LiveCapture) -> None:
        self.live = live
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.digests_received: list[list[str]] = []
        self.given_out: dict[str, list[str]] = defaultdict(list)
        self.page.expose_function("gaveOut", self._note)
        self.page.add_init_script(LISTEN)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._listen)

    def _note(self, run: str, digest: str) -> None:
        self.given_out[run].append(digest)

    def _listen(self, said: Any) -> None:
        if said.type == "error" and "Failed to load resource" not in said.text:
            self.problems.append(said.text)

    def visit(self) -> "RecorderPage":
        self.page.goto(f"/live/{self.live.pk}/", wait_until="domcontentloaded")
        return self

    # ---- What a person does ---------------------------------------------------------------

    def press(self, act: str) -> None:
        self.page.locator(f'#recorder [data-act="{act}"]:visible').click()

    def start(self) -> None:
        """Acknowledge the notice, open the devices and record."""
        self.press("open")
        self.expect_state("ready")
        # However slow the machine is, the button is pressed before the count is over.
        self.page.evaluate("document.getElementById('recorder').dataset.countdownS = '600'")
        self.press("start")
        self.press("now")
        self.expect_state("recording")

    def tell(self, event: str, detail: dict[str, Any]) -> None:
        """Say what another part of the page would say."""
        self.page.evaluate(
            "([name, detail]) => document.dispatchEvent(new CustomEvent(name, { detail }))",
            [event, detail],
        )

    def finish(self) -> None:
        """Finish; ``digests_received`` then has what the server had got before it was joined."""
        self.press_finish()
        self.arrive()

    def press_finish(self) -> None:
        self.page.route("**/close/", self._look_and_go_on)
        self.press("finish")

    def arrive(self) -> None:
        """Wait for the page of the session, to which a finished recording leads."""
        session = f"**/sessions/{self.live.recording.session_id}/"
        self.page.wait_for_url(session, wait_until="commit", timeout=2 * PATIENCE_MS)

    def _look_and_go_on(self, route: Route) -> None:
        takes = self.live.takes.all()
        self.digests_received = [
            [_base64(chunk.sha256) for chunk in take.chunks.all()] for take in takes
        ]
        route.continue_()

    def record_until(self, seconds: float) -> None:
        """Wait until the clock of the page shows at least so many seconds."""
        self.page.wait_for_function(SHOWN_AT_LEAST, arg=["elapsed", seconds])

    def saved_until(self, seconds: float) -> None:
        self.page.wait_for_function(SHOWN_AT_LEAST, arg=["saved", seconds])

    # ---- What it shows --------------------------------------------------------------------

    def expect_state(self, state: str) -> None:
        found = self.page.locator("#recorder")
        expect(found).to_have_attribute("data-state", state, timeout=PATIENCE_MS)

    def expect_note(self, name: str) -> None:
        expect(self.page.locator(f'[data-note="{name}"]')).to_be_visible(timeout=PATIENCE_MS)

    def expect_no_note(self) -> None:
        expect(self.page.locator("[data-note]:visible")).to_have_count(0, timeout=PATIENCE_MS)

    def given_out_in_order(self) -> list[list[str]]:
        """Return the digests of the pieces of each run of a recorder."""
        return list(self.given_out.values())

    # ---- What the server has --------------------------------------------------------------

    def takes(self) -> list[bytes]:
        """Return the bytes of each take, as they were kept."""
        return [self._joined(take.chunks.all()) for take in self.live.takes.all()]

    def _joined(self, chunks: Any) -> bytes:
        assert [chunk.sequence for chunk in chunks] == list(range(len(chunks)))
        return b"".join(self._unsealed(chunk) for chunk in chunks)

    def _unsealed(self, chunk: LiveChunk) -> bytes:
        with storage.reading(self.live.recording.session, chunk.key) as sealed:
            return b"".join(sealed.iterate())

    def waiting_in_browser(self) -> int:
        """Return how many pieces lie in the browser's database."""
        return int(self.page.evaluate(COUNT))


SHOWN_AT_LEAST = """([name, wanted_s]) => {
  const [minutes, seconds] = document.querySelector(`[data-fill="${name}"]`).textContent.split(":");
  return Number(minutes) * 60 + Number(seconds) >= wanted_s;
}"""


COUNT = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("creditweb-live", 1);
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const counting = opening.result.transaction("chunks").objectStore("chunks").count();
    counting.onsuccess = () => resolve(counting.result);
  };
})"""


def wait_until_none(page: Page, count: str = COUNT) -> None:
    """Wait until ``count``, a script that answers with a promise, says 0.

    ``wait_for_function`` takes the promise itself for true and would wait for nothing.
    """
    until = time.monotonic() + PATIENCE_MS / 1000
    while left := page.evaluate(count):
        assert time.monotonic() < until, f"{left} are left"
        page.wait_for_timeout(100)


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def duration_s(content: bytes) -> float:
    """Return how long a take lasts by what can be decoded of it, be it pictures or sound.

    On a busy machine a browser leaves out pictures, but no sound.
    """
    with av.open(io.BytesIO(content)) as container:
        times = [float(frame.time) for frame in container.decode()]
    return max(times) - min(times)


def kinds_of_streams(content: bytes) -> list[str]:
    with av.open(io.BytesIO(content)) as container:
        return sorted(stream.type for stream in container.streams)
