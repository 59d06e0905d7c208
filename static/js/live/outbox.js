// What was recorded and is not yet confirmed: in the browser's database, so that a reload, a crash
// or a closed lid loses nothing. Where that takes no more, the rest waits in memory.

import { done, opened } from "./database.js";

const DATABASE = "creditweb-live";
const STORE = "chunks";
// The server closes a capture to which nobody came back; what is older can go nowhere any more.
const KEPT_MS = 24 * 3600 * 1000;

const openDatabase = () =>
  opened(DATABASE, (made) => {
    const store = made.createObjectStore(STORE, { keyPath: ["live", "officer", "take", "sequence"] });
    store.createIndex("kept_at", "kept_at");
  });

// The chunks of one capture by one officer, in order of take and sequence. Event "full": the
// database took no more; what follows is only in memory.
export class Outbox extends EventTarget {
  #database = null;
  #entries = [];
  #memory = new Map();

  constructor({ live, officer }) {
    super();
    Object.assign(this, { live, officer });
  }

  async open() {
    try {
      this.#database = await openDatabase();
      await this.#forgetOld();
      await this.#readBack();
    } catch {
      this.#database = null;
    }
  }

  get isLasting() {
    return this.#database !== null && this.#memory.size === 0;
  }

  get size() {
    return this.#entries.length;
  }

  // {take, sequence, t_end_ms, digest} of each chunk that waits, in order.
  get entries() {
    return this.#entries;
  }

  #store(mode) {
    // A second of speech survives a power cut, too.
    return this.#database.transaction(STORE, mode, { durability: "strict" }).objectStore(STORE);
  }

  #key({ take, sequence }) {
    return [this.live, this.officer, take, sequence];
  }

  async #readBack() {
    const mine = IDBKeyRange.bound([this.live, this.officer], [this.live, this.officer, []]);
    const kept = await done(this.#store("readonly").getAll(mine));
    this.#entries = kept.map(({ take, sequence, t_end_ms, digest }) => ({ take, sequence, t_end_ms, digest }));
  }

  async #forgetOld() {
    const store = this.#store("readwrite");
    const old = IDBKeyRange.upperBound(Date.now() - KEPT_MS);
    for (const key of await done(store.index("kept_at").getAllKeys(old))) store.delete(key);
  }

  // Resolves once the chunk is kept, in the database or else in memory. Only then is it sent.
  async add({ take, sequence, t_end_ms, digest, bytes }) {
    const entry = { take, sequence, t_end_ms, digest };
    const row = { ...entry, live: this.live, officer: this.officer, kept_at: Date.now(), bytes };
    try {
      await done(this.#store("readwrite").put(row));
    } catch {
      this.#memory.set(String(this.#key(entry)), bytes);
      this.dispatchEvent(new Event("full"));
    }
    this.#entries.push(entry);
  }

  // undefined where the browser itself has lost it.
  async bytesOf(entry) {
    const bytes = this.#memory.get(String(this.#key(entry)));
    if (bytes) return bytes;
    const row = await done(this.#store("readonly").get(this.#key(entry))).catch(() => undefined);
    return row?.bytes;
  }

  async remove(entry) {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.#memory.delete(String(this.#key(entry)));
    if (this.#database) await done(this.#store("readwrite").delete(this.#key(entry))).catch(() => {});
  }

  // Forgets the capture, whoever recorded: it is over, or consent was withdrawn.
  async wipe() {
    this.#entries = [];
    this.#memory.clear();
    await this.forget(this.live);
  }

  // Forgets what waits of a capture, this one or another.
  async forget(live) {
    if (this.#database) await done(this.#store("readwrite").delete(IDBKeyRange.bound([live], [live, []])));
  }

  // Ids of all captures of which something waits in this browser, whoever recorded it.
  async captures() {
    if (!this.#database) return [];
    const keys = await done(this.#store("readonly").getAllKeys());
    return [...new Set(keys.map(([live]) => live))];
  }

  // Ids of other captures of this officer of which something waits in this browser.
  async elsewhere() {
    if (!this.#database) return [];
    const all = await done(this.#store("readonly").getAllKeys());
    const others = all.filter(([live, officer]) => live !== this.live && officer === this.officer);
    return [...new Set(others.map(([live]) => live))];
  }
}
