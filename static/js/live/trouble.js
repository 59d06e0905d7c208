// Why no recording can begin, what helps, and trying again.

import { browserName, onGranted } from "./devices.js";

export class Trouble {
  #view;
  #retry = () => {};

  constructor(view) {
    this.#view = view;
    view.on("retry", () => this.#retry());
  }

  // A device does not open: "denied", "missing", "busy", "insecure", "unsupported" or "other".
  device(name, error, retry) {
    this.#view.choose("browser", browserName());
    this.#view.fill("problem", error ? `(${error.name})` : "");
    this.#show(name, retry);
    if (name === "denied") onGranted(() => this.#view.state === "trouble" && retry());
  }

  // The server does not let it begin.
  server(problem, retry) {
    this.#view.fill("refusal", problem.sentence);
    this.#show(problem.kind === "passing" ? "connection" : "refused", retry);
  }

  #show(name, retry) {
    this.#retry = retry;
    this.#view.choose("trouble", name);
    this.#view.become("trouble");
  }
}
