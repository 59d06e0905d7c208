// Brings what the outbox holds to the server, in order, one piece after the other, again and again.

import { Problem } from "./api.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

// Half of the wait is chance, so that many recorders do not come back in the same moment.
export function waitAfter(failures, retryAfter_s, chance = Math.random()) {
  if (retryAfter_s) return retryAfter_s * 1000 + chance * 1000;
  const whole_ms = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
  return whole_ms / 2 + (chance * whole_ms) / 2;
}

// Events: "confirmed" {take, next, t_end_ms}; "waiting" {problem, wait_ms}; "sending" after a wait
// was over; "stopped" {problem} where only a person can help.
export class Sender extends EventTarget {
  #api;
  #outbox;
  #isOn = false;
  #isRunning = false;
  #isWaiting = false;
  #failures = 0;
  #wake = () => {};
  #empty = [];
  refused = new Set();

  constructor(api, outbox) {
    super();
    this.#api = api;
    this.#outbox = outbox;
    addEventListener("online", () => this.poke());
  }

  get isOn() {
    return this.#isOn;
  }

  start() {
    this.#isOn = true;
    this.#failures = 0;
    this.#wake();
    if (!this.#isRunning) this.#run();
  }

  stop() {
    this.#isOn = false;
    this.#wake();
  }

  // Something new is there, or the connection has come back.
  poke() {
    this.#wake();
  }

  // A new piece does not cut a wait short: the server was asked a moment ago.
  added() {
    if (!this.#isWaiting) this.#wake();
  }

  // Resolves once nothing is left that the server may take.
  emptied() {
    return new Promise((resolve) => {
      this.#empty.push(resolve);
      this.poke();
    });
  }

  #next() {
    return this.#outbox.entries.find((entry) => !this.refused.has(entry.take));
  }

  async #run() {
    this.#isRunning = true;
    while (this.#isOn) {
      const entry = this.#next();
      if (entry === undefined) {
        for (const resolve of this.#empty.splice(0)) resolve();
        await this.#pause();
      } else await this.#try(entry);
    }
    this.#isRunning = false;
  }

  async #try(entry) {
    try {
      await this.#send(entry);
      if (this.#failures > 0) this.#tell("sending");
      this.#failures = 0;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (!this.#isOn) return;
      if (problem.kind === "passing") await this.#waitFor(problem);
      else this.#stopFor(problem, entry);
    }
  }

  async #send(entry) {
    const bytes = await this.#outbox.bytesOf(entry);
    if (bytes === undefined) throw new Problem(422, { code: "lost_in_browser" });
    const next = await this.#confirmedNext({ ...entry, bytes });
    await this.#outbox.remove(entry);
    this.#tell("confirmed", { take: entry.take, next, t_end_ms: entry.t_end_ms });
  }

  // A gap whose end lies behind this piece means that the server has it: an answer was lost.
  async #confirmedNext(chunk) {
    try {
      return (await this.#api.putChunk(chunk)).next;
    } catch (problem) {
      const next = Number(problem.fields?.next);
      if (problem.code === "chunk_missing" && next > chunk.sequence) return next;
      throw problem;
    }
  }

  async #waitFor(problem) {
    this.#failures += 1;
    const wait_ms = waitAfter(this.#failures, problem.retryAfter_s);
    this.#tell("waiting", { problem, wait_ms });
    this.#isWaiting = true;
    await this.#pause(wait_ms);
    this.#isWaiting = false;
  }

  // A take that the server refuses is set aside; others go on.
  #stopFor(problem, entry) {
    if (problem.kind === "refused" || problem.kind === "conflict") this.refused.add(entry.take);
    else this.#isOn = false;
    this.#tell("stopped", { problem, take: entry.take });
  }

  #pause(wait_ms = null) {
    return new Promise((resolve) => {
      const timer = wait_ms === null ? null : setTimeout(resolve, wait_ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
