// The time within the take that is being recorded, told by the recorder's events.

export class RecordingTime {
  take = null;
  #startedAt_ms = 0;
  #frozen_ms = 0;
  #now;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  get isRunning() {
    return this.#frozen_ms === null;
  }

  // Milliseconds since the take began, pauses left out.
  get t_ms() {
    return Math.max(0, Math.round(this.isRunning ? this.#now() - this.#startedAt_ms : this.#frozen_ms));
  }

  recording({ take, startedAtMs }) {
    this.take = take;
    this.#startedAt_ms = startedAtMs;
    this.#frozen_ms = null;
  }

  time({ take, tS }) {
    if (take !== this.take || !this.isRunning) return;
    this.#startedAt_ms = this.#now() - tS * 1000;
  }

  paused(detail) {
    const told_ms = detail && detail.take === this.take ? detail.tS * 1000 : this.t_ms;
    this.#frozen_ms = Number.isFinite(told_ms) ? told_ms : this.t_ms;
  }
}
