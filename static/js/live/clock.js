// The time of a take: it runs from the start of the recorder and stands still during a pause.

export class TakeClock {
  #now;
  #before_ms = 0;
  #since_ms = null;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  get isRunning() {
    return this.#since_ms !== null;
  }

  // Also goes on after a pause.
  start() {
    this.#since_ms ??= this.#now();
  }

  stop() {
    this.#before_ms = this.elapsed_ms;
    this.#since_ms = null;
  }

  get elapsed_ms() {
    return this.#before_ms + (this.isRunning ? this.#now() - this.#since_ms : 0);
  }

  // performance.now() at which this take would have begun, had there been no pause.
  get startedAt_ms() {
    return this.#now() - this.elapsed_ms;
  }
}
