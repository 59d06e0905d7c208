// One run of a MediaRecorder: one stream with a header of its own, cut into pieces of a second.

import { TakeClock } from "./clock.js";

// Media have no time of their own in a picture that stood still while the computer slept.
const ASLEEP_MS = 8000;
const LARGEST_PIECE = 1024 ** 2;
const VIDEO_BITS_PER_S = 1_000_000;
const SOUND_BITS_PER_S = 64_000;
const START_TIMEOUT_MS = 10_000;

export async function digestOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return btoa(String.fromCharCode(...digest));
}

// Events: "chunk" {take, sequence, t_end_ms, bytes, digest}, in order; "ended" {reason} with
// "stopped", "device", "asleep" or "failed", after the last chunk.
export class Take extends EventTarget {
  clock = new TakeClock();
  #recorder;
  #sequence = 0;
  #work = Promise.resolve();
  #reason = "stopped";
  #heard_ms = Date.now();
  #told_ms = 0;

  constructor(stream, { number, mediaType, chunk_ms }) {
    super();
    this.number = number;
    this.chunk_ms = chunk_ms;
    this.stream = stream;
    this.#recorder = new MediaRecorder(stream, {
      mimeType: mediaType,
      videoBitsPerSecond: VIDEO_BITS_PER_S,
      audioBitsPerSecond: SOUND_BITS_PER_S,
      // A fragment of MP4 ends at a key frame only: without this the first one takes seconds.
      videoKeyFrameIntervalDuration: chunk_ms,
    });
    this.#recorder.ondataavailable = (event) => this.#take(event.data);
    this.#recorder.onerror = () => this.#end("failed");
    this.ended = new Promise((resolve) => (this.#recorder.onstop = () => this.#finish(resolve)));
    for (const track of stream.getTracks()) track.addEventListener("ended", () => this.#end("device"));
  }

  get isPaused() {
    return this.#recorder.state === "paused";
  }

  // Resolves once media flow; only from then on does the clock run.
  start() {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("the recorder does not start")), START_TIMEOUT_MS);
      this.#recorder.onstart = () => {
        clearTimeout(late);
        this.clock.start();
        this.#heard_ms = Date.now();
        resolve();
      };
      this.#recorder.start(this.chunk_ms);
    });
  }

  pause() {
    this.clock.stop();
    this.#recorder.pause();
    this.flush();
  }

  resume() {
    this.#heard_ms = Date.now();
    this.#recorder.resume();
    this.clock.start();
  }

  // Hands over what the recorder holds back, before the second is full.
  flush() {
    if (this.#recorder.state !== "inactive") this.#recorder.requestData();
  }

  // Resolves after the last chunk was told.
  stop() {
    return this.#end("stopped");
  }

  #end(reason) {
    this.clock.stop();
    if (this.#recorder.state !== "inactive") {
      this.#reason = reason;
      this.#recorder.stop();
    }
    return this.ended;
  }

  async #finish(resolve) {
    this.clock.stop();
    await this.#work;
    resolve();
    this.dispatchEvent(new CustomEvent("ended", { detail: { reason: this.#reason } }));
  }

  #take(blob) {
    const isLate = this.clock.isRunning && Date.now() - this.#heard_ms > ASLEEP_MS;
    this.#heard_ms = Date.now();
    const t_end_ms = isLate ? this.#told_ms + this.chunk_ms : Math.round(this.clock.elapsed_ms);
    this.#told_ms = t_end_ms;
    for (let from = 0; from < blob.size; from += LARGEST_PIECE) {
      this.#hand(blob.slice(from, from + LARGEST_PIECE), this.#sequence++, t_end_ms);
    }
    if (isLate) this.#end("asleep");
  }

  // Reading a blob takes a moment: the chain keeps the pieces in their order.
  #hand(blob, sequence, t_end_ms) {
    this.#work = this.#work.then(async () => {
      const bytes = await blob.arrayBuffer();
      const detail = { take: this.number, sequence, t_end_ms, bytes, digest: await digestOf(bytes) };
      this.dispatchEvent(new CustomEvent("chunk", { detail }));
    });
  }
}
