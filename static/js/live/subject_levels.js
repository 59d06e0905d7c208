// The level of each side of the sound.

import { levelOf } from "./level.js";

const SAMPLES = 2048;
const SILENCE = { level_db: -120, share: 0 };

export class SideLevels {
  #context = null;
  #tracks = [];
  #sides = [];
  #samples = new Float32Array(SAMPLES);

  // Listens to ``stream`` from now on; its tracks are copied, so that muting the recording is not
  // silence here.
  listen(stream) {
    this.close();
    this.#tracks = stream.getAudioTracks().map((track) => track.clone());
    if (!this.#tracks.length) return;
    this.#context = new AudioContext();
    const source = this.#context.createMediaStreamSource(new MediaStream(this.#tracks));
    const channels = Math.min(2, this.#tracks[0].getSettings().channelCount ?? 1);
    const splitter = new ChannelSplitterNode(this.#context, { numberOfOutputs: 2 });
    source.connect(splitter);
    this.#sides = Array.from({ length: channels }, (_, number) => {
      const analyser = new AnalyserNode(this.#context, { fftSize: SAMPLES });
      splitter.connect(analyser, number);
      return analyser;
    });
    if (this.#context.state === "suspended") this.#context.resume();
  }

  // shares of left and right, 0 … 1, the louder one's level_db, and whether there is one side only.
  read() {
    const [left, right] = this.#sides.map((analyser) => {
      analyser.getFloatTimeDomainData(this.#samples);
      return levelOf(this.#samples);
    });
    return {
      shares: { left: (left ?? SILENCE).share, right: (right ?? SILENCE).share },
      level_db: Math.max((left ?? SILENCE).level_db, (right ?? SILENCE).level_db),
      isOne: this.#sides.length < 2,
    };
  }

  close() {
    for (const track of this.#tracks) track.stop();
    this.#context?.close();
    this.#context = null;
    this.#tracks = [];
    this.#sides = [];
  }
}
