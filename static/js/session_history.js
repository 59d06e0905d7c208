// The fused emotion history: what face, voice and gait show together. Three tracks on the shared
// time axis, and the figures of the time shown. What was not observed is hatched and never drawn.

import { token } from "./charts.js";
import { CanvasTrack, hatch } from "./session_canvas.js";
import { percent, signedNumber } from "./session_format.js";
import { indexAt } from "./session_series.js";

const LABELS = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"];
const SIGNALS = { face: "--cw-behaviour", voice: "--cw-info", gait: "--cw-standard" };
const NOTHING = "–";
const TEXT = "600 12px Inter, system-ui, sans-serif";
const SMALL_TEXT = "11px Inter, system-ui, sans-serif";
const FLAG_ROW_PX = 18;
const CAPTION_ROW_PX = 18;
const PADDING_PX = 4;
// Two moments further apart than this many hops have a gap between them.
const GAP_HOPS = 1.5;

const words = () => JSON.parse(document.getElementById("history-words").textContent);
const strongest = (shares) => shares.indexOf(Math.max(...shares));

// Moments in a row that are alike, without a gap between them: [first, last] of each run.
function* runs(content, alike) {
  const { t_s: times, hop_s: hop } = content;
  let first = 0;
  for (let n = 1; n <= times.length; n += 1) {
    const goesOn = n < times.length && times[n] - times[n - 1] <= hop * GAP_HOPS && alike(n - 1, n);
    if (!goesOn && times.length) {
      yield [first, n - 1];
      first = n;
    }
  }
}

class HistoryTrack extends CanvasTrack {
  content = null;

  show(content) {
    this.content = content;
    this.draw();
  }

  paint(context, width, height) {
    hatch(context, width, height);
    if (this.content !== null) this.paintContent(context, width, height);
  }

  // Returns where the moments first…last begin and end, in whole pixels: neighbours meet.
  span(first, last) {
    const { t_s: times, hop_s: hop } = this.content;
    const from = Math.floor(this.timeline.x(Math.max(0, times[first] - hop / 2)));
    return [from, Math.max(from + 1, Math.ceil(this.timeline.x(times[last] + hop / 2)))];
  }

  clear(context, from, to, top, height) {
    context.fillStyle = token("--cw-surface");
    context.fillRect(from, top, to - from, height);
  }
}

// One bar per moment in the colour of its strongest label, as high as it is sure. Each stretch
// bears the name of its label where there is room; contradictions carry a flag.
export class HistoryRibbon extends HistoryTrack {
  paintContent(context, width, height) {
    const tops = this.content.probabilities.map(strongest);
    const inside = (to, from) => to >= 0 && from <= width;
    const floor = height - CAPTION_ROW_PX;
    for (let n = 0; n < tops.length; n += 1) {
      const [from, to] = this.span(n, n);
      if (!inside(to, from)) continue;
      this.clear(context, from, to, 0, height);
      context.fillStyle = token(`--emotion-${LABELS[tops[n]]}`);
      const level = Math.max(3, (1 - this.content.uncertainty[n]) * (floor - FLAG_ROW_PX));
      context.fillRect(from, floor - level, to - from, level);
    }
    const labels = words().labels;
    for (const [first, last] of runs(this.content, (one, other) => tops[one] === tops[other])) {
      const [from, to] = this.span(first, last);
      if (inside(to, from)) this.#caption(context, labels[tops[first]], from, to, height, width);
    }
    this.#flags(context, width, floor);
    context.fillStyle = token("--cw-line-strong");
    context.fillRect(0, floor, width, 1);
  }

  #caption(context, text, from, to, height, width) {
    const [left, right] = [Math.max(from, 0), Math.min(to, width)];
    context.fillStyle = token("--cw-line-strong");
    context.fillRect(from, height - CAPTION_ROW_PX, 1, CAPTION_ROW_PX);
    context.font = TEXT;
    const fits = [text, `${text.slice(0, 3)}.`].find(
      (candidate) => context.measureText(candidate).width + 2 * PADDING_PX <= right - left,
    );
    if (fits === undefined) return;
    context.fillStyle = token("--cw-ink");
    context.fillText(fits, left + PADDING_PX, height - PADDING_PX - 1);
  }

  #flags(context, width, floor) {
    const marked = new Set(Object.values(this.content.conflicts).flat());
    const isMarked = (n) => marked.has(n);
    for (const [first, last] of runs(this.content, (one, other) => isMarked(one) === isMarked(other))) {
      if (!isMarked(first)) continue;
      const [from, to] = this.span(first, last);
      if (to < 0 || from > width) continue;
      context.fillStyle = token("--cw-poor");
      context.fillRect(from, FLAG_ROW_PX - 3, to - from, 2);
      context.strokeStyle = token("--cw-poor");
      context.setLineDash([3, 3]);
      context.strokeRect(from + 0.5, FLAG_ROW_PX - 2.5, to - from - 1, floor - FLAG_ROW_PX + 2);
      context.setLineDash([]);
      this.#triangle(context, Math.max(from, 0) + 7);
    }
  }

  #triangle(context, x) {
    context.beginPath();
    context.moveTo(x, 1);
    context.lineTo(x + 7, 13);
    context.lineTo(x - 7, 13);
    context.fill();
    context.fillStyle = token("--cw-surface");
    context.fillRect(x - 0.75, 5, 1.5, 4);
    context.fillRect(x - 0.75, 10, 1.5, 1.5);
  }
}

