// The session page: one medium is the clock, and every track follows it.

import { plotly } from "./charts.js";
import { Curve, QualityBand, Waveform } from "./session_canvas.js";
import { MediaClock, SilentClock } from "./session_clock.js";
import { clockTime } from "./session_format.js";
import { EmotionHistory } from "./session_history.js";
import { listenToKeys } from "./session_keys.js";
import { Circumplex, LineTrack } from "./session_lines.js";
import { Overlay } from "./session_overlay.js";
import { Readout } from "./session_readout.js";
import { Timeline } from "./session_timeline.js";

async function answerOf(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`The tracks did not load (${answer.status}).`);
  return answer.json();
}

const BEGINNING_S = 0.05;
const NARROWEST_PX = 4;

class Player {
  constructor(root) {
    this.root = root;
    this.media = root.querySelector("video, audio");
    const duration_s = Number(root.dataset.durationS);
    this.clock = this.media ? new MediaClock(this.media, duration_s) : new SilentClock(duration_s);
    this.timeline = new Timeline(root.querySelector("[data-timeline]"), this.clock);
    this.lines = new Map(this.#parts("lines", (box) => [box.dataset.lines, new LineTrack(box, this.timeline)]));
    this.bands = new Map(this.#parts("band", (canvas) => [canvas.dataset.band, new QualityBand(canvas, this.timeline)]));
    this.curves = new Map(this.#parts("curve", (canvas) => [canvas.dataset.curve, new Curve(canvas, this.timeline)]));
    this.waveforms = this.#parts("waveform", (canvas) => new Waveform(canvas, this.timeline));
    this.planes = this.#parts("circumplex", (box) => new Circumplex(box, root.querySelector("[data-marker]")));
    this.history = new EmotionHistory(root, this.timeline);
    this.readout = new Readout(root, {});
    this.overlay = null;
    this.ending = new AbortController();
    this.#listen();
    this.#placeEvents();
    listenToKeys(this.clock, this.timeline, Number(root.dataset.frameS), this.ending.signal);
  }

  end() {
    this.ending.abort();
    this.clock.pause();
  }

  fail(error) {
    for (const box of this.root.querySelectorAll("[data-lines].loading")) box.textContent = error.message;
  }

  #parts(name, make) {
    return [...this.root.querySelectorAll(`[data-${name}]`)].map(make);
  }

  async load() {
    const { seriesUrl, figuresUrl, recording } = this.root.dataset;
    plotly(); // loads while the figures are on their way
    const [series, figures] = await Promise.all([answerOf(seriesUrl), answerOf(figuresUrl)]);
    await this.show(series.recordings.find((one) => one.id === recording), figures);
  }

  async show({ modalities, series, history }, figures) {
    const curves = Object.assign({}, ...Object.values(series));
    this.readout = new Readout(this.root, modalities);
    for (const track of this.root.querySelectorAll("[data-modality]")) {
      track.classList.toggle("is-empty", !(track.dataset.modality in modalities));
    }
    this.history.show(history);
    for (const waveform of this.waveforms) waveform.show(curves.waveform ?? [], curves.speech ?? []);
    for (const [name, band] of this.bands) if (modalities[name]) band.show(modalities[name]);
    for (const [name, curve] of this.curves) curve.show(curves[name] ?? []);
    this.#overlay({ boxes: curves.face_box ?? [], pose: curves.pose ?? [] });
    const drawn = [...this.lines].filter(([name]) => figures[name]).map(([name, track]) => track.show(figures[name]));
    await Promise.all([...drawn, ...this.planes.map((plane) => plane.show(figures.circumplex))]);
    this.#follow(this.clock.t_s);
    this.root.dataset.drawn = "yes";
  }

  #overlay(curves) {
    const canvas = this.root.querySelector("[data-overlay]");
    if (canvas && this.overlay === null) this.overlay = new Overlay(this.media, canvas, curves);
    else if (this.overlay) Object.assign(this.overlay, curves);
  }

  #listen() {
    this.clock.addEventListener("tick", (event) => this.#follow(event.detail));
    this.clock.addEventListener("state", () => this.#showState());
    this.timeline.addEventListener("view", () => this.#placeEvents());
    this.timeline.addEventListener("point", (event) => this.#tell(event.detail ?? this.clock.t_s));
    this.root.addEventListener("click", (event) => this.#click(event));
    this.root.querySelector("[data-rate]").addEventListener("change", (event) => {
      this.clock.rate = Number(event.target.value);
    });
    this.media?.addEventListener("pause", () => this.#remember());
    this.media?.addEventListener("seeked", () => this.#remember());
    this.media?.addEventListener("error", () => this.root.classList.add("is-without-media"));
  }

  #placeEvents() {
    for (const flag of this.root.querySelectorAll("[data-event-s]")) {
      const x = this.timeline.x(Number(flag.dataset.eventS));
      if (flag.dataset.untilS) this.#placeStretch(flag, x, this.timeline.x(Number(flag.dataset.untilS)));
      else {
        flag.hidden = x < 0 || x > this.timeline.width_px;
        flag.style.left = `${x}px`;
      }
    }
  }

  #placeStretch(bar, from_x, to_x) {
    const [left, right] = [Math.max(0, from_x), Math.min(this.timeline.width_px, to_x)];
    bar.hidden = right <= left;
    bar.style.left = `${left}px`;
    bar.style.width = `${Math.max(right - left, NARROWEST_PX)}px`;
  }

  #tell(t_s) {
    this.readout.show(t_s);
    this.history.tell(t_s);
  }

  #follow(t_s) {
    this.#tell(t_s);
    this.overlay?.draw(t_s);
    for (const plane of this.planes) plane.point(...this.readout.affectAt(t_s));
    this.root.querySelector("[data-time]").textContent = clockTime(t_s);
    const slider = this.root.querySelector("[role=slider]");
    slider.setAttribute("aria-valuenow", t_s.toFixed(1));
    slider.setAttribute("aria-valuetext", clockTime(t_s));
  }

  #showState() {
    const button = this.root.querySelector("[data-act=toggle]");
    button.classList.toggle("is-playing", this.clock.isPlaying);
    button.setAttribute("aria-label", this.clock.isPlaying ? button.dataset.pause : button.dataset.play);
    this.root.querySelector("[data-rate]").value = String(this.clock.rate);
  }

  #click(event) {
    const button = event.target.closest("button");
    if (button?.dataset.act) this.#act(button.dataset.act);
    else if (button?.dataset.line) this.#toggleLine(button);
    else if (button?.dataset.layer) this.overlay?.toggle(button.dataset.layer, this.#press(button));
  }

  #act(name) {
    const frame_s = Number(this.root.dataset.frameS);
    const acts = {
      toggle: () => this.clock.toggle(),
      back: () => this.clock.seek(this.clock.t_s - frame_s),
      on: () => this.clock.seek(this.clock.t_s + frame_s),
      closer: () => this.timeline.zoom(0.5),
      further: () => this.timeline.zoom(2),
      all: () => this.timeline.showAll(),
      mute: () => this.#mute(),
    };
    acts[name]();
  }

  #mute() {
    this.media.muted = !this.media.muted;
    this.root.querySelector("[data-act=mute]").setAttribute("aria-pressed", String(this.media.muted));
  }

