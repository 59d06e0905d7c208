// One signal over the last minute: valence and arousal as lines, the quality of the material as a
// low band below them. What was not observed stays hatched; nothing is drawn in between.

import { token } from "../charts.js";
import { hatch } from "../session_canvas.js";
import { AROUSAL, QUALITY, VALENCE } from "./recent.js";

const QUALITY_PX = 6;
const LONGEST_JOIN_S = 1.2;
const GOOD = 0.6;
const FAIR = 0.3;

export const qualityWord = (quality) => (quality >= GOOD ? "good" : quality >= FAIR ? "fair" : "poor");
const QUALITY_COLOUR = { good: "--cw-good", fair: "--cw-standard", poor: "--cw-poor" };

export function drawBand(canvas, rows, { end_s, shown_s }) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (width === 0) return;
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  const x = (t_s) => width * (1 - (end_s - t_s) / shown_s);
  hatch(context, width, height);
  drawGround(context, rows, x, height);
  drawMiddle(context, width, height - QUALITY_PX);
  drawLine(context, rows, x, height - QUALITY_PX, { column: AROUSAL, colour: "--cw-info", dash: [6, 3] });
  drawLine(context, rows, x, height - QUALITY_PX, { column: VALENCE, colour: "--cw-behaviour", dash: [] });
}

function drawGround(context, rows, x, height) {
  for (const row of rows) {
    const from = Math.floor(x(row[0]));
    const width = Math.max(1, Math.ceil(x(row[1])) - from);
    context.fillStyle = token("--cw-surface");
    context.fillRect(from, 0, width, height);
    context.fillStyle = token(QUALITY_COLOUR[qualityWord(row[QUALITY])]);
    context.fillRect(from, height - QUALITY_PX + 2, width, QUALITY_PX - 2);
  }
}

function drawMiddle(context, width, height) {
  context.strokeStyle = token("--cw-line-strong");
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, height / 2);
  context.lineTo(width, height / 2);
  context.stroke();
}

function drawLine(context, rows, x, height, { column, colour, dash }) {
  const y = (value) => (height - 4) * (0.5 - value / 2) + 2;
  context.strokeStyle = context.fillStyle = token(colour);
  context.lineWidth = 1.75;
  context.setLineDash(dash);
  context.beginPath();
  let last_s = -Infinity;
  for (const row of rows) {
    const middle_s = (row[0] + row[1]) / 2;
    const isJoined = row[0] - last_s <= LONGEST_JOIN_S;
    context[isJoined ? "lineTo" : "moveTo"](x(middle_s), y(row[column]));
    if (!isJoined) context.fillRect(x(middle_s) - 1.5, y(row[column]) - 1.5, 3, 3);
    last_s = row[1];
  }
  context.stroke();
  context.setLineDash([]);
}
