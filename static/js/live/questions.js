// The questions of a live recording: the current one large, marks of its answers, reading aloud.

import { Course } from "./question_course.js";
import { listenToKeys } from "./question_keys.js";
import { MarkQueue } from "./question_marks.js";
import { Reader } from "./question_reader.js";
import { RecordingTime } from "./question_time.js";
import { fill } from "./words.js";

const READY = ["ready", "recording", "paused", "interrupted"];
const TICK_MS = 500;
// From here on an answer shows how long the recording can still go on.
const SOON_S = 60;

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
const stored = (id) => JSON.parse(document.getElementById(id).textContent);

function clock(ms) {
  const s = Math.floor(ms / 1000);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

class Questions {
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.words = root.dataset;
    this.items = [...root.querySelectorAll("[data-question]")];
    this.time = new RecordingTime();
    this.reader = new Reader();
    this.queue = new MarkQueue({ officer: page.officer, token });
    this.course = null;
  }

  async boot() {
    const waiting = (await this.queue.waitingMarks()).filter((mark) => mark.url === this.page.marksUrl);
    const known = stored("question-marks");
    const seen = new Set(known.map((mark) => mark.id));
    this.course = new Course({
      count: this.items.length, time: this.time, reader: this.reader, tell,
      needsAnswers: this.page.kind === "voice",
      marks: [...known, ...waiting.filter((mark) => !seen.has(mark.id))],
    });
    this.#listen();
    this.queue.flush();
    this.show();
    this.root.dataset.ready = "yes";
  }

  #listen() {
    this.course.addEventListener("changed", () => this.show());
    this.course.addEventListener("mark", ({ detail }) => this.queue.add(this.page.marksUrl, detail));
    this.course.addEventListener("failed", () => this.say(this.words.failed));
    this.queue.addEventListener("changed", () => this.#showWaiting());
    this.queue.addEventListener("refused", () => this.say(this.words.refused));
    this.reader.addEventListener("voices", () => this.show());
    this.root.addEventListener("click", (event) => this.#click(event.target.closest("button")));
    this.root.querySelector("[data-auto]").addEventListener("change", ({ target }) => {
      this.course.startsAfterReading = target.checked;
    });
    listenToKeys(this, document.getElementById("live"));
    this.#listenToRecorder();
    setInterval(() => this.#showClock(), TICK_MS);
  }

  #listenToRecorder() {
    const on = (name, act) => document.addEventListener(`live:${name}`, ({ detail }) => act(detail ?? {}));
    on("recording", (detail) => {
      this.time.recording(detail);
      this.course.recording();
    });
    on("time", (detail) => {
      this.time.time(detail);
      this.left_s = detail.leftS;
    });
    on("paused", (detail) => {
      this.time.paused(detail);
      this.show();
    });
    on("closing", (detail) => detail.waitUntil?.(this.#finish()));
    on("ended", () => this.#finish());
    const recorder = document.getElementById("recorder");
    if (!recorder) return;
    const look = () => {
      this.course.isReady = READY.includes(recorder.dataset.state);
      this.show();
    };
    new MutationObserver(look).observe(recorder, { attributes: true, attributeFilter: ["data-state"] });
    look();
  }

  #finish() {
    this.course.end();
    this.reader.stop();
    return this.queue.flush();
  }

  get item() {
    return this.items[this.course.current - 1];
  }

  read() {
    const text = this.item.querySelector("[data-text]").textContent;
    if (this.reader.isReading) this.course.go(this.course.current);
    else if (this.reader.voiceFor(this.item.lang)) this.course.read(text, this.item.lang);
    else this.say(this.words.voiceless);
  }

  #click(button) {
    if (!button) return;
    const acts = {
      toggle: () => this.course.toggle(),
      read: () => this.read(),
      back: () => this.course.step(-1),
      next: () => this.course.step(1),
    };
    if (button.dataset.go) this.course.go(Number(button.dataset.go));
    else acts[button.dataset.act]?.();
  }

  say(text) {
    this.#fill("said", text);
  }

  #fill(name, text) {
    const place = this.root.querySelector(`[data-${name}]`);
    if (place.textContent !== text) place.textContent = text;
  }

  show() {
    const { current, phase } = this.course;
    const text = this.item.querySelector("[data-text]").textContent;
    const large = this.root.querySelector("[data-current]");
    large.lang = this.item.lang;
    this.#fill("current", text);
    this.#fill("place", `${current} / ${this.items.length}`);
    this.root.dataset.phase = phase;
    this.#fill("phase-words", this.#phaseText());
    this.#showButtons();
    for (const item of this.items) this.#showItem(item);
    this.#keepInView();
    this.root.querySelector("[data-voiceless]").hidden = this.reader.voiceFor(this.item.lang) !== null;
    this.#showClock();
  }

  #phaseText() {
    const { phase, mayStart } = this.course;
    if (phase !== "idle") return this.words[phase];
    if (mayStart) return this.words.idle;
    return this.page.kind === "voice" ? this.words.prepare : this.words.record;
  }

  #showButtons() {
    const { current, phase, mayStart } = this.course;
    const button = (act) => this.root.querySelector(`[data-act=${act}]`);
    const isAnswering = phase === "answering" || phase === "starting";
    button("toggle").disabled = !isAnswering && !mayStart;
    this.#fill("toggle-text", isAnswering ? this.words.end : this.words.start);
    button("back").disabled = current === 1;
    button("next").disabled = current === this.items.length;
    this.#fill("read-text", phase === "reading" ? this.words.stopReading : this.words.read);
    button("read").disabled = this.reader.voiceFor(this.item.lang) === null;
  }

  #showItem(item) {
    const number = Number(item.dataset.question);
    const { has, total_ms } = this.course.answered(number);
    const isCurrent = number === this.course.current;
    item.classList.toggle("is-current", isCurrent);
    item.classList.toggle("is-answered", has);
    if (isCurrent) item.querySelector("button").setAttribute("aria-current", "step");
    else item.querySelector("button").removeAttribute("aria-current");
    item.querySelector("[data-state]").textContent = has ? `${this.words.answered}${total_ms ? ` ${clock(total_ms)}` : ""}` : "";
  }

  // Scrolls the list alone, never the page.
  #keepInView() {
    const { item } = this;
    const list = item.parentElement;
    const above = item.offsetTop - list.offsetTop;
    if (above < list.scrollTop) list.scrollTop = above;
    else if (above + item.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = above + item.offsetHeight - list.clientHeight;
  }

  #showClock() {
    const last = this.course.marks.at(-1);
    const runs = this.course.phase === "answering" && last?.kind === "start" && last.take === this.time.take;
    const left = this.left_s <= SOON_S ? ` · ${fill(this.words.left, clock(Math.ceil(this.left_s) * 1000))}` : "";
    this.#fill("clock", runs ? clock(this.time.t_ms - last.t_ms) + left : "");
  }

  #showWaiting() {
    const place = this.root.querySelector("[data-waiting]");
    place.hidden = !this.queue.isStuck;
    this.root.dataset.waiting = String(this.queue.waiting);
  }
}

const root = document.getElementById("questions");
const page = document.getElementById("live");
if (root && page) new Questions(root, page.dataset).boot();
