// The strip beside a recording: what is observed, how good the material is, how far behind the
// analysis is, and the running score. It is drawn when a state arrives and never in between.

import { AlertsView } from "./strip_alerts.js";
import { BEHIND_S, Lag } from "./lag.js";
import { Feed } from "./feed.js";
import { Recent } from "./recent.js";
import { ScoreView } from "./strip_score.js";
import { drawBand, qualityWord } from "./strip_band.js";
import { fill } from "./words.js";

const FOLDED = "live-strip-folded";
const CALM_MS = 2000;
const LAG_MS = 1000;
const percent = new Intl.NumberFormat(document.documentElement.lang || "en", { style: "percent" });
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

class Strip {
  #state = null;
  #drawnMs = -Infinity;
  #hasEnded = false;

  constructor(box) {
    this.box = box;
    this.words = JSON.parse(document.getElementById("strip-words").textContent);
    this.shown_s = Number(box.dataset.shownS);
    this.signals = [...box.querySelectorAll("[data-signal]")].filter((row) => row.querySelector("[data-band]"));
    this.recent = new Recent(this.signals.map((row) => row.dataset.signal), this.shown_s);
    this.lag = new Lag();
    const score = this.part("score");
    this.score = score && new ScoreView(score, this.words);
    this.alerts = score && new AlertsView(box, document.getElementById("strip-alert"));
    this.#listen();
  }

  part(name) {
    return this.box.querySelector(`[data-strip="${name}"]`);
  }

