// What the server knows of this recording, as it changes: one event stream, and polling while that
// is cut or silent, as behind a proxy that holds it back. Every state is told to the page as `live:state`, the end as `live:ended`.

const POLL_MS = 1000;
const REOPEN_MS = 3000;
const SILENT_MS = 3000;
// When the officer says anew whose face it is, the worker takes back what it wrote of another: the
// minute is then asked for as a whole, twice, since the worker needs a moment.
const ANEW_MS = [2000, 6000];
const OVER = ["closed", "discarded", "withdrawn"];

export class Feed {
  #source = null;
  #polling = null;
  #silent = null;
  #cursor = 0;
  #isOver = false;
  #lastState = null;
  #subject = null;

  constructor({ eventsUrl, stateUrl }) {
    const language = document.documentElement.lang.toLowerCase();
    this.eventsUrl = `${eventsUrl}?language=${language}`;
    this.stateUrl = `${stateUrl}?language=${language}`;
    addEventListener("pagehide", () => this.#rest());
    addEventListener("pageshow", (event) => event.persisted && this.open());
  }

  open() {
    if (this.#isOver || this.#source !== null) return;
    this.#source = new EventSource(this.eventsUrl);
    this.#silent = setTimeout(() => this.#poll(true), SILENT_MS);
    this.#source.addEventListener("state", ({ data }) => this.#hear(JSON.parse(data)));
    this.#source.addEventListener("ended", () => this.#end(this.#lastState ?? "gone"));
    this.#source.onerror = () => this.#cut();
  }

  #hear(state) {
    clearTimeout(this.#silent);
    this.#poll(false);
    this.#take(state);
  }

  #cut() {
    if (this.#isOver) return;
    this.#poll(true);
    if (this.#source?.readyState !== EventSource.CLOSED) return;
    this.#source = null;
    setTimeout(() => this.open(), REOPEN_MS);
  }

  #poll(isWanted) {
    if (isWanted === (this.#polling !== null)) return;
    if (isWanted) {
      this.#polling = setInterval(() => this.#ask(), POLL_MS);
      this.#ask();
    } else {
      clearInterval(this.#polling);
      this.#polling = null;
      this.#tell("live:connection", { isOpen: true });
    }
  }

  async #ask(since = this.#cursor) {
    try {
      const url = `${this.stateUrl}&since=${since}`;
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (answer.status === 404) this.#end("gone");
      if (answer.ok) this.#take({ ...(await answer.json()), isWhole: since === 0 });
      this.#tell("live:connection", { isOpen: answer.ok });
    } catch {
      this.#tell("live:connection", { isOpen: false });
    }
  }

  #take(state) {
    if (this.#isOver) return;
    this.#cursor = state.cursor;
    this.#lastState = state.state;
    this.#compare(JSON.stringify(state.subject));
    this.#tell("live:state", state);
    if (OVER.includes(state.state)) this.#end(state.state);
  }

  #compare(subject) {
    const isAnew = this.#subject !== null && this.#subject !== subject;
    this.#subject = subject;
    for (const wait_ms of isAnew ? ANEW_MS : []) setTimeout(() => this.#isOver || this.#ask(0), wait_ms);
  }

  #end(reason) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#rest();
    this.#tell("live:ended", { reason });
  }

  #rest() {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#silent);
    clearInterval(this.#polling);
    this.#polling = null;
  }

  #tell(name, detail) {
    document.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
