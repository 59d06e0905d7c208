// Cameras and microphones: which there are, which one was chosen before, and why none opens.

const REMEMBERED = "creditweb.live.devices";
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 } };
// A face is read five times a second; a step needs more pictures.
const RATE = { interview: { ideal: 15, max: 30 }, walk: { ideal: 25, max: 30 } };
// What browsers do for calls changes pitch and energy of a voice, which are what is measured.
const SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: { ideal: 2 } };
const PROBLEMS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

export const wanted = (kind) => ({ camera: kind !== "voice", microphone: kind !== "walk" });

export function remembered() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED)) ?? {};
  } catch {
    return {};
  }
}

export function remember(chosen) {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(chosen));
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}

// An unplugged device must not stand in the way of another one: a wish, not a demand.
const only = (device) => (device ? { deviceId: { ideal: device } } : {});

// Returns a MediaStream. Throws what getUserMedia throws; problemOf says what it means.
export function openDevices(kind, { camera, microphone }) {
  if (!navigator.mediaDevices?.getUserMedia) throw new TypeError("no media devices");
  const needs = wanted(kind);
  const facing = camera ? {} : { facingMode: { ideal: kind === "walk" ? "environment" : "user" } };
  return navigator.mediaDevices.getUserMedia({
    video: needs.camera && { ...PICTURE, frameRate: RATE[kind], ...facing, ...only(camera) },
    audio: needs.microphone && { ...SOUND, ...only(microphone) },
  });
}

// Labels are empty until a device was opened once.
export async function listDevices() {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind) => all.filter((device) => device.kind === kind && device.deviceId);
  return { camera: of("videoinput"), microphone: of("audioinput") };
}

export function chosenIn(stream) {
  const device = (track) => track?.getSettings().deviceId;
  return { camera: device(stream.getVideoTracks()[0]), microphone: device(stream.getAudioTracks()[0]) };
}

// A camera that looks at the person who watches the screen is shown as a mirror.
export function isMirrored(stream) {
  return stream.getVideoTracks()[0]?.getSettings().facingMode !== "environment";
}

// "insecure", "unsupported", "denied", "missing", "busy" or "other".
export function problemOf(error) {
  if (!isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia || typeof MediaRecorder === "undefined") return "unsupported";
  return PROBLEMS[error.name] ?? "other";
}

export function browserName(agent = navigator.userAgent) {
  if (/iPhone|iPad/.test(agent)) return "ios";
  if (agent.includes("Android")) return "android";
  if (agent.includes("Firefox/")) return "firefox";
  if (/Edg\/|Chrome\//.test(agent)) return "chrome";
  return agent.includes("Safari/") ? "safari" : "other";
}

// Calls back once when a permission that was denied is given in the settings of the browser.
export async function onGranted(callback) {
  for (const name of ["camera", "microphone"]) {
    try {
      const permission = await navigator.permissions.query({ name });
      permission.onchange = () => permission.state === "granted" && callback();
    } catch {
      // Not every browser tells; there "Try again" stays.
    }
  }
}
