// The open devices: the picture as in a mirror, the level of the sound, and hints on both.

import { chosenIn, isMirrored, listDevices, openDevices, remember, remembered } from "./devices.js";
import { Framing } from "./framing.js";
import { LevelMeter } from "./level.js";

const LEVEL_MS = 100;
const LOOK_MS = 500;
const LOOK_WHILE_RECORDING_MS = 2000;

export class Preview {
  stream = null;
  #view;
  #kind;
  #meter = null;
  #framing = new Framing();
  #timers = [];
  #sound = [];
  #picture = [];
  #looked_ms = 0;

  constructor(view, kind) {
    this.#view = view;
    this.#kind = kind;
    this.video = document.getElementById("live-preview");
  }

  // Opens what was chosen before, or what is asked for. Throws what getUserMedia throws.
  async open(chosen = remembered()) {
    this.close();
    this.stream = await openDevices(this.#kind, chosen);
    const found = chosenIn(this.stream);
    remember({ ...remembered(), ...found });
    this.#view.devices(await listDevices(), found);
    this.#show();
    document.dispatchEvent(new CustomEvent("live:stream", { detail: { stream: this.stream } }));
    if (this.stream.getAudioTracks().length) this.#meter = new LevelMeter(this.stream);
    this.#timers = [setInterval(() => this.#readLevel(), LEVEL_MS), setInterval(() => this.#look(), LOOK_MS)];
  }

  get isOpen() {
    return this.stream !== null && this.stream.getTracks().every((track) => track.readyState === "live");
  }

  close() {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#meter?.close();
    this.#meter = null;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    if (this.video) this.video.srcObject = null;
  }

  // What the browser reads aloud does not belong into the recording.
  mute(isMuted) {
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = !isMuted;
  }

  #show() {
    if (!this.video) return;
    document.getElementById("live-stage").classList.toggle("is-mirrored", isMirrored(this.stream));
    this.video.srcObject = this.stream;
    this.video.play().catch(() => {});
  }

  #readLevel() {
    if (this.#meter === null) return;
    const level = this.#meter.read();
    this.#view.level(level);
    this.#sound = level.problem ? [level.problem] : [];
    this.#hint();
  }

  async #look() {
    const pause_ms = this.#view.state === "ready" ? LOOK_MS : LOOK_WHILE_RECORDING_MS;
    if (!this.video?.videoWidth || document.hidden || performance.now() - this.#looked_ms < pause_ms - LOOK_MS / 2) return;
    this.#looked_ms = performance.now();
    this.#picture = await this.#framing.look(this.video, this.#kind);
    this.#hint();
  }

  #hint() {
    const hints = [...this.#picture, ...this.#sound];
    this.#view.choose("hint", ...(hints.length ? hints : ["well"]));
  }
}
