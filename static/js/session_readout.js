// What was observed at the time shown: beside each line of a legend, and in the plane of affect.

import { percent, signedNumber } from "./session_format.js";
import { observedAt } from "./session_series.js";

const LABELS = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"];
const NOTHING = "–";

export class Readout {
  constructor(root, modalities) {
    this.modalities = modalities;
    this.cells = new Map([...root.querySelectorAll("[data-value]")].map((cell) => [cell.dataset.value, cell]));
  }

  show(t_s) {
    for (const [modality, readings] of Object.entries(this.modalities)) {
      const at = observedAt(readings, t_s);
      LABELS.forEach((label, n) => this.#write(`${modality}:${label}`, at < 0 ? NOTHING : percent(readings.probabilities[at][n])));
      this.#write(`${modality}:valence`, at < 0 ? NOTHING : signedNumber(readings.valence[at]));
      this.#write(`${modality}:arousal`, at < 0 ? NOTHING : signedNumber(readings.arousal[at]));
      this.#write(`${modality}:quality`, at < 0 ? NOTHING : percent(readings.quality[at]));
      this.#write(`${modality}:confidence`, at < 0 ? NOTHING : percent(readings.confidence[at]));
    }
  }

  // Returns [valence, arousal] of the first modality that observed something at the time.
  affectAt(t_s) {
    for (const readings of Object.values(this.modalities)) {
      const at = observedAt(readings, t_s);
      if (at >= 0) return [readings.valence[at], readings.arousal[at]];
    }
    return [null, null];
  }

  #write(name, text) {
    const cell = this.cells.get(name);
    if (cell && cell.textContent !== text) cell.textContent = text;
  }
}
