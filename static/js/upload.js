// The upload panel: choosing and dropping files, and one row for each file on its way.

import { Transfer } from "./upload_transfer.js";

const AT_ONCE = 2;
const SPEED_MEMORY = 0.7;
const SENT_SHOWN_MS = 6000;

const panel = document.getElementById("upload");
const texts = panel && JSON.parse(document.getElementById("upload-words").textContent);
const rows = [];

function megabytes(bytes) {
  if (bytes < 1024 ** 2) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / 1024 ** 2).toFixed(bytes < 100 * 1024 ** 2 ? 1 : 0)} MB`;
}

function timeLeft(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

class Row {
  state = "waiting";
  #speed = 0;
  #measured = null;

  constructor(file, kind) {
    this.file = file;
    this.kind = kind;
    this.element = document.getElementById("transfer-row").content.firstElementChild.cloneNode(true);
    this.#part("name").textContent = file.name;
    this.#part("kind").textContent = kind.dataset.label;
    this.element.addEventListener("click", (event) => this.#act(event.target.closest("button")?.dataset.act));
    panel.querySelector("[data-transfers]").append(this.element);
    this.#become("waiting", megabytes(file.size));
    const problem = file.size === 0 ? texts.empty : file.size > Number(panel.dataset.maxBytes) ? texts.tooLarge : null;
    if (problem) this.#become("failed", problem);
  }

  #part(name) {
    return this.element.querySelector(`[data-${name}]`);
  }

  send() {
    this.#become("sending", megabytes(this.file.size));
    if (!this.transfer) this.#prepare();
    this.#measured = null;
    this.transfer.start();
  }

  #prepare() {
    const { endpoint, session, chunkBytes } = panel.dataset;
    this.transfer = new Transfer(this.file, { endpoint, session, kind: this.kind.value, chunkBytes: Number(chunkBytes) });
    this.transfer.addEventListener("confirmed", ({ detail }) => this.#confirm(detail));
    this.transfer.addEventListener("retrying", () => this.#say(texts.reconnecting));
    this.transfer.addEventListener("resumed", () => this.#say(texts.resumed));
    this.transfer.addEventListener("sent", () => this.#finish());
    this.transfer.addEventListener("failed", ({ detail }) => this.#fail(detail));
  }

  // Progress counts what the server has confirmed, never what the browser has merely handed over.
  #confirm({ sent, total }) {
    const now_ms = performance.now();
    if (this.#measured) {
      const speed = ((sent - this.#measured.sent) / (now_ms - this.#measured.at_ms)) * 1000;
      this.#speed = this.#speed ? SPEED_MEMORY * this.#speed + (1 - SPEED_MEMORY) * speed : speed;
    }
    this.#measured = { sent, at_ms: now_ms };
    this.element.querySelector("progress").value = sent / total;
    const pace = this.#speed > 0 ? ` · ${megabytes(this.#speed)}/s · ${timeLeft((total - sent) / this.#speed)} ${texts.left}` : "";
    this.#say(`${megabytes(sent)} ${texts.of} ${megabytes(total)}${pace}`);
  }

  #finish() {
    this.element.querySelector("progress").value = 1;
    this.#become("sent", megabytes(this.file.size));
    document.body.dispatchEvent(new CustomEvent("uploaded"));
    // From here on the list of recordings tells what becomes of the file.
    setTimeout(() => this.#remove(), SENT_SHOWN_MS);
    startNext();
  }

  #fail({ code, message }) {
    // A file that the server refused starts anew; a lost connection goes on where it stopped.
    if (message !== null) this.transfer = null;
    this.#become("failed", `${message ?? texts.lost} (${code})`);
    startNext();
  }

  #act(name) {
    const acts = {
      pause: () => this.transfer?.pause().then(() => this.#become("paused")),
      resume: () => this.send(),
      retry: () => this.send(),
      cancel: () => this.#cancel(),
      dismiss: () => this.#leave(),
    };
    acts[name]?.();
  }

  #cancel() {
    const ended = this.transfer ? this.transfer.cancel() : Promise.resolve();
    ended.catch(() => {}).finally(() => this.#leave());
  }

  #leave() {
    this.#remove();
    document.getElementById("files").focus();
  }

  #remove() {
    if (rows.includes(this)) rows.splice(rows.indexOf(this), 1);
    this.element.remove();
    startNext();
  }

  #say(text) {
    this.#part("text").textContent = text;
  }

  #become(state, text) {
    this.state = state;
    this.element.classList.toggle("transfer-failed", state === "failed");
    this.#part("state").textContent = texts[state];
    if (text !== undefined) this.#say(text);
    const shown = { waiting: ["cancel"], sending: ["pause", "cancel"], paused: ["resume", "cancel"], failed: ["retry", "dismiss"], sent: ["dismiss"] }[state];
    for (const button of this.element.querySelectorAll("[data-act]")) button.hidden = !shown.includes(button.dataset.act);
    if (state !== "waiting") panel.querySelector("[data-upload-status]").textContent = `${this.file.name}: ${texts[state]}. ${state === "failed" ? text : ""}`;
  }
}

function startNext() {
  const busy = rows.filter((row) => row.state === "sending").length;
  for (const row of rows.filter((row) => row.state === "waiting").slice(0, Math.max(0, AT_ONCE - busy))) row.send();
}

function add(files) {
  const kind = panel.querySelector("input[name=kind]:checked");
  for (const file of files) rows.push(new Row(file, kind));
  startNext();
}

function watch(input, zone) {
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = "";
  });
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.toggle("is-over", !input.matches(":disabled"));
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!input.matches(":disabled")) add([...event.dataTransfer.files]);
  });
}

if (panel) {
  watch(document.getElementById("files"), panel.querySelector("[data-dropzone]"));
  addEventListener("beforeunload", (event) => {
    if (rows.some((row) => row.state === "sending")) event.preventDefault();
  });
}
