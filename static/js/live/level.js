// The level of the microphone, and what is wrong with it.

const SAMPLES = 2048;
const FLOOR_DB = -60;
const NOTHING_DB = -70;
const QUIET_DB = -42;
const CLIPPED = 0.985;
const MEMORY_MS = 4000;

export class LevelMeter {
  #context;
  #analyser;
  #tracks;
  #samples = new Float32Array(SAMPLES);
  #past = [];

  constructor(stream) {
    this.#context = new AudioContext();
    this.#analyser = new AnalyserNode(this.#context, { fftSize: SAMPLES });
    // Tracks of its own: the one that is recorded may be switched off meanwhile.
    this.#tracks = stream.getAudioTracks().map((track) => track.clone());
    this.#context.createMediaStreamSource(new MediaStream(this.#tracks)).connect(this.#analyser);
    if (this.#context.state === "suspended") this.#context.resume();
  }

  // share 0 … 1 for the bar, level_db RMS in dBFS, and whether that is nothing, quiet or too loud
  // over the last four seconds.
  read(now_ms = performance.now()) {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const found = levelOf(this.#samples);
    this.#past.push({ at_ms: now_ms, ...found });
    while (now_ms - this.#past[0].at_ms > MEMORY_MS) this.#past.shift();
    return { ...found, problem: this.#problem(now_ms) };
  }

  #problem(now_ms) {
    if (now_ms - this.#past[0].at_ms < MEMORY_MS * 0.75) return null;
    return problemOfLevels(this.#past);
  }

  close() {
    for (const track of this.#tracks) track.stop();
    this.#context.close();
  }
}

export function levelOf(samples) {
  let sum = 0;
  let peak = 0;
  for (const value of samples) {
    sum += value * value;
    peak = Math.max(peak, Math.abs(value));
  }
  const level_db = 20 * Math.log10(Math.max(Math.sqrt(sum / samples.length), 1e-6));
  return { level_db, peak, share: Math.min(1, Math.max(0, 1 - level_db / FLOOR_DB)) };
}

export function problemOfLevels(past) {
  const loudest_db = Math.max(...past.map((each) => each.level_db));
  if (loudest_db < NOTHING_DB) return "no_sound";
  if (loudest_db < QUIET_DB) return "quiet";
  return past.filter((each) => each.peak > CLIPPED).length > past.length / 10 ? "too_loud" : null;
}
