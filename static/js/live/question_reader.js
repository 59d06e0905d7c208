// Reads a question aloud with the browser's own voice, where it has one for the language.

const START_MS = 5000;
const CHARACTER_MS = 250;

export class Reader extends EventTarget {
  #synthesis;
  #reading = null;

  // Emits "voices" when the browser has learnt which voices it has.
  constructor(synthesis = window.speechSynthesis) {
    super();
    this.#synthesis = synthesis ?? null;
    this.#synthesis?.addEventListener?.("voiceschanged", () => this.dispatchEvent(new CustomEvent("voices")));
  }

  get isReading() {
    return this.#reading !== null;
  }

  voiceFor(language) {
    const wanted = language.toLowerCase();
    const voices = this.#synthesis?.getVoices() ?? [];
    const tag = (voice) => voice.lang.toLowerCase().replace("_", "-");
    const fits = (voice) => tag(voice).split("-")[0] === wanted.split("-")[0];
    return voices.find((voice) => tag(voice) === wanted) ?? voices.find(fits) ?? null;
  }

  // Resolves with true once the text was read, with false where it was stopped or not read.
  async read(text, language) {
    const voice = this.voiceFor(language);
    if (!voice) return false;
    this.stop();
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = voice;
    utterance.lang = language;
    return new Promise((resolve) => {
      const done = (wasRead) => {
        clearTimeout(guard);
        if (this.#reading?.utterance !== utterance) return;
        this.#reading = null;
        resolve(wasRead);
      };
      // Some browsers never say that they have ended.
      const guard = setTimeout(() => this.stop(), START_MS + CHARACTER_MS * text.length);
      // The utterance is held, since browsers forget one that nobody holds, and its end with it.
      this.#reading = { utterance, done };
      utterance.onend = () => done(true);
      utterance.onerror = () => done(false);
      this.#synthesis.speak(utterance);
    });
  }

  stop() {
    if (!this.#reading) return;
    this.#reading.done(false);
    this.#synthesis.cancel();
  }
}
