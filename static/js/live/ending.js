// How a recording ends: finished, thrown away to start over, taken back by the applicant.

import { discardsOf, forgetDiscard, keepDiscard } from "./discards.js";
import { untilAnswered } from "./patience.js";

const LONGEST_WAIT_MS = 3000;

const pause = (wait_ms) => new Promise((resolve) => setTimeout(resolve, wait_ms));

export class Ending {
  isOver = false;
  #isClosing = false;
  #recorder;

  constructor(recorder) {
    this.#recorder = recorder;
    recorder.keeper.addEventListener("withdrawn", () => this.end("withdrawn"));
    recorder.keeper.addEventListener("over", ({ detail }) => this.end("over", detail.problem));
    document.addEventListener("live:ended", ({ detail }) => this.#hear(detail.reason));
    addEventListener("beforeunload", (event) => this.#hold(event));
  }

  // "gone" is hearsay: to an officer of another branch, signed in elsewhere in this browser, the
  // recording does not exist. The next piece tells.
  #hear(reason) {
    if (reason === "withdrawn") this.end(reason);
    else if (reason !== "gone") this.end("over");
  }

  // What is not yet kept is asked for while the browser asks whether to leave.
  #hold(event) {
    const { keeper } = this.#recorder;
    if (this.isOver || !(this.#recorder.isRecording || keeper.hasUnsent)) return;
    this.#recorder.flush();
    event.preventDefault();
  }

  async finish() {
    const { view, keeper, api, page } = this.#recorder;
    view.become("finishing");
    await this.#recorder.stop();
    await keeper.emptied();
    await this.#othersAreDone();
    if (this.isOver) return;
    // The event stream may tell of the end before the answer comes.
    this.#isClosing = true;
    try {
      await this.#until(() => api.close());
    } catch (problem) {
      this.#isClosing = false;
      this.#fail(problem);
      return;
    }
    await this.#finish("closed");
    location.assign(page.sessionUrl);
  }

  // Other parts of the page bring what they still hold back, the marks of questions for instance.
  #othersAreDone() {
    const promises = [];
    document.dispatchEvent(new CustomEvent("live:closing", { detail: { waitUntil: (promise) => promises.push(promise) } }));
    return Promise.race([Promise.allSettled(promises), pause(LONGEST_WAIT_MS)]);
  }

  // A recording whose every piece was refused has nothing that could be kept.
  #fail(problem) {
    if (problem.kind === "over" || problem.kind === "withdrawn") this.end(problem.kind, problem);
    else {
      this.#recorder.view.fill("refusal", problem.sentence);
      this.#recorder.interrupt("refused");
    }
  }

  async again() {
    const { view, keeper, page } = this.#recorder;
    if (!(await view.confirmAgain())) return;
    view.become("discarding");
    await this.#recorder.stop();
    // Before anything is forgotten: whatever becomes of this page, the server will be told.
    await keepDiscard({ live: page.capture, officer: page.officer, lastTake: keeper.lastTake }).catch(() => {});
    await this.#startOver(keeper.lastTake);
  }

  // Whether this recording was thrown away on a page that was closed before the server knew of it;
  // then it is carried out now.
  async wasDiscarded() {
    const { view, keeper, page } = this.#recorder;
    const kept = await discardsOf(page.officer).catch(() => []);
    const mine = kept.find(({ live }) => live === page.capture);
    if (mine === undefined) return false;
    view.become("discarding");
    await keeper.outbox.open();
    this.#startOver(mine.lastTake);
    return true;
  }

  async #startOver(lastTake) {
    const { view, keeper, api, page } = this.#recorder;
    await this.#finish("discarded");
    const refused = await this.#until(() => api.discard(lastTake)).then(() => null, (problem) => problem);
    await forgetDiscard(page.capture);
    keeper.presence.release();
    if (refused?.code === "went_on") location.reload();
    else await this.#openNext().catch(() => view.become("ended"));
  }

  async #openNext() {
    const { api, page, kind } = this.#recorder;
    const asked = document.querySelectorAll("#live-asked li");
    const content = { session: page.session, kind, questions: [...asked].map((each) => each.textContent) };
    const { id } = await this.#until(() => api.open(content));
    location.replace(location.pathname.replace(page.capture, id));
  }

  // The applicant took consent back, or the server takes nothing more: at once nothing is recorded.
  // Where it only cannot be found, what waits stays for the officer who recorded it.
  async end(reason, problem = null) {
    if (this.isOver || (this.#isClosing && reason !== "withdrawn")) return;
    const { view, keeper } = this.#recorder;
    const unsent_s = keeper.saved.unsent_s;
    this.isOver = true;
    const stopped = this.#recorder.stop();
    view.become("ended");
    view.choose("lost", unsent_s >= 1 ? "yes" : null);
    view.fill("lost", String(Math.round(unsent_s)));
    await stopped;
    await this.#finish(reason === "withdrawn" ? "withdrawn" : "gone", problem?.status === 404);
  }

  async #finish(reason, isKept = false) {
    const { view, keeper } = this.#recorder;
    this.isOver = true;
    view.choose("end", isKept ? "unseen" : reason);
    if (isKept) keeper.sender.stop();
    else await keeper.forget();
    document.dispatchEvent(new CustomEvent("live:ended", { detail: { reason } }));
  }

  // Throws a Problem that time does not heal.
  #until(call) {
    const report = (problem) => this.#recorder.keeper.report(problem);
    return untilAnswered(call, { waitsFor: ["passing", "signed_out"], report });
  }
}
