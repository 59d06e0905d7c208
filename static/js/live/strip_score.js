// The running score with its band, the score without behaviour beside it, the adjustment apart.

import { fill } from "./words.js";

const LOWEST = 300;
const HIGHEST = 850;
const MARKS = { good: "mark-good", standard: "mark-standard", poor: "mark-poor" };
const signed = new Intl.NumberFormat(document.documentElement.lang || "en", { signDisplay: "exceptZero" });
const percent = (points) => `${(100 * (points - LOWEST)) / (HIGHEST - LOWEST)}%`;

export class ScoreView {
  constructor(box, words) {
    this.box = box;
    this.words = words;
  }

  show(score) {
    if (score === null) return;
    this.#write("financial", score.financial_score);
    this.#write("final", score.final_score);
    this.#write("adjustment", signed.format(score.adjustment).replace("-", "\u2212"));
    this.#write("cap", score.cap_points);
    this.#mark("financial-class", score.financial_class);
    this.#mark("final-class", score.credit_class);
    for (const name of ["shadow", "off"]) this.#part(name).hidden = score.mode !== name;
    this.#part("protected").hidden = !score.is_class_protected;
    this.#scale(score);
  }

  #scale({ low, high, final_score: final, financial_score: financial }) {
    const scale = this.#part("scale");
    const range = scale.querySelector("[data-range]");
    range.setAttribute("x", percent(low));
    range.setAttribute("width", percent(LOWEST + high - low));
    const line = scale.querySelector("[data-financial]");
    for (const end of ["x1", "x2"]) line.setAttribute(end, percent(financial));
    scale.querySelector("[data-final]").setAttribute("cx", percent(final));
    scale.setAttribute("aria-label", fill(this.words.between.scale, final, low, high, financial));
    this.#write("between", fill(this.words.between.points, low, high));
  }

  #mark(name, value) {
    const mark = this.#part(name);
    mark.className = `mark ${MARKS[value] ?? ""}`;
    mark.textContent = this.words.classes[value] ?? value;
    mark.hidden = false;
  }

  #write(name, text) {
    this.#part(name).textContent = text;
  }

  #part(name) {
    return this.box.querySelector(`[data-score="${name}"]`);
  }
}
