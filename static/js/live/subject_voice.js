// Which speech is the applicant's: all of it, one channel, or what sounds like a few seconds of it.

import { SideLevels } from "./subject_levels.js";
import { say } from "./subject_words.js";

const TICK_MS = 100;
const ENOUGH_S = 10;
const LEAST_S = 3;
const SPOKEN_DB = -45;

export class VoiceChoice {
  #part;
  #keep;
  #levels = new SideLevels();
  #clock = null;
  #span = null;
  #enrolled = null;
  #isShown = false;
  #wasShort = false;

  constructor(card, keep) {
    this.#part = card.querySelector("[data-part=voice]");
    this.#keep = keep;
    this.#part.addEventListener("change", ({ target }) => target.matches("[name=voice]") && this.#choose(target.value));
    for (const whom of ["applicant", "officer"]) {
      this.#part.querySelector(`[data-act=hear-${whom}]`).addEventListener("click", () => this.#begin(whom));
    }
    this.#part.querySelector("[data-act=stop]").addEventListener("click", () => this.#stop());
    document.addEventListener("live:stream", ({ detail }) => this.#levels.listen(detail.stream));
    document.addEventListener("live:time", ({ detail }) => this.#note(detail));
    for (const name of ["live:paused", "live:answer-end"]) document.addEventListener(name, () => this.#pause());
    setInterval(() => this.#tick(), TICK_MS);
    this.#say();
  }

  // Shows what was chosen, once: from then on the page knows.
  show(state) {
    const voice = state.subject?.voice;
    if (this.#isShown) return;
    this.#isShown = true;
    if (!voice) return;
    this.#part.querySelector(`[name=voice][value=${voice.mode}]`).checked = true;
    if (voice.mode === "enrolled") this.#enrolled = inMilliseconds(voice);
    this.#say();
  }

  end() {
    this.#span = null;
    this.#levels.close();
    for (const element of this.#part.querySelectorAll("input, button")) element.disabled = true;
  }

  get #mode() {
    return this.#part.querySelector("[name=voice]:checked")?.value ?? "";
  }

  async #choose(mode) {
    this.#isShown = true;
    this.#wasShort = false;
    this.#span = null;
    if (mode !== "enrolled") await this.#keep({ voice: { mode } });
    else if (this.#enrolled) await this.#keep({ voice: this.#enrolled });
    // Nobody is heard until the applicant's voice is known.
    else await this.#keep({ voice: null });
    this.#say();
  }

  #note({ take, tS }) {
    this.#clock = { take, t_s: tS, at_ms: performance.now() };
    this.#say();
  }

  #pause() {
    this.#clock = null;
    if (this.#span) this.#stop();
    this.#say();
  }

  get #now() {
    return { take: this.#clock.take, t_s: this.#clock.t_s + (performance.now() - this.#clock.at_ms) / 1000 };
  }

  #begin(whom) {
    if (!this.#clock) return;
    this.#wasShort = false;
    this.#span = { whom, ...this.#now, spoken_s: 0 };
    this.#say();
  }

  #tick() {
    const sides = this.#levels.read();
    for (const [side, share] of Object.entries(sides.shares)) {
      const meter = this.#part.querySelector(`[data-side=${side}] .level-bar`);
      if (meter) meter.style.setProperty("transform", `scaleX(${share.toFixed(3)})`);
    }
    this.#part.classList.toggle("is-one-channel", sides.isOne);
    if (!this.#span) return;
    if (sides.level_db > SPOKEN_DB) this.#span.spoken_s += TICK_MS / 1000;
    if (this.#span.spoken_s >= ENOUGH_S) this.#stop();
    this.#say();
  }

  async #stop() {
    const span = this.#span;
    this.#span = null;
    const until = this.#clock ? this.#now.t_s : span.t_s + span.spoken_s;
    this.#wasShort = span.spoken_s < LEAST_S;
    if (this.#wasShort) {
      this.#say();
      return;
    }
    const heard = { take: span.take, from_ms: Math.round(span.t_s * 1000), to_ms: Math.round(until * 1000) };
    const before = this.#enrolled ?? { mode: "enrolled" };
    this.#enrolled = span.whom === "applicant" ? { ...before, ...heard } : { ...before, others: [heard] };
    await this.#keep({ voice: this.#enrolled });
    this.#say();
  }

  #say() {
    say(this.#part, this.#standing, {
      spoken: this.#span ? this.#span.spoken_s.toFixed(0) : "0",
      enough: String(ENOUGH_S),
    });
    const busy = this.#span !== null;
    const isEnrolling = this.#mode === "enrolled";
    this.#toggle("hear-applicant", isEnrolling && !busy, !this.#clock);
    this.#toggle("hear-officer", isEnrolling && !busy && this.#enrolled !== null, !this.#clock);
    this.#toggle("stop", busy, false);
  }

  #toggle(act, isShown, isDisabled) {
    const button = this.#part.querySelector(`[data-act=${act}]`);
    button.hidden = !isShown;
    button.disabled = isDisabled;
  }

  get #standing() {
    if (this.#span) return `hearing-${this.#span.whom}`;
    if (this.#wasShort) return "short";
    if (this.#mode !== "enrolled") return this.#mode || "unsaid";
    if (!this.#enrolled) return this.#clock ? "unheard" : "unheard-idle";
    return this.#enrolled.others ? "heard-both" : "heard";
  }
}

function inMilliseconds({ take, from_s, to_s, others }) {
  const span = (one) => ({ take: one.take, from_ms: Math.round(one.from_s * 1000), to_ms: Math.round(one.to_s * 1000) });
  const kept = { mode: "enrolled", ...span({ take, from_s, to_s }) };
  return others?.length ? { ...kept, others: others.map(span) } : kept;
}
