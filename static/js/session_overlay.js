// What is drawn over the video: the face that was followed, the body points, and the blur.

import { rowAt } from "./session_series.js";
import { token } from "./charts.js";

const BOX_AGE_S = 0.5;
const POSE_AGE_S = 0.25;
const SEEN = 0.3;
// Pairs of body points: head, then shoulder, elbow, wrist, hip, knee, ankle, toe, each left and right.
const LIMBS = [[1, 2], [1, 3], [3, 5], [2, 4], [4, 6], [1, 7], [2, 8], [7, 8], [7, 9], [9, 11], [11, 13], [8, 10], [10, 12], [12, 14]];
const BLUR_GRID = 10;

export class Overlay {
  constructor(video, canvas, { boxes, pose }) {
    this.video = video;
    this.canvas = canvas;
    this.boxes = boxes;
    this.pose = pose;
    this.shown = new Set();
    this.mosaic = document.createElement("canvas");
    new ResizeObserver(() => this.draw(video.currentTime)).observe(video);
  }

  toggle(layer, isShown) {
    if (isShown) this.shown.add(layer);
    else this.shown.delete(layer);
    this.draw(this.video.currentTime);
  }

  draw(t_s) {
    const { clientWidth: width, clientHeight: height } = this.video;
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    if (this.shown.size === 0 || !this.video.videoWidth) return;
    const context = this.canvas.getContext("2d");
    context.scale(scale, scale);
    const picture = this.#picture(width, height);
    const boxes = this.#boxesAt(t_s);
    if (this.shown.has("blur")) for (const box of boxes) this.#blur(context, picture, box);
    if (this.shown.has("box")) for (const box of boxes) this.#outline(context, picture, box);
    if (this.shown.has("pose")) this.#skeleton(context, picture, rowAt(this.pose, t_s, POSE_AGE_S));
  }

  // The picture within the element: it keeps its proportions and leaves bars at the sides.
  #picture(width, height) {
    const scale = Math.min(width / this.video.videoWidth, height / this.video.videoHeight);
    const [w, h] = [this.video.videoWidth * scale, this.video.videoHeight * scale];
    return { x: (width - w) / 2, y: (height - h) / 2, w, h };
  }

  // Rows are (t_s, x, y, width, height, …) in shares of the picture.
  #boxesAt(t_s) {
    const row = rowAt(this.boxes, t_s, BOX_AGE_S);
    return row === null ? [] : [{ x: row[1], y: row[2], w: row[3], h: row[4] }];
  }

  #outline(context, picture, box) {
    context.lineWidth = 2;
    context.strokeStyle = token("--cw-rail-accent");
    context.beginPath();
    context.roundRect(picture.x + box.x * picture.w, picture.y + box.y * picture.h, box.w * picture.w, box.h * picture.h, 6);
    context.stroke();
  }

  // Draws the face small and then large again; wider than the box, since hair and chin tell as well.
  #blur(context, picture, box) {
    const [x, y] = [Math.max(0, box.x - box.w * 0.2), Math.max(0, box.y - box.h * 0.3)];
    const [w, h] = [Math.min(1 - x, box.w * 1.4), Math.min(1 - y, box.h * 1.5)];
    const { videoWidth, videoHeight } = this.video;
    this.mosaic.width = this.mosaic.height = BLUR_GRID;
    this.mosaic.getContext("2d").drawImage(this.video, x * videoWidth, y * videoHeight, w * videoWidth, h * videoHeight, 0, 0, BLUR_GRID, BLUR_GRID);
    context.imageSmoothingEnabled = true;
    context.drawImage(this.mosaic, picture.x + x * picture.w, picture.y + y * picture.h, w * picture.w, h * picture.h);
  }

  // A row holds t_s and then x, y, visibility of each point.
  #skeleton(context, picture, row) {
    if (row === null) return;
    const points = [];
    for (let n = 1; n + 2 < row.length + 1; n += 3) points.push({ x: row[n], y: row[n + 1], seen: row[n + 2] });
    const at = (point) => [picture.x + point.x * picture.w, picture.y + point.y * picture.h];
    context.lineWidth = 3;
    context.lineCap = "round";
    context.strokeStyle = token("--cw-rail-accent");
    for (const [a, b] of LIMBS) {
      if (!(points[a]?.seen >= SEEN && points[b]?.seen >= SEEN)) continue;
      context.beginPath();
      context.moveTo(...at(points[a]));
      context.lineTo(...at(points[b]));
      context.stroke();
    }
    context.fillStyle = token("--cw-rail-strong");
    for (const point of points) {
      if (!(point.seen >= SEEN)) continue;
      context.beginPath();
      context.arc(...at(point), 3, 0, Math.PI * 2);
      context.fill();
    }
  }
}
