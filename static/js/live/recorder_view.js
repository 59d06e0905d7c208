// What the recorder shows. All texts stand in the template; here they are shown, hidden and filled.

// From here on the officer is told that the longest time will be reached.
const SOON_S = 60;

// 75.2 → "1:15", as the player writes it.
export function minutes(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export class View {
  #awaitsFocus = false;

  constructor(root) {
    this.root = root;
    this.state = root.dataset.state;
  }

  // Shows what stands for a state of the recorder, and hides the rest.
  become(state) {
    const hadFocus = this.#awaitsFocus || this.root.contains(document.activeElement);
    this.state = state;
    this.root.dataset.state = state;
    for (const part of this.root.querySelectorAll("[data-when]")) part.toggleAttribute("hidden", !part.dataset.when.split(" ").includes(state));
    this.#awaitsFocus = hadFocus && state === "opening";
    if (hadFocus) this.#passFocus();
  }

  // Whoever pressed a key on a button that is gone goes on at the next one.
  #passFocus() {
    const { activeElement, body } = document;
    if (activeElement !== body && activeElement.checkVisibility()) return;
    const buttons = [...this.root.querySelectorAll("button.btn-primary")];
    buttons.find((button) => button.checkVisibility())?.focus();
  }

  // Of the parts with data-GROUP those with one of the names are shown.
  choose(group, ...names) {
    for (const part of this.root.querySelectorAll(`[data-${group}]`)) part.hidden = !names.includes(part.dataset[group]);
  }

  fill(name, text) {
    for (const part of this.root.querySelectorAll(`[data-fill="${name}"]`)) if (part.textContent !== text) part.textContent = text;
  }

  clock(elapsed_s, longest_s) {
    this.fill("elapsed", minutes(elapsed_s));
    this.fill("longest", minutes(longest_s));
    const left_s = Math.max(0, longest_s - elapsed_s);
    this.fill("left", minutes(Math.ceil(left_s)));
    this.choose("limit", left_s <= SOON_S ? "soon" : null);
    for (const part of this.root.querySelectorAll("[data-needs-recorded]")) part.disabled = elapsed_s <= 0;
  }

  saved({ saved_s, unsent_s, trouble, isLasting }) {
    this.fill("saved", minutes(saved_s));
    this.fill("unsent", String(Math.ceil(unsent_s)));
    // Of what has just been said a second or two is always on its way.
    this.root.querySelector("[data-unsent]").hidden = trouble === null && unsent_s < 4;
    this.choose("note", trouble, isLasting ? null : "memory");
  }

  level({ share, level_db }) {
    const meter = this.root.querySelector("[data-level]");
    meter.setAttribute("aria-valuenow", String(Math.max(-60, Math.round(level_db))));
    meter.firstElementChild.style.transform = `scaleX(${share.toFixed(3)})`;
  }

  devices(found, chosen) {
    for (const select of this.root.querySelectorAll("[data-device]")) {
      const kind = select.dataset.device;
      const options = found[kind].map(({ deviceId, label }, place) => {
        const name = label || `${select.labels[0].textContent} ${place + 1}`;
        return new Option(name, deviceId, false, deviceId === chosen[kind]);
      });
      select.replaceChildren(...options);
    }
  }

  chosenDevices() {
    const selects = [...this.root.querySelectorAll("[data-device]")];
    return Object.fromEntries(selects.map((select) => [select.dataset.device, select.value]));
  }

  on(act, handle) {
    for (const button of this.root.querySelectorAll(`[data-act="${act}"]`)) button.addEventListener("click", handle);
  }

  // Other recordings of which something waits in this browser: a link to the first of them.
  elsewhere([other]) {
    const link = this.root.querySelector("[data-elsewhere] a");
    link.parentElement.parentElement.hidden = other === undefined;
    if (other) link.href = link.href.replace(this.root.closest("#live").dataset.capture, other);
  }

  // Resolves to whether the officer wants to discard what there is.
  confirmAgain() {
    const dialog = this.root.querySelector("#recorder-again");
    dialog.returnValue = "keep";
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "discard"), { once: true }));
  }
}
