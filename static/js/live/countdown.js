// Counts down over the picture before a recording starts, so that a person can take their place.

const STEP_MS = 100;

export class Countdown {
  #timer = null;

  constructor(view) {
    this.view = view;
  }

  start(onEnd) {
    const end_ms = performance.now() + Number(this.view.root.dataset.countdownS) * 1000;
    const show = () => {
      const left_s = Math.ceil((end_ms - performance.now()) / 1000);
      this.view.fill("countdown", String(Math.max(1, left_s)));
      if (left_s <= 0) onEnd();
    };
    this.#timer = setInterval(show, STEP_MS);
    show();
  }

  stop() {
    clearInterval(this.#timer);
  }
}
