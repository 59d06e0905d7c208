// The walk while it is recorded: boxes of bodies, who is read as the walker, and the measures so
// far in words. Drawn when a state arrives.

import { tokenOf } from "./standing.js";
import { momentOf } from "./subject_faces.js";
import { fill } from "./words.js";

const WALKER = 0;
const number = (digits) =>
  new Intl.NumberFormat(document.documentElement.lang || "en", { maximumFractionDigits: digits });
const FACTS = [
  ["walking_s", 0, 1],
  ["cadence_spm", 0, 1],
  ["symmetry", 0, 100],
  ["stoop_deg", 0, 1],
  ["speed_heights_per_s", 1, 1],
];

class Walk {
  #boxes = document.createElement("div");

  constructor(card) {
    this.card = card;
    this.words = JSON.parse(document.getElementById("walk-words").textContent);
    this.#boxes.id = "live-bodies";
    this.#boxes.className = "live-faces";
    document.getElementById("live-faces")?.before(this.#boxes);
    this.#part("forget").addEventListener("click", () => this.#say({ body: null }));
    document.addEventListener("live:state", ({ detail }) => this.#show(detail));
    document.addEventListener("live:ended", () => this.#boxes.replaceChildren());
  }

  #part(name) {
    return this.card.querySelector(`[data-walk="${name}"]`);
  }

  #show(state) {
    const { bodies, measures, people, shed_frames } = state.progress;
    this.#draw(bodies, momentOf(state.takes, state.progress.decoded_s));
    tell(this.#part("who"), this.#who(bodies, people, state.recorded_s > 0));
    this.#part("forget").hidden = !(state.subject.body ?? []).length;
    const told = state.hidden ? [this.words.hidden] : this.#facts(measures);
    tell(this.#part("facts"), told.join("\n"), (text) =>
      text.split("\n").map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    this.#part("rough").hidden = state.hidden || !(measures.walking_s > 0 && shed_frames > 0);
  }

  #who(bodies, people, isRecording) {
    const { who } = this.words;
    if (!isRecording) return who.waiting;
    if (!bodies.length) return who.nobody;
    if (bodies.some(({ person }) => person === WALKER)) return people > 1 ? fill(who.named, people - 1) : who.only;
    return who.choose;
  }

  #facts(measures) {
    if (!measures.walking_s) return [this.words.none];
    return FACTS.filter(([name]) => measures[name] !== null && measures[name] !== undefined).map(
      ([name, digits, factor]) => fill(this.words.facts[name], number(digits).format(measures[name] * factor)));
  }

  // Buttons are kept while the same bodies are there, so that a focus stays.
  #draw(bodies, moment) {
    const key = bodies.map(({ person }) => person).join();
    if (this.#boxes.dataset.shown !== key) {
      this.#boxes.dataset.shown = key;
      this.#boxes.replaceChildren(...bodies.map(({ person }) => this.#button(person)));
    }
    bodies.forEach(({ box }, order) => {
      const button = this.#boxes.children[order];
      button.walk = moment && { ...moment, box };
      const [left, top, width, height] = box.map((share) => `${share * 100}%`);
      Object.assign(button.style, { left, top, width, height });
    });
  }

  #button(person) {
    const button = document.createElement("button");
    const mark = document.createElement("span");
    button.type = "button";
    button.className = `live-face live-body ${person === WALKER ? "is-applicant" : ""}`;
    mark.className = "live-face-mark";
    mark.textContent = person === WALKER ? this.words.walker : fill(this.words.person, person);
    button.append(mark);
    button.addEventListener("click", () => button.walk && this.#say({ body: button.walk }));
    return button;
  }

  async #say(said) {
    const response = await fetch(document.getElementById("live").dataset.subjectUrl, {
      method: "PUT",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": tokenOf(document) },
      body: JSON.stringify(said),
    }).catch(() => null);
    const answer = await response?.json().catch(() => ({}));
    this.#part("trouble").hidden = Boolean(response?.ok);
    this.#part("trouble").textContent = response?.ok ? "" : (answer?.error?.message ?? this.words.offline);
  }
}

// A status is read aloud when it changes, so it is written only then.
function tell(element, text, parts = (line) => [line]) {
  if (element.dataset.now === text) return;
  element.dataset.now = text;
  element.replaceChildren(...parts(text));
}

const card = document.getElementById("walk");
if (card) new Walk(card);
