"""What an officer does on the pages of a live interview, by key where there is one."""

from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect

# The worker may still load its networks when the first picture comes.
FIRST_FACE_MS = 120_000
PATIENCE_MS = 30_000
SEEN_AT_LEAST = """(wanted_s) =>
  Number(document.querySelector("#strip [data-strip=lag]").dataset.seenS) >= wanted_s"""
RECORDED_AT_LEAST = """(wanted_s) => {
  const [minutes, seconds] = document.querySelector('[data-fill="elapsed"]').textContent.split(":");
  return Number(minutes) * 60 + Number(seconds) >= wanted_s;
}"""


class InterviewPage:
    """One tab on the way from the start form to the finished recording."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, session_url: str, questions: Sequence[str]) -> None:
        """Choose an interview with one's own questions and go to the recorder."""
        self.page.goto(f"{session_url}live/")
        self.page.check("input[name=kind][value=interview]")
        self.page.check("#list-own")
        self.page.fill("[name=own]", "\n".join(questions))
        self.page.get_by_role("button", name="Go to the recorder").click()
        self.page.wait_for_url("**/live/*/")

    def open_walk(self, session_url: str) -> None:
        """Choose a walk, without questions, and go to the recorder."""
        self.page.goto(f"{session_url}live/")
        self.page.check("input[name=kind][value=walk]")
        self.page.check("#list-none")
        self.page.get_by_role("button", name="Go to the recorder").click()
        self.page.wait_for_url("**/live/*/")

    def record(self) -> None:
        """Acknowledge the notice, open camera and microphone, and wait for the countdown."""
        for act, state in (("open", "ready"), ("start", "recording")):
            self.act(act)
            self.expect_state(state)

    def confirm(self) -> None:
        """Say by key that the face that is found and all speech are the applicant's."""
        self.page.locator("#voice-all").press("Space")
        expect(self.page.locator("#voice-all")).to_be_checked()
        face = self.page.locator("#subject [data-choices] button").first
        face.wait_for(timeout=FIRST_FACE_MS)
        face.press("Enter")
        expect(self.page.locator("#subject [data-say=confirmed]")).to_be_visible()
        # Keys belong to the questions again once no field has them.
        self.page.locator("#questions-title").click()

    def mark(self) -> None:
        """Press the key that starts an answer, or ends it and shows the next question."""
        self.page.keyboard.press("Space")

    def act(self, name: str) -> None:
        self.page.locator(f'#recorder [data-act="{name}"]:visible').click()

    def pause(self) -> None:
        self.act("pause")
        self.expect_state("paused")

    def finish(self) -> None:
        """Finish, and wait for the page of the session."""
        self.act("finish")
        self.page.wait_for_url("**/sessions/*/")

    def expect_state(self, state: str) -> None:
        expect(self.page.locator("#recorder")).to_have_attribute(
            "data-state", state, timeout=PATIENCE_MS
        )

    def recorded_until(self, seconds: float) -> None:
        """Wait until the clock of the recorder shows so many seconds."""
        self.page.wait_for_function(RECORDED_AT_LEAST, arg=seconds)

    def seen_until(self, seconds: float, *, most_s: float = 20.0) -> None:
        """Wait until the strip has seen every signal up to so many seconds of the recording."""
        self.page.wait_for_function(SEEN_AT_LEAST, arg=seconds, timeout=1000 * most_s)

    def signal(self, name: str) -> Locator:
        """Return what the strip says of a signal now."""
        return self.page.locator(f"#strip [data-signal={name}] [data-now]")

    def score(self, name: str) -> Locator:
        return self.page.locator(f"#strip [data-score={name}]")