  #toggleLine(button) {
    const [track, name] = button.dataset.line.split(":");
    this.lines.get(track)?.toggle(name, this.#press(button));
  }

  #press(button) {
    const isOn = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isOn));
    return isOn;
  }

  #remember() {
    const url = new URL(location.href);
    if (this.clock.t_s < BEGINNING_S) url.searchParams.delete("t");
    else url.searchParams.set("t", this.clock.t_s.toFixed(1));
    history.replaceState(null, "", url);
  }
}

let player = null;

const timeInAddress = () => Number(new URLSearchParams(location.search).get("t"));

function start(t_s) {
  player?.end();
  const root = document.getElementById("player");
  player = root ? new Player(root) : null;
  if (player === null) return;
  if (t_s > 0) player.clock.seek(t_s);
  player.load().catch((error) => player.fail(error));
}

const workspace = document.getElementById("workspace");
const reload = () => htmx.trigger(workspace, "reload");

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-seek-s]");
  if (!link || player === null) return;
  event.preventDefault();
  player.clock.seek(Number(link.dataset.seekS));
});
document.body.addEventListener("observed", () => player?.load().catch((error) => player.fail(error)));
// New results are not put under the hands of somebody who is watching.
document.body.addEventListener("workspace-changed", () => {
  if (player?.clock.isPlaying) player.clock.addEventListener("state", reload, { once: true });
  else reload();
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target === workspace) start(player?.clock.t_s ?? timeInAddress());
});
start(timeInAddress());
