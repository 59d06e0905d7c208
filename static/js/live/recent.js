// The observations of the last minute, by signal. Rows are those of the state:
// [start_s, end_s, seven probabilities, valence, arousal, confidence, quality].

export const VALENCE = 9;
export const AROUSAL = 10;
export const QUALITY = 12;
const FIRST_PROBABILITY = 2;
const LABELS = 7;
const NOW_S = 4;

export class Recent {
  #rows = new Map();

  constructor(names, shown_s) {
    this.shown_s = shown_s;
    for (const name of names) this.#rows.set(name, new Map());
  }

  // A stream that was cut tells a minute anew: a row's start is its key.
  add(observations, end_s) {
    for (const [name, known] of this.#rows) {
      for (const row of observations[name] ?? []) known.set(row[0], row);
      for (const [start_s, row] of known) if (row[1] < end_s - this.shown_s) known.delete(start_s);
    }
  }

  clear() {
    for (const known of this.#rows.values()) known.clear();
  }

  of(name) {
    return [...this.#rows.get(name).values()].sort((one, other) => one[0] - other[0]);
  }

  // The mean of the newest seconds, so that a word on the page does not flicker.
  now(name, end_s) {
    const rows = this.of(name);
    const last_s = rows.at(-1)?.[1];
    if (last_s === undefined || last_s < end_s - 2 * NOW_S) return null;
    const newest = rows.filter((row) => row[1] > last_s - NOW_S);
    const mean = (column) => newest.reduce((sum, row) => sum + row[column], 0) / newest.length;
    const shares = Array.from({ length: LABELS }, (_, place) => mean(FIRST_PROBABILITY + place));
    const strongest = shares.indexOf(Math.max(...shares));
    return { strongest, share: shares[strongest], quality: mean(QUALITY) };
  }
}
