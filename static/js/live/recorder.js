// The recorder of the page: from the notice over camera, takes and pauses to the finished recording.

import { Api } from "./api.js";
import { Countdown } from "./countdown.js";
import { listDevices, problemOf, remember, remembered } from "./devices.js";
import { Ending } from "./ending.js";
import { Keeper } from "./keeper.js";
import { preferredType } from "./media_types.js";
import { Preview } from "./preview.js";
import { View } from "./recorder_view.js";
import { tokenOf } from "./standing.js";
import { Take } from "./take.js";
import { Trouble } from "./trouble.js";

const TICK_MS = 250;

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));

class Recorder {
  #take = null;
  #takesOver = false;
  #isAnswering = false;

  constructor(page, root) {
    const { capture, officer, stateUrl, openUrl, kind } = page;
    this.page = page;
    this.kind = kind;
    this.longest_s = Number(page.maxS);
    this.view = new View(root);
    this.preview = new Preview(this.view, kind);
    this.api = new Api({ base: stateUrl, opening: openUrl, token: tokenOf(document) });
    this.keeper = new Keeper({ api: this.api, live: capture, officer });
    this.ending = new Ending(this);
    this.countdown = new Countdown(this.view);
    this.trouble = new Trouble(this.view);
    this.#listen();
    setInterval(() => this.#tick(), TICK_MS);
  }

  #listen() {
    const acts = { open: "open", start: "count", now: "start", cancel: "cancel", pause: "pause", "go-on": "goOn", reopen: "reopen", here: "comeHere" };
    for (const [act, method] of Object.entries(acts)) this.view.on(act, () => this[method]());
    this.view.on("finish", () => this.ending.finish());
    this.view.on("again", () => this.ending.again());
    this.view.root.addEventListener("change", (event) => event.target.matches("[data-device]") && this.choose());
    this.keeper.addEventListener("changed", () => this.#show());
    this.keeper.addEventListener("refused", ({ detail }) => this.#refuse(detail));
    for (const name of ["asked", "lost"]) this.keeper.addEventListener(name, () => this.leave());
    document.addEventListener("live:state", ({ detail }) => this.#compare(detail));
    document.addEventListener("live:reading-start", () => this.preview.mute(true));
    document.addEventListener("live:reading-end", () => this.preview.mute(false));
    if (this.kind === "voice") this.#listenToAnswers();
  }

  // Of a voice answer nothing is recorded but the answer itself, however soon it ends.
  #listenToAnswers() {
    document.addEventListener("live:answer-start", () => {
      this.#isAnswering = true;
      const go = { ready: () => this.start(), paused: () => this.goOn(), interrupted: () => this.reopen() }[this.view.state];
      go?.();
    });
    document.addEventListener("live:answer-end", () => {
      this.#isAnswering = false;
      this.pause();
    });
  }

  // Where a recording is there already, it goes on; else the notice comes first.
  async boot() {
    this.view.become("opening");
    this.view.clock(0, this.longest_s);
    if (!this.keeper.presence.isHere && !(await this.keeper.presence.claim())) {
      this.view.become("elsewhere");
      return;
    }
    if (await this.ending.wasDiscarded()) return;
    try {
      await this.keeper.open(await this.api.state());
    } catch (problem) {
      this.#explain(problem, () => this.boot());
      return;
    }
    this.keeper.send();
    if (this.keeper.saved.recorded_s > 0) this.interrupt("reload");
    else this.view.become("notice");
    this.#show();
    this.view.elsewhere(await this.keeper.outbox.elsewhere());
  }

  // ---- Before the start ----------------------------------------------------------------------

  async open() {
    this.view.become("opening");
    if (!(await this.#openDevices())) return;
    this.view.become("ready");
  }

  async #openDevices() {
    try {
      await this.preview.open();
    } catch (error) {
      this.#help(problemOf(error), error);
      return false;
    }
    if (!preferredType(this.kind)) {
      this.#help("unsupported");
      return false;
    }
    for (const track of this.preview.stream.getTracks()) track.addEventListener("ended", () => this.view.state === "ready" && this.#help("missing"));
    return true;
  }

  async choose() {
    const chosen = this.view.chosenDevices();
    remember({ ...remembered(), ...chosen });
    if (this.view.state === "ready") await this.open();
  }

  #help(trouble, error = null) {
    this.preview.close();
    this.trouble.device(trouble, error, () => this.open());
  }

  // The server does not let a recording begin.
  #explain(problem, retry) {
    if (problem.code === "recorded_elsewhere") this.leave();
    else if (problem.kind === "withdrawn" || problem.kind === "over") this.ending.end(problem.kind, problem);
    else this.trouble.server(problem, retry);
  }

  count() {
    this.view.become("countdown");
    this.countdown.start(() => this.start());
  }

  cancel() {
    this.countdown.stop();
    this.view.become("ready");
  }

  // ---- While it runs -------------------------------------------------------------------------

  async start() {
    this.countdown.stop();
    this.view.become("opening");
    try {
      const mediaType = preferredType(this.kind);
      const number = await this.keeper.beginTake(mediaType, this.#takesOver);
      this.#takesOver = false;
      await this.#run(number, mediaType);
    } catch (problem) {
      if (problem.kind) this.#explain(problem, () => this.#again());
      else this.#help("other", problem);
    }
  }

  #again() {
    return this.preview.isOpen ? this.start() : this.open();
  }

  async #run(number, mediaType) {
    const take = new Take(this.preview.stream, { number, mediaType, chunk_ms: Number(this.page.chunkMs) });
    take.addEventListener("chunk", ({ detail }) => this.keeper.keep(detail));
    take.addEventListener("ended", ({ detail }) => detail.reason !== "stopped" && this.interrupt(detail.reason));
    try {
      await take.start();
    } catch (error) {
      take.stop();
      throw error;
    }
    this.#take = take;
    this.#record();
    if (this.kind === "voice" && !this.#isAnswering) this.pause();
  }

  #record() {
    this.view.become("recording");
    tell("recording", { take: this.#take.number, startedAtMs: this.#take.clock.startedAt_ms });
  }

  pause() {
    if (this.view.state !== "recording") return;
    this.#take.pause();
    this.#tick();
    this.view.become("paused");
    tell("paused", this.#time());
  }

  goOn() {
    this.#take.resume();
    this.#record();
  }

  // After an interruption: the same notice still stands, so it goes on at once.
  async reopen() {
    this.view.become("opening");
    if (await this.#openDevices()) await this.start();
  }

  // Ends the take; resolves once its last piece is kept. The camera goes off at once.
  async stop() {
    const take = this.#take;
    this.#take = null;
    const ended = take?.stop();
    this.preview.close();
    await ended;
    if (take) {
      tell("paused", { take: take.number, tS: take.clock.elapsed_ms / 1000 });
      this.api.endTake(take.number).catch(() => {});
    }
  }

  async interrupt(reason) {
    await this.stop();
    if (this.ending.isOver) return;
    this.view.choose("reason", reason);
    this.view.become("interrupted");
    if (navigator.mediaDevices) this.view.devices(await listDevices(), remembered());
  }

  // Another window goes on; what is here stays in the browser's database for it.
  async leave() {
    await this.stop();
    await this.keeper.yieldTo();
    this.view.become("elsewhere");
  }

  async comeHere() {
    this.#takesOver = true;
    this.view.become("opening");
    await this.keeper.presence.takeOver();
    await this.boot();
  }

  #refuse({ problem, take }) {
    this.view.fill("refusal", problem.sentence);
    if (take === this.#take?.number) this.interrupt("refused");
  }

  // The event stream tells earlier than the next piece that it is over, or that a take which is
  // newer than ours was begun elsewhere.
  #compare({ state, takes }) {
    if (state !== "open") this.ending.end(state === "withdrawn" ? "withdrawn" : "over");
    else if (this.#take && takes.some(({ number }) => number > this.#take.number)) this.leave();
  }

  // ---- What is shown -------------------------------------------------------------------------

  get isRecording() {
    return this.#take !== null;
  }

  flush() {
    this.#take?.flush();
  }

  #time() {
    return { take: this.#take.number, tS: this.#take.clock.elapsed_ms / 1000 };
  }

  get elapsed_s() {
    if (this.#take === null) return this.keeper.saved.recorded_s;
    return this.keeper.saved.lengthBefore_s(this.#take.number) + this.#take.clock.elapsed_ms / 1000;
  }

  #tick() {
    if (this.#take === null || !this.#take.clock.isRunning) return;
    tell("time", { ...this.#time(), leftS: Math.max(0, this.longest_s - this.elapsed_s) });
    this.#show();
    if (this.elapsed_s >= this.longest_s) this.stop().then(() => this.view.become("full"));
  }

  #show() {
    const { saved, trouble, outbox } = this.keeper;
    this.view.clock(this.elapsed_s, this.longest_s);
    this.view.saved({ saved_s: saved.saved_s, unsent_s: saved.unsent_s, trouble, isLasting: outbox.isLasting });
  }
}

const page = document.getElementById("live");
const root = document.getElementById("recorder");
if (page && root) new Recorder(page.dataset, root).boot();
