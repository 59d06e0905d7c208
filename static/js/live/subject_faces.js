// The faces of the preview: each a button with its box; a click says which is the applicant's.

import { say } from "./subject_words.js";

// For this long after a click the worker may not yet have looked at it.
const PATIENCE_MS = 4000;

export class FaceChoice {
  #part;
  #keep;
  #boxes = document.getElementById("live-faces");
  #shown = [];
  #chosen_ms = -PATIENCE_MS;
  #wasConfirmed = false;

  constructor(card, keep) {
    this.#part = card.querySelector("[data-part=face]");
    this.#keep = keep;
    this.#part.querySelector("[data-act=forget]").addEventListener("click", () => this.#forget());
    say(this.#part, "waiting");
  }

  // Shows what is in the newest picture of a state.
  show(state) {
    const { faces, decoded_s, is_watched } = state.progress;
    const moment = momentOf(state.takes, decoded_s);
    this.#draw(faces, moment);
    const confirmed = faces.some((face) => face.person === 0);
    this.#wasConfirmed = confirmed || (this.#wasConfirmed && (state.subject?.face ?? []).length > 0);
    say(this.#part, this.#standing(faces, confirmed, is_watched && decoded_s > 0), {
      others: String(faces.filter((face) => face.person !== 0).length),
      faces: String(faces.length),
    });
    this.#part.querySelector("[data-act=forget]").hidden = !(state.subject?.face ?? []).length;
  }

  end() {
    this.#boxes?.replaceChildren();
    this.#choices().replaceChildren();
    say(this.#part, "ended");
  }

  #standing(faces, confirmed, isWatched) {
    if (confirmed) return faces.length > 1 ? "confirmed-others" : "confirmed";
    if (performance.now() - this.#chosen_ms < PATIENCE_MS) return "looking";
    if (!isWatched) return "waiting";
    if (!faces.length) return this.#wasConfirmed ? "lost" : "none";
    if (this.#wasConfirmed) return "again";
    return faces.length > 1 ? "which" : "one";
  }

  // Buttons are kept while the same faces are there: a focus must not jump ten times a second.
  #draw(faces, moment) {
    const open = faces.some((face) => face.person === 0) ? [] : faces;
    const people = faces.map((face) => face.person).join();
    const isSame = people === this.#shown.map((each) => each.face.person).join();
    if (!isSame) this.#rebuild(faces, open);
    faces.forEach((face, order) => {
      const shown = this.#shown[order];
      Object.assign(shown, { face, moment });
      place(shown.box, face.box);
    });
  }

  #rebuild(faces, open) {
    this.#shown = faces.map((face, order) => {
      const shown = { face, moment: null, box: document.createElement("button") };
      const isApplicant = face.person === 0;
      shown.box.type = "button";
      shown.box.className = `live-face ${isApplicant ? "is-applicant" : ""}`;
      shown.box.disabled = isApplicant;
      shown.box.append(mark(this.#part.dataset[isApplicant ? "applicant" : "face"], isApplicant ? "" : order + 1));
      shown.box.addEventListener("click", () => this.#choose(shown));
      return shown;
    });
    this.#boxes?.replaceChildren(...this.#shown.map((each) => each.box));
    this.#choices().replaceChildren(
      ...this.#shown.filter((each) => open.includes(each.face)).map((each, order) => this.#button(each, order + 1)),
    );
  }

  #choices() {
    return this.#part.querySelector("[data-choices]");
  }

  #button(shown, number) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-quiet";
    button.textContent = `${this.#part.dataset.choose} ${number}`;
    button.addEventListener("click", () => this.#choose(shown));
    return button;
  }

  async #choose({ face, moment }) {
    if (!moment) return;
    this.#chosen_ms = performance.now();
    say(this.#part, "looking");
    const kept = await this.#keep({ face: { ...moment, box: face.box } });
    if (kept === null) this.#chosen_ms = -PATIENCE_MS;
  }

  async #forget() {
    this.#chosen_ms = -PATIENCE_MS;
    this.#wasConfirmed = false;
    await this.#keep({ face: null });
  }
}

// The take and the time in it of a moment of the recording, null where nothing was decoded.
export function momentOf(takes, decoded_s) {
  let offset_s = 0;
  let found = null;
  for (const take of takes) {
    if (decoded_s < offset_s) break;
    found = { take: take.number, t_ms: Math.max(0, Math.round((decoded_s - offset_s) * 1000)) };
    offset_s += take.duration_s;
  }
  return found;
}

function place(element, [x, y, width, height]) {
  const shares = { left: x, top: y, width, height };
  for (const [name, share] of Object.entries(shares)) element.style.setProperty(name, `${share * 100}%`);
}

function mark(word, number) {
  const text = document.createElement("span");
  text.className = "live-face-mark";
  text.textContent = `${word} ${number}`.trim();
  return text;
}
