// The shared time axis of all tracks: what stretch is shown, the cursor, pointing and seeking.
// Emits "view" when another stretch is shown, and "point" with the time under the pointer or null.

import { clockTime } from "./session_format.js";

const STEPS_S = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
const LABEL_SPACE_PX = 70;
const SHORTEST_VIEW_S = 2;

export class Timeline extends EventTarget {
  #pointer = null;

  constructor(root, clock) {
    super();
    this.root = root;
    this.clock = clock;
    this.from_s = 0;
    this.to_s = clock.duration_s;
    this.ruler = root.querySelector("[data-ruler]");
    this.cursor = root.querySelector("[data-cursor]");
    this.ghost = root.querySelector("[data-ghost]");
    this.#listen();
    this.#drawRuler();
  }

  get width_px() {
    return this.ruler.clientWidth;
  }

  x(t_s) {
    return ((t_s - this.from_s) / (this.to_s - this.from_s)) * this.width_px;
  }

  t(clientX) {
    const left = this.ruler.getBoundingClientRect().left;
    return this.clock.within(this.from_s + ((clientX - left) / this.width_px) * (this.to_s - this.from_s));
  }

  show(from_s, to_s) {
    const all_s = this.clock.duration_s;
    const span_s = Math.min(Math.max(to_s - from_s, Math.min(SHORTEST_VIEW_S, all_s)), all_s);
    this.from_s = Math.min(Math.max(from_s, 0), all_s - span_s);
    this.to_s = this.from_s + span_s;
    this.#drawRuler();
    this.#moveCursor();
    this.dispatchEvent(new CustomEvent("view"));
  }

  zoom(factor) {
    const span_s = (this.to_s - this.from_s) * factor;
    const middle_s = this.clock.t_s;
    this.show(middle_s - span_s / 2, middle_s + span_s / 2);
  }

  showAll() {
    this.show(0, this.clock.duration_s);
  }

  #listen() {
    this.clock.addEventListener("tick", () => this.#follow());
    this.root.addEventListener("pointerdown", (event) => this.#press(event));
    this.root.addEventListener("pointermove", (event) => this.#move(event));
    this.root.addEventListener("pointerup", (event) => this.#release(event));
    this.root.addEventListener("pointercancel", (event) => this.#release(event));
    this.root.addEventListener("pointerleave", () => this.#pointAt(null));
    new ResizeObserver(() => this.show(this.from_s, this.to_s)).observe(this.ruler);
  }

  #follow() {
    const t_s = this.clock.t_s;
    if (this.clock.isPlaying && t_s > this.to_s && this.to_s < this.clock.duration_s) {
      this.show(t_s, t_s + this.to_s - this.from_s);
    }
    this.#moveCursor();
  }

  #moveCursor() {
    this.#place(this.cursor, this.clock.t_s);
  }

  #place(line, t_s) {
    const x = this.x(t_s);
    line.hidden = x < -1 || x > this.width_px + 1;
    line.style.transform = `translateX(${x}px)`;
  }

  #press(event) {
    if (event.button !== 0 || !event.target.closest("[data-plot]") || event.target.closest("button")) return;
    event.preventDefault();
    this.#pointer = event.pointerId;
    this.root.setPointerCapture(event.pointerId);
    this.clock.seek(this.t(event.clientX));
  }

  #move(event) {
    if (this.#pointer === event.pointerId) this.clock.seek(this.t(event.clientX));
    else this.#pointAt(event.target.closest?.("[data-plot]") && event.pointerType === "mouse" ? this.t(event.clientX) : null);
  }

  #release(event) {
    if (this.#pointer === event.pointerId) this.#pointer = null;
  }

  #pointAt(t_s) {
    this.ghost.hidden = t_s === null;
    if (t_s !== null) {
      this.#place(this.ghost, t_s);
      this.ghost.dataset.time = clockTime(t_s);
    }
    this.dispatchEvent(new CustomEvent("point", { detail: t_s }));
  }

  #drawRuler() {
    const span_s = this.to_s - this.from_s;
    const step_s = STEPS_S.find((step) => (step / span_s) * this.width_px >= LABEL_SPACE_PX) ?? STEPS_S.at(-1);
    const marks = [];
    for (let n = Math.ceil(this.from_s / step_s - 1e-6); n * step_s <= this.to_s + 1e-6; n += 1) {
      const mark = document.createElement("span");
      mark.textContent = clockTime(n * step_s, step_s < 1);
      mark.style.left = `${this.x(n * step_s)}px`;
      marks.push(mark);
    }
    this.ruler.replaceChildren(...marks);
  }
}
