// How much was recorded, and up to which second of it the server has everything.

export class Saved {
  #takes = new Map();

  #of(number) {
    if (!this.#takes.has(number)) this.#takes.set(number, { length_ms: 0, saved_ms: 0 });
    return this.#takes.get(number);
  }

  recorded(number, t_end_ms) {
    const take = this.#of(number);
    take.length_ms = Math.max(take.length_ms, t_end_ms);
  }

  confirmed(number, t_end_ms) {
    this.recorded(number, t_end_ms);
    const take = this.#of(number);
    take.saved_ms = Math.max(take.saved_ms, t_end_ms);
  }

  // Takes one after another, without the one that is running now.
  lengthBefore_s(number = Infinity) {
    let sum_ms = 0;
    for (const [each, { length_ms }] of this.#takes) if (each < number) sum_ms += length_ms;
    return sum_ms / 1000;
  }

  get recorded_s() {
    return this.lengthBefore_s();
  }

  // The first take of which something is missing ends it.
  get saved_s() {
    let sum_ms = 0;
    for (const number of [...this.#takes.keys()].sort((a, b) => a - b)) {
      const { length_ms, saved_ms } = this.#takes.get(number);
      sum_ms += saved_ms;
      if (saved_ms < length_ms) break;
    }
    return sum_ms / 1000;
  }

  get unsent_s() {
    let sum_ms = 0;
    for (const { length_ms, saved_ms } of this.#takes.values()) sum_ms += length_ms - saved_ms;
    return sum_ms / 1000;
  }
}
