// Hints on light and frame, from a picture of a few thousand points. They advise; they stop nothing.

const WIDTH = 64;
const HEIGHT = 48;
const DARK = 0.2;
const BRIGHT = 0.85;
const FLAT = 0.06;
const BACKLIT = 0.28;
const SHAKING = 0.09;
const SMALL_FACE = 0.2;
const OFF_CENTRE = 0.2;

export class Framing {
  #context = new OffscreenCanvas(WIDTH, HEIGHT).getContext("2d", { willReadFrequently: true });
  #before = null;
  #detector = "FaceDetector" in window ? new FaceDetector({ fastMode: true, maxDetectedFaces: 4 }) : null;

  // Returns the names of the hints for what a video element shows; an empty list where all is well.
  async look(video, kind) {
    this.#context.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const light = lightOf(this.#context.getImageData(0, 0, WIDTH, HEIGHT).data);
    const measure = { ...lightMeasures(light), motion: this.#before ? motionOf(light, this.#before) : 0 };
    this.#before = light;
    return [...lightHints(measure), ...(kind === "interview" ? faceHints(await this.#faces(video), video) : [])];
  }

  // null where the browser finds no faces itself; the server does, once the recording runs.
  async #faces(video) {
    if (!this.#detector) return null;
    try {
      return (await this.#detector.detect(video)).map((each) => each.boundingBox);
    } catch {
      this.#detector = null;
      return null;
    }
  }
}

// RGBA → luma 0 … 1 of each point (ITU-R BT.601).
export function lightOf(data) {
  const light = new Float32Array(data.length / 4);
  for (let i = 0; i < light.length; i += 1) {
    light[i] = (0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]) / 255;
  }
  return light;
}

const mean = (values) => values.reduce((sum, each) => sum + each, 0) / Math.max(1, values.length);

// The middle half of the picture is where the person is; the rest is the room.
export function lightMeasures(light) {
  const isMiddle = (i) => Math.abs((i % WIDTH) - WIDTH / 2) < WIDTH / 4 && Math.abs(Math.floor(i / WIDTH) - HEIGHT / 2) < HEIGHT / 3;
  const brightness = mean(light);
  const middle = mean(light.filter((_, i) => isMiddle(i)));
  const around = mean(light.filter((_, i) => !isMiddle(i)));
  const contrast = Math.sqrt(mean(light.map((each) => (each - brightness) ** 2)));
  return { brightness, middle, around, contrast };
}

export function motionOf(light, before) {
  return mean(light.map((each, i) => Math.abs(each - before[i])));
}

export function lightHints({ brightness, middle, around, contrast, motion }) {
  const hints = [];
  if (brightness < DARK) hints.push("too_dark");
  else if (brightness > BRIGHT) hints.push("too_bright");
  else if (around - middle > BACKLIT) hints.push("backlit");
  else if (contrast < FLAT) hints.push("flat");
  if (motion > SHAKING) hints.push("shaking");
  return hints;
}

export function faceHints(boxes, { videoWidth, videoHeight }) {
  if (boxes === null) return [];
  if (boxes.length === 0) return ["no_face"];
  const largest = boxes.reduce((one, other) => (other.height > one.height ? other : one));
  const hints = boxes.length > 1 ? ["several_faces"] : [];
  if (largest.height / videoHeight < SMALL_FACE) hints.push("small_face");
  if (Math.abs((largest.x + largest.width / 2) / videoWidth - 0.5) > OFF_CENTRE) hints.push("off_centre");
  return hints;
}
