// How far the analysis is behind what is being said. While this page records, its own clock says
// what has been said; otherwise the server's count of what it received does.

const FRESH_MS = 1500;
export const BEHIND_S = 10;

export class Lag {
  #heard = null;

  constructor() {
    document.addEventListener("live:time", ({ detail }) => {
      this.#heard = { ...detail, atMs: performance.now() };
    });
    document.addEventListener("live:paused", () => {
      this.#heard = null;
    });
  }

  // Seconds of the recording that have been analysed by every signal; null before the first.
  seen_s({ progress }) {
    const horizons = Object.values(progress.horizons);
    return horizons.length > 0 ? Math.min(...horizons) : null;
  }

  said_s(state) {
    if (!this.isRecording()) return state.recorded_s;
    const earlier = state.takes.filter(({ number }) => number < this.#heard.take);
    const since_s = (performance.now() - this.#heard.atMs) / 1000;
    return earlier.reduce((sum, take) => sum + take.duration_s, 0) + this.#heard.tS + since_s;
  }

  isRecording() {
    return this.#heard !== null && performance.now() - this.#heard.atMs < FRESH_MS;
  }
}