  #listen() {
    document.addEventListener("live:state", ({ detail }) => this.#take(detail));
    document.addEventListener("live:ended", ({ detail }) => this.#end(detail.reason));
    document.addEventListener("live:connection", ({ detail }) => this.#notice(detail.isOpen ? "" : this.words.offline));
    document.addEventListener("themechange", () => this.#draw());
    addEventListener("resize", () => this.#draw());
    setInterval(() => this.#tellLag(), LAG_MS);
    const fold = this.part("fold");
    fold.addEventListener("click", () => this.#fold(fold.getAttribute("aria-expanded") === "true"));
    if (localStorage.getItem(FOLDED) === "yes") this.#fold(true);
  }

  #fold(isFolded) {
    localStorage.setItem(FOLDED, isFolded ? "yes" : "no");
    this.part("fold").setAttribute("aria-expanded", String(!isFolded));
    for (const part of this.part("fold").children) part.hidden = (part.dataset.when === "open") === isFolded;
    this.box.querySelector("#strip-body").hidden = isFolded;
    this.#draw();
  }

  #take(state) {
    if (this.#hasEnded) return;
    this.#state = state;
    if (state.isWhole) this.recent.clear();
    this.recent.add(state.observations, Math.max(state.recorded_s, state.progress.decoded_s));
    this.#tellLag();
    this.#tellFacts(state);
    this.score?.show(state.score);
    const fresh = this.alerts?.show(state.alerts) ?? [];
    if (fresh.length > 0) this.#say(fresh.map(({ text, seen }) => `${text}. ${seen}`).join(" "));
    if (isCalm.matches && performance.now() - this.#drawnMs < CALM_MS) return;
    this.#draw();
  }

  // --- signals ---

  #draw() {
    if (this.#state === null || document.hidden) return;
    this.#drawnMs = performance.now();
    const end_s = Math.max(this.#state.recorded_s, this.#state.progress.decoded_s);
    const { horizons } = this.#state.progress;
    for (const row of this.signals) {
      drawBand(row.querySelector("[data-band]"), this.recent.of(row.dataset.signal), { end_s, shown_s: this.shown_s });
      // Now is where the analysis is: that it is late stands beside it, and is no gap.
      this.#tellSignal(row, horizons[row.dataset.signal] ?? end_s);
    }
  }

  #tellSignal(row, end_s) {
    const name = row.dataset.signal;
    const now = this.recent.now(name, end_s);
    const [text, quality] = [row.querySelector("[data-now]"), row.querySelector("[data-quality]")];
    text.classList.toggle("muted", now === null);
    text.textContent = now === null ? this.#whyNothing(name) : fill(this.words.now, this.words.expressions[now.strongest], percent.format(now.share));
    quality.textContent = now === null ? "" : this.words.quality[qualityWord(now.quality)];
    quality.dataset.quality = now === null ? "" : qualityWord(now.quality);
  }

  #whyNothing(name) {
    const { subject } = this.#state;
    const isUnsaid = (name === "face" && !subject.face?.length) || (name === "voice" && !subject.voice);
    if (isUnsaid) return this.words.nothing[name];
    return this.recent.of(name).length > 0 ? this.words.nothing.now : this.words.nothing.gait;
  }

  // --- lag, hints and the question ---

  #tellLag() {
    if (this.#state === null || this.#hasEnded) return;
    const seen_s = this.lag.seen_s(this.#state);
    const behind_s = seen_s === null ? null : Math.max(0, this.lag.said_s(this.#state) - seen_s);
    const box = this.part("lag");
    box.dataset.seenS = seen_s ?? "";
    box.dataset.behindS = behind_s?.toFixed(2) ?? "";
    box.dataset.isBehind = behind_s !== null && behind_s > BEHIND_S ? "yes" : "no";
    const text = this.#lagWords(behind_s);
    if (box.textContent !== text) box.textContent = text;
  }

  #lagWords(behind_s) {
    const { seen } = this.words;
    const { progress, recorded_s } = this.#state;
    if (recorded_s > 0 && !progress.is_watched) return seen.unwatched;
    if (behind_s === null) return seen.none;
    if (this.lag.isRecording()) return fill(seen.lag, Math.max(1, Math.ceil(behind_s)));
    return behind_s < 1 ? seen.all : fill(seen.rest, Math.ceil(behind_s));
  }

  #tellFacts({ progress, question }) {
    const { hints, people, shed, behind } = this.words;
    const told = progress.findings.map(({ code, advice }) => hints[code] ?? advice);
    if (progress.people > 1) told.unshift(fill(people, progress.people));
    if (progress.shed_frames > 0) told.push(fill(shed, progress.shed_frames));
    if (this.part("lag").dataset.isBehind === "yes") told.push(behind);
    const list = this.part("hints");
    if (list.dataset.now !== told.join("\n")) {
      list.dataset.now = told.join("\n");
      list.replaceChildren(...told.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    }
    this.part("question").hidden = question === null;
    if (question !== null) this.part("question").textContent = this.#asked(question);
  }

  #asked(number) {
    const text = document.querySelector(`[data-question="${number}"] [data-question-text]`)?.textContent ?? "";
    return [fill(this.words.question, number), text].filter(Boolean).join(" · ");
  }

  // --- what is said to everybody ---

  #end(reason) {
    this.#hasEnded = true;
    const text = this.words.ended[reason] ?? this.words.ended.gone;
    this.#notice(text);
    this.#say(text);
    this.part("lag").textContent = "";
    if (reason === "closed") return;
    this.recent.clear();
    this.alerts?.show([]);
    for (const row of this.signals) row.querySelector("[data-now]").textContent = "–";
    for (const row of this.signals) row.querySelector("[data-quality]").textContent = "";
    for (const row of this.signals) drawBand(row.querySelector("[data-band]"), [], { end_s: 0, shown_s: this.shown_s });
  }

  #notice(text) {
    if (this.#hasEnded && text === "") return;
    const notice = this.part("notice");
    notice.hidden = text === "";
    notice.querySelector("p").textContent = text;
  }

  #say(text) {
    this.part("status").textContent = text;
  }
}

const live = document.getElementById("live");
const box = document.getElementById("strip");
if (live && box) {
  new Strip(box);
  new Feed({ eventsUrl: live.dataset.eventsUrl, stateUrl: live.dataset.stateUrl }).open();
}
