// Line tracks drawn by Plotly from figures that the server made. The time axis follows the
// timeline; which lines are shown is kept here, so that a change of theme does not bring them back.

import { draw, plotly } from "./charts.js";

export class LineTrack {
  #hidden = new Set();
  #figure = null;

  constructor(box, timeline) {
    this.box = box;
    this.timeline = timeline;
    timeline.addEventListener("view", () => this.#follow());
    document.addEventListener("themechange", () => this.#draw());
  }

  async show(figure) {
    this.#figure = figure;
    await this.#draw();
  }

  toggle(name, isShown) {
    if (isShown) this.#hidden.delete(name);
    else this.#hidden.add(name);
    return this.#draw();
  }

  async #draw() {
    if (this.#figure === null) return;
    for (const trace of this.#figure.data) trace.visible = !this.#hidden.has(trace.name);
    this.#figure.layout.xaxis.range = [this.timeline.from_s, this.timeline.to_s];
    await draw(this.box, this.#figure);
    this.box.classList.remove("loading");
  }

  async #follow() {
    if (this.#figure === null || this.box.data === undefined) return;
    const Plotly = await plotly();
    await Plotly.relayout(this.box, { "xaxis.range": [this.timeline.from_s, this.timeline.to_s] });
  }
}

// The plane of valence and arousal, with a marker that follows the clock.
export class Circumplex {
  #figure = null;

  constructor(box, marker) {
    this.box = box;
    this.marker = marker;
    document.addEventListener("themechange", () => this.#draw());
  }

  async show(figure) {
    this.#figure = figure;
    await this.#draw();
  }

  point(valence, arousal) {
    const layout = this.box._fullLayout;
    this.marker.hidden = valence === null || layout === undefined;
    if (this.marker.hidden) return;
    const x = layout.xaxis._offset + layout.xaxis.d2p(valence);
    const y = layout.yaxis._offset + layout.yaxis.d2p(arousal);
    this.marker.style.transform = `translate(${x}px, ${y}px)`;
  }

  async #draw() {
    if (this.#figure !== null) await draw(this.box, this.#figure);
    this.box.classList.remove("loading");
  }
}
