// Keeps what was said until the server has it: the outbox, its sender, and what stands in the way.

import { Outbox } from "./outbox.js";
import { Presence, clientName } from "./presence.js";
import { Saved } from "./saved.js";
import { Sender } from "./sender.js";
import { standing } from "./standing.js";

const ASK_AGAIN_MS = 5000;
const TROUBLES = { 0: "offline", 429: "busy", 507: "no_room" };

// Events: "changed" (``saved`` or ``trouble`` did), "withdrawn", "over" {problem}, "refused"
// {problem, take}, "asked" and "lost" (another tab goes on).
export class Keeper extends EventTarget {
  saved = new Saved();
  // null, or what the officer is told: offline, busy, no_room, server, signed_out, other_officer.
  trouble = null;
  // The newest take that this page knows of.
  lastTake = 0;
  #api;
  #officer;
  #isForgotten = false;
  #adding = Promise.resolve();
  #asking = null;

  constructor({ api, live, officer }) {
    super();
    this.#api = api;
    this.#officer = officer;
    this.outbox = new Outbox({ live, officer });
    this.presence = new Presence(live);
    this.sender = new Sender(api, this.outbox);
    this.#listen();
  }

  #listen() {
    for (const name of ["asked", "lost"]) this.presence.addEventListener(name, () => this.#tell(name));
    this.outbox.addEventListener("full", () => this.#tell("changed"));
    this.sender.addEventListener("confirmed", ({ detail }) => this.#confirm(detail));
    this.sender.addEventListener("waiting", ({ detail }) => this.report(detail.problem));
    this.sender.addEventListener("sending", () => this.#say(null));
    this.sender.addEventListener("stopped", ({ detail }) => this.report(detail.problem, detail.take));
    addEventListener("focus", () => this.#asking && this.#askWho());
  }

  // ``state`` is the server's; what waits here is added to it, and sent.
  async open(state) {
    for (const { number, duration_s } of state.takes) {
      this.saved.confirmed(number, duration_s * 1000);
      this.lastTake = Math.max(this.lastTake, number);
    }
    await this.outbox.open();
    for (const { take, t_end_ms } of this.outbox.entries) this.saved.recorded(take, t_end_ms);
    this.client = clientName(!this.presence.isHere);
  }

  send() {
    this.sender.start();
  }

  // Begins a take of this tab. Throws a Problem.
  async beginTake(media_type, take_over) {
    this.lastTake = await this.#api.beginTake({ media_type, client: this.client, take_over });
    return this.lastTake;
  }

  keep(chunk) {
    if (this.#isForgotten) return;
    this.saved.recorded(chunk.take, chunk.t_end_ms);
    this.#adding = this.#adding.then(() => this.outbox.add(chunk)).then(() => this.sender.added());
    this.#tell("changed");
  }

  // Resolves once everything that the server may take is there.
  async emptied() {
    await this.#adding;
    await this.sender.emptied();
  }

  // Another tab goes on: what is here is in the database for it.
  async yieldTo() {
    await this.#adding;
    this.sender.stop();
    this.presence.release();
  }

  async forget() {
    this.#isForgotten = true;
    this.sender.stop();
    await this.#adding;
    await this.outbox.wipe();
  }

  get hasUnsent() {
    return this.outbox.size > 0;
  }

  #confirm({ take, next, t_end_ms }) {
    this.saved.confirmed(take, t_end_ms);
    document.dispatchEvent(new CustomEvent("live:confirmed", { detail: { take, next } }));
    this.#tell("changed");
  }

  // What the server or the connection answered instead of taking a piece.
  report(problem, take) {
    if (problem.kind === "passing") this.#say(TROUBLES[problem.status] ?? "server");
    else if (problem.kind === "signed_out") {
      this.#say("signed_out");
      this.#asking ??= setInterval(() => this.#askWho(), ASK_AGAIN_MS);
    } else if (problem.kind === "withdrawn") this.#tell("withdrawn");
    else if (problem.kind === "over") this.#tell("over", { problem });
    else this.#tell("refused", { problem, take });
  }

  // Goes on once the same officer has signed in again; never for another one.
  async #askWho() {
    const now = await standing();
    if (now === null || this.#asking === null) return;
    if (now.officer !== null && now.officer !== this.#officer) {
      this.#say("other_officer");
      return;
    }
    clearInterval(this.#asking);
    this.#asking = null;
    this.#api.token = now.token;
    this.#say(null);
    this.sender.start();
  }

  #say(trouble) {
    this.trouble = trouble;
    this.#tell("changed");
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
