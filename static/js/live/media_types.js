// What the recorder asks for, in the order that was measured: how soon and how evenly the pieces come,
// and how many frames are lost while the computer is busy. Matroska gives every second out at once;
// MP4 holds one back; VP8, the default of Chromium, loses nearly all frames under load; AV1 most.

const VIDEO_AND_SOUND = [
  "video/x-matroska;codecs=avc1,opus",
  "video/mp4;codecs=avc1.42E01E,opus",
  "video/mp4;codecs=avc1.42E01E,mp4a.40.2",
  "video/mp4",
  "video/webm;codecs=vp9,opus",
  "video/webm;codecs=vp8,opus",
];
const VIDEO = [
  "video/x-matroska;codecs=avc1",
  "video/mp4;codecs=avc1.42E01E",
  "video/mp4",
  "video/webm;codecs=vp9",
  "video/webm;codecs=vp8",
];
const SOUND = ["audio/webm;codecs=opus", "audio/mp4;codecs=opus", "audio/mp4"];
const TYPES = { interview: VIDEO_AND_SOUND, walk: VIDEO, voice: SOUND };

// The first type of the list that this browser records; undefined where it records none.
export function preferredType(kind, isSupported = (type) => MediaRecorder.isTypeSupported(type)) {
  return TYPES[kind].find(isSupported);
}
