// Marks on their way to the server: kept in the browser's database until they are confirmed, sent in
// their order, and sent again when the network is back. Without a database they wait in memory.

const NAME = "creditweb-marks";
const STORE = "marks";
const WAITS_MS = [500, 1000, 2000, 5000, 10_000];
// What no repetition heals: the mark is given up.
const FINAL = [400, 404, 409, 410, 422];

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class MarkStore {
  #database;
  #memory = new Map();

  constructor() {
    this.#database = this.#open().catch(() => null);
  }

  #open() {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    return asked(request);
  }

  async put(mark) {
    this.#memory.set(mark.id, mark);
    const database = await this.#database;
    if (database) await asked(database.transaction(STORE, "readwrite").objectStore(STORE).put(mark)).catch(() => {});
  }

  async remove(id) {
    this.#memory.delete(id);
    const database = await this.#database;
    if (database) await asked(database.transaction(STORE, "readwrite").objectStore(STORE).delete(id)).catch(() => {});
  }

  // Marks of this officer, those of earlier pages too, in the order in which they were made.
  async all(officer) {
    const database = await this.#database;
    const kept = database ? await asked(database.transaction(STORE).objectStore(STORE).getAll()).catch(() => []) : [];
    const marks = new Map([...kept.map((mark) => [mark.id, mark]), ...this.#memory]);
    return [...marks.values()].filter((mark) => mark.officer === officer).sort((one, other) => one.made_ms - other.made_ms);
  }
}

// Emits "changed" with the number of marks that wait, and "refused" for one that was given up.
export class MarkQueue extends EventTarget {
  waiting = 0;
  #store;
  #officer;
  #token;
  #failures = 0;
  #running = null;
  #timer = null;

  constructor({ officer, token, store = new MarkStore() }) {
    super();
    this.#officer = officer;
    this.#token = token;
    this.#store = store;
    addEventListener("online", () => this.flush());
  }

  waitingMarks() {
    return this.#store.all(this.#officer);
  }

  async add(url, mark) {
    this.#tell(this.waiting + 1);
    await this.#store.put({ ...mark, url, officer: this.#officer, made_ms: Date.now() + performance.now() / 1e6 });
    return this.flush();
  }

  // Resolves once everything is sent, or cannot be sent now.
  flush() {
    clearTimeout(this.#timer);
    this.#running ??= this.#sendAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #sendAll() {
    for (;;) {
      const marks = await this.#store.all(this.#officer);
      if (marks.length === 0) this.#failures = 0;
      this.#tell(marks.length);
      if (marks.length === 0) return;
      if (!(await this.#send(marks[0]))) {
        this.#later();
        return;
      }
      this.#failures = 0;
      await this.#store.remove(marks[0].id);
    }
  }

  // Returns whether the mark is done with.
  async #send({ url, id, question, take, t_ms, kind }) {
    let answer;
    try {
      answer = await fetch(url, {
        method: "POST", keepalive: true, redirect: "manual",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.#token() },
        body: JSON.stringify({ id, question, take, t_ms, kind }),
      });
    } catch {
      return false;
    }
    if (answer.ok) return true;
    const code = answer.status === 403 ? await this.#codeOf(answer) : "";
    if (!FINAL.includes(answer.status) && code !== "consent_missing") return false;
    this.dispatchEvent(new CustomEvent("refused", { detail: { status: answer.status } }));
    return true;
  }

  async #codeOf(answer) {
    return (await answer.json().catch(() => ({}))).error?.code ?? "";
  }

  get isStuck() {
    return this.#failures > 0;
  }

  #later() {
    const wait_ms = WAITS_MS[Math.min(this.#failures, WAITS_MS.length - 1)];
    this.#failures += 1;
    this.#tell(this.waiting);
    this.#timer = setTimeout(() => this.flush(), wait_ms);
  }

  #tell(waiting) {
    this.waiting = waiting;
    this.dispatchEvent(new CustomEvent("changed", { detail: waiting }));
  }
}
