// Tracks that are drawn on a canvas: waveform with speech and silence, bands of quality, and
// single measured curves.

import { token } from "./charts.js";

const GOOD_QUALITY = 0.6;
const FAIR_QUALITY = 0.3;
const LABEL_PX = 12;
const LONGEST_JOIN_S = 0.3;

export class CanvasTrack {
  constructor(canvas, timeline) {
    this.canvas = canvas;
    this.timeline = timeline;
    timeline.addEventListener("view", () => this.draw());
    document.addEventListener("themechange", () => this.draw());
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    const context = this.canvas.getContext("2d");
    context.scale(scale, scale);
    this.paint(context, width, height);
  }
}

// What was not observed looks like this.
export function hatch(context, width, height) {
  context.strokeStyle = token("--cw-line-strong");
  context.beginPath();
  for (let x = -height; x < width; x += 7) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
}

// peaks: rows (t_s, 0…1); speech: rows (start_s, end_s).
export class Waveform extends CanvasTrack {
  peaks = [];
  speech = [];

  show(peaks, speech) {
    this.peaks = peaks;
    this.speech = speech;
    this.draw();
  }

  paint(context, width, height) {
    this.#paintSpeech(context, height);
    const loudest = this.peaks.reduce((most, row) => Math.max(most, row[1]), 0.05);
    const bars = this.#columns(Math.max(1, Math.floor(width / 3)));
    const [speech, silence] = [token("--cw-brand"), token("--cw-line-strong")];
    for (const { x, peak, spoken } of bars) {
      const half = Math.max(0.5, (peak / loudest) * (height / 2 - 3));
      context.fillStyle = spoken ? speech : silence;
      context.fillRect(x, height / 2 - half, 2, half * 2);
    }
  }

  #paintSpeech(context, height) {
    context.fillStyle = token("--cw-brand-soft");
    for (const [start_s, end_s] of this.speech) {
      const from = this.timeline.x(start_s);
      context.fillRect(from, 0, Math.max(1, this.timeline.x(end_s) - from), height);
    }
  }

  // Several rows may fall on one bar: the loudest is shown. A bar without rows stays empty.
  #columns(count) {
    const { from_s, to_s, width_px } = this.timeline;
    const peaks = new Array(count).fill(null);
    for (const [t_s, peak] of this.peaks) {
      const column = Math.floor(((t_s - from_s) / (to_s - from_s)) * count);
      if (column >= 0 && column < count) peaks[column] = Math.max(peaks[column] ?? 0, peak);
    }
    return peaks.flatMap((peak, column) => {
      if (peak === null) return [];
      const t_s = from_s + ((column + 0.5) / count) * (to_s - from_s);
      const spoken = this.speech.some(([start_s, end_s]) => start_s <= t_s && t_s <= end_s);
      return [{ x: (column / count) * width_px, peak, spoken }];
    });
  }
}

// readings: {t_start_s, t_end_s, quality, confidence}. The filled height is the quality of the
// material, the line the confidence of the network; what was not observed is hatched.
export class QualityBand extends CanvasTrack {
  readings = { t_start_s: [], t_end_s: [], quality: [], confidence: [] };

  show(readings) {
    this.readings = readings;
    this.draw();
  }

  paint(context, width, height) {
    hatch(context, width, height);
    const { t_start_s: start_s, t_end_s: end_s, quality, confidence } = this.readings;
    const [ground, line] = [token("--cw-surface"), token("--cw-ink")];
    const [good, fair, poor] = [token("--cw-good"), token("--cw-standard"), token("--cw-poor")];
    for (let n = 0; n < start_s.length; n += 1) {
      // Whole pixels: neighbours must meet without a seam.
      const from = Math.floor(this.timeline.x(start_s[n]));
      const to = Math.max(from + 1, Math.ceil(this.timeline.x(end_s[n])));
      if (to < 0 || from > width) continue;
      context.fillStyle = ground;
      context.fillRect(from, 0, to - from, height);
      const level = Math.max(2, quality[n] * height);
      context.fillStyle = quality[n] >= GOOD_QUALITY ? good : quality[n] >= FAIR_QUALITY ? fair : poor;
      context.fillRect(from, height - level, to - from, level);
      context.fillStyle = line;
      context.fillRect(from, (1 - confidence[n]) * (height - 2), to - from, 2);
    }
  }
}

// rows: (t_s, value); a value of null ends a stretch, and rows far apart are not joined.
export class Curve extends CanvasTrack {
  rows = [];

  show(rows) {
    this.rows = rows;
    const values = rows.map((row) => row[1]).filter((value) => value !== null);
    this.low = Math.min(...values);
    this.high = Math.max(...values);
    this.draw();
  }

  paint(context, _width, height) {
    const span = this.high - this.low || 1;
    const y = (value) => height - LABEL_PX - ((value - this.low) / span) * (height - 2 * LABEL_PX);
    context.strokeStyle = token("--cw-brand");
    context.lineWidth = 1.5;
    context.beginPath();
    let last = null;
    for (const row of this.rows) {
      if (row[1] !== null) {
        const isJoined = last !== null && row[0] - last[0] <= LONGEST_JOIN_S;
        context[isJoined ? "lineTo" : "moveTo"](this.timeline.x(row[0]), y(row[1]));
      }
      last = row[1] === null ? null : row;
    }
    context.stroke();
    this.#label(context, height);
  }

  #label(context, height) {
    if (!Number.isFinite(this.high)) return;
    context.fillStyle = token("--cw-ink-3");
    context.font = "11px Inter, system-ui, sans-serif";
    const digits = this.high - this.low < 10 ? 1 : 0;
    context.fillText(this.high.toFixed(digits), 2, LABEL_PX - 2);
    context.fillText(this.low.toFixed(digits), 2, height - 2);
  }
}
