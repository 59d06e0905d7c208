// The high-risk rules as they fire, each with what was seen. Returns what is new, to be spoken.

export class AlertsView {
  #shown = new Map();

  constructor(box, template) {
    this.list = box.querySelector('[data-strip="alert-list"]');
    this.quiet = box.querySelector('[data-strip="quiet"]');
    this.template = template;
  }

  show(alerts) {
    const fresh = alerts.filter(({ rule, modality }) => !this.#shown.has(`${rule} ${modality}`));
    const now = alerts.map((alert) => `${alert.id} ${alert.seen}`).join("\n");
    if (this.list.dataset.now === now) return [];
    this.list.dataset.now = now;
    this.list.replaceChildren(...alerts.map((alert) => this.#row(alert)));
    this.quiet.hidden = alerts.length > 0;
    this.#shown = new Map(alerts.map((alert) => [`${alert.rule} ${alert.modality}`, alert]));
    return fresh;
  }

  #row(alert) {
    const row = this.template.content.cloneNode(true);
    const part = (name) => row.querySelector(`[data-alert="${name}"]`);
    part("text").textContent = alert.text;
    part("seen").textContent = alert.seen;
    part("so-far").hidden = !alert.so_far;
    part("link").hidden = alert.url === "";
    if (alert.url !== "") part("link").href = alert.url;
    return row;
  }
}
