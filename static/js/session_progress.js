// Keeps the list of recordings true. The server tells that something moved; what is shown always
// comes from the database. Where the stream fails, the page asks every three seconds. While no work
// is open there is no stream; the page looks now and then whether somebody else has begun some.

const POLL_MS = 3000;
const LOOK_MS = 5000;
const SHORTEST_PAUSE_MS = 700;

const list = () => document.getElementById("recordings");
const status = document.getElementById("stage-status");

let source = null;
let polling = null;
let looking = null;
let asked_ms = 0;
let waiting = null;
let before = null;

function refresh() {
  if (waiting !== null) return;
  const wait_ms = Math.max(0, asked_ms + SHORTEST_PAUSE_MS - performance.now());
  waiting = setTimeout(() => {
    waiting = null;
    asked_ms = performance.now();
    htmx.trigger(list(), "progressed");
  }, wait_ms);
}

function poll(isWanted) {
  if (isWanted === (polling !== null)) return;
  if (isWanted) polling = setInterval(refresh, POLL_MS);
  else {
    clearInterval(polling);
    polling = null;
  }
}

function listen() {
  if (source !== null || document.hidden) return;
  clearTimeout(looking);
  if (list().dataset.open !== "yes") {
    looking = setTimeout(look, LOOK_MS);
    return;
  }
  source = new EventSource(list().dataset.events);
  source.onopen = () => poll(false);
  source.addEventListener("progress", refresh);
  source.addEventListener("ended", () => {
    close();
    refresh();
  });
  source.onerror = () => {
    poll(true);
    if (source.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(listen, POLL_MS);
    }
  };
}

function look() {
  refresh();
  listen();
}

function close() {
  source?.close();
  source = null;
  poll(false);
}

function rest() {
  close();
  clearTimeout(looking);
}

function snapshot() {
  const stages = [...list().querySelectorAll("[data-stage]")].map((row) => [
    `${row.closest("[data-recording]").dataset.recording} ${row.dataset.stage}`,
    row.dataset.stageState,
    row.dataset.announce,
  ]);
  const { open, observed, playable, revision } = list().dataset;
  return { stages: new Map(stages.map(([key, state]) => [key, state])), words: new Map(stages.map(([key, , words]) => [key, words])), open, observed, playable, revision };
}

// Only changes of a step are spoken, not each percent.
function announce(now) {
  const changed = [...now.stages].filter(([key, state]) => before.stages.get(key) !== state && state !== "waiting");
  if (changed.length > 0) status.textContent = changed.map(([key]) => now.words.get(key)).join(". ");
  return changed.length > 0;
}

function tell() {
  const now = snapshot();
  const isChanged = announce(now);
  const send = (name) => document.body.dispatchEvent(new CustomEvent(name, { detail: { isOpen: now.open === "yes" } }));
  if (now.playable !== before.playable || (before.open === "yes" && now.open !== "yes")) send("workspace-changed");
  else if (now.observed !== before.observed) send("observed");
  if (now.revision !== before.revision || (isChanged && now.open !== "yes")) send("score-changed");
  before = now;
  listen();
}

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.elt?.id === "recordings" || event.target.id === "recordings") tell();
});
document.body.addEventListener("uploaded", refresh);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) rest();
  else {
    refresh();
    listen();
  }
});
addEventListener("pagehide", rest);

if (list()) {
  before = snapshot();
  listen();
}
