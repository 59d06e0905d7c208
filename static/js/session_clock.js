// The one clock of the session page: a media element, or a silent one where no medium is kept.
// Emits "tick" whenever the time to show may have changed, and "state" on play, pause and rate.

const FIRST_PICTURE_S = 0.001;

class Clock extends EventTarget {
  #frame = 0;

  tick() {
    this.dispatchEvent(new CustomEvent("tick", { detail: this.t_s }));
  }

  changed() {
    this.dispatchEvent(new CustomEvent("state"));
    this.tick();
    if (this.isPlaying) this.#follow();
  }

  #follow() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.tick();
      if (this.isPlaying) this.#follow();
    });
  }

  within(t_s) {
    return Math.min(Math.max(t_s, 0), this.duration_s);
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }
}

export class MediaClock extends Clock {
  #wanted_s = FIRST_PICTURE_S;

  constructor(media, duration_s) {
    super();
    this.media = media;
    this.duration_s = duration_s;
    // A browser may leave the picture black until the first seek, and forget one that came early.
    media.addEventListener("loadeddata", () => { media.currentTime = this.#wanted_s; }, { once: true });
    for (const name of ["play", "pause", "ended", "ratechange"]) media.addEventListener(name, () => this.changed());
    for (const name of ["seeking", "seeked", "timeupdate", "loadeddata"]) media.addEventListener(name, () => this.tick());
  }

  get t_s() {
    const hasPicture = this.media.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    return hasPicture ? this.media.currentTime : this.#wanted_s;
  }

  get isPlaying() {
    return !this.media.paused && !this.media.ended;
  }

  get rate() {
    return this.media.playbackRate;
  }

  set rate(rate) {
    this.media.playbackRate = rate;
  }

  play() {
    this.media.play().catch(() => this.changed());
  }

  pause() {
    this.media.pause();
  }

  seek(t_s) {
    this.#wanted_s = this.within(t_s);
    this.media.currentTime = this.#wanted_s;
    this.tick();
  }
}

export class SilentClock extends Clock {
  #from_s = 0;
  #since_ms = null;
  #rate = 1;

  constructor(duration_s) {
    super();
    this.duration_s = duration_s;
  }

  get t_s() {
    if (this.#since_ms === null) return this.#from_s;
    const t_s = this.#from_s + ((performance.now() - this.#since_ms) / 1000) * this.#rate;
    if (t_s >= this.duration_s) this.seek(this.duration_s);
    return Math.min(t_s, this.duration_s);
  }

  get isPlaying() {
    return this.#since_ms !== null;
  }

  get rate() {
    return this.#rate;
  }

  set rate(rate) {
    this.#from_s = this.t_s;
    if (this.isPlaying) this.#since_ms = performance.now();
    this.#rate = rate;
    this.changed();
  }

  play() {
    if (this.#from_s >= this.duration_s) this.#from_s = 0;
    this.#since_ms = performance.now();
    this.changed();
  }

  pause() {
    this.#from_s = this.t_s;
    this.#since_ms = null;
    this.changed();
  }

  seek(t_s) {
    this.#from_s = this.within(t_s);
    const ended = this.#from_s >= this.duration_s;
    this.#since_ms = this.isPlaying && !ended ? performance.now() : null;
    if (ended) this.changed();
    else this.tick();
  }
}