// A row per signal: a bar where it was observed, as thick as it counts.
export class SignalRows extends HistoryTrack {
  paintContent(context, width, height) {
    const names = Object.keys(SIGNALS);
    const row_px = height / names.length;
    names.forEach((name, row) => {
      const weights = this.content.weights[name];
      context.fillStyle = token("--cw-line");
      context.fillRect(0, Math.round((row + 1) * row_px) - 1, width, 1);
      for (let n = 0; n < weights.length; n += 1) {
        if (weights[n] === 0) continue;
        const [from, to] = this.span(n, n);
        if (to < 0 || from > width) continue;
        this.clear(context, from, to, row * row_px, row_px - 1);
        const thick = Math.max(2, weights[n] * (row_px - 8));
        context.fillStyle = token(SIGNALS[name]);
        context.fillRect(from, (row + 0.5) * row_px - thick / 2, to - from, thick);
      }
    });
  }
}

// Valence and arousal as lines, each within the band of its interval.
export class AffectBand extends HistoryTrack {
  paintContent(context, width, height) {
    for (const [first, last] of runs(this.content, () => true)) {
      const [from, to] = this.span(first, last);
      this.clear(context, from, to, 0, height);
    }
    const y = (value) => height / 2 - value * (height / 2 - 6);
    context.fillStyle = token("--cw-line-strong");
    context.fillRect(0, Math.round(y(0)), width, 1);
    this.#band(context, "arousal", token("--cw-info"), [6, 3], y);
    this.#band(context, "valence", token("--cw-behaviour"), [], y);
    context.fillStyle = token("--cw-ink-3");
    context.font = SMALL_TEXT;
    for (const value of [1, 0, -1]) context.fillText(signedNumber(value).slice(0, value ? 2 : 1), 2, y(value) + (value > 0 ? 9 : -3));
  }

  #band(context, name, colour, dash, y) {
    const rows = this.content[name];
    for (const [first, last] of runs(this.content, () => true)) {
      const moments = Array.from({ length: last - first + 1 }, (_, n) => first + n);
      const ends = [this.span(first, first)[0], this.span(last, last)[1]];
      const points = (column) => [
        [ends[0], y(rows[first][column])],
        ...moments.map((n) => [this.timeline.x(this.content.t_s[n]), y(rows[n][column])]),
        [ends[1], y(rows[last][column])],
      ];
      context.fillStyle = colour;
      context.strokeStyle = colour;
      context.globalAlpha = 0.16;
      context.beginPath();
      for (const point of [...points(1), ...points(2).reverse()]) context.lineTo(...point);
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = 1.8;
      context.setLineDash(dash);
      context.beginPath();
      for (const point of points(0)) context.lineTo(...point);
      context.stroke();
      context.setLineDash([]);
    }
  }
}

const TRACKS = { ribbon: HistoryRibbon, signals: SignalRows, affect: AffectBand };

// All of it: draws the tracks of a player and writes what holds at a time.
export class EmotionHistory {
  content = null;

  constructor(root, timeline) {
    this.tracks = [...root.querySelectorAll("canvas[data-history]")].map(
      (canvas) => new TRACKS[canvas.dataset.history](canvas, timeline),
    );
    this.cells = [...root.querySelectorAll("[data-history-value]")];
  }

  show(content) {
    this.content = content;
    for (const track of this.tracks) track.show(content);
  }

  tell(t_s) {
    const now = this.#at(t_s);
    for (const cell of this.cells) {
      const text = now < 0 ? NOTHING : this.#text(cell.dataset.historyValue, now);
      if (cell.textContent !== text) cell.textContent = text;
    }
  }

  #at(t_s) {
    if (this.content === null) return -1;
    const { t_s: times, hop_s: hop } = this.content;
    const place = indexAt(times, t_s + hop / 2);
    return place >= 0 && t_s - times[place] <= hop / 2 ? place : -1;
  }

  #text(name, n) {
    const { content } = this;
    if (name === "strongest") {
      const top = strongest(content.probabilities[n]);
      return `${words().labels[top]} ${percent(content.probabilities[n][top])}`;
    }
    if (name === "uncertainty") return percent(content.uncertainty[n]);
    if (name === "consistency") return content.consistency[n] === null ? NOTHING : content.consistency[n].toFixed(2);
    if (name in content.strongest) {
      const top = content.strongest[name][n];
      return top === null ? NOTHING : words().labels[top];
    }
    return signedNumber(content[name][n][0]);
  }
}
