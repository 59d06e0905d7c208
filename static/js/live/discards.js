// Recordings that an officer has thrown away and of which the server does not know yet: kept in the
// browser, so that a closed page does not keep a recording that somebody discarded. In a database of
// its own, since that of the pieces may be in use by a page of an earlier version.

import { done, opened } from "./database.js";

const DATABASE = "creditweb-discards";
const STORE = "discards";
// The server closes a recording of itself by then.
const KEPT_MS = 48 * 3600 * 1000;

const openDatabase = () =>
  opened(DATABASE, (made) => made.createObjectStore(STORE, { keyPath: "live" }));

async function store(mode) {
  const database = await openDatabase();
  const transaction = database.transaction(STORE, mode, { durability: "strict" });
  transaction.addEventListener("complete", () => database.close());
  return transaction.objectStore(STORE);
}

// ``lastTake`` is the newest take that was thrown away: what was begun after it was not.
export async function keepDiscard({ live, officer, lastTake }) {
  await done((await store("readwrite")).put({ live, officer, lastTake, kept_at: Date.now() }));
}

export async function forgetDiscard(live) {
  await done((await store("readwrite")).delete(live)).catch(() => {});
}

// Those of an officer, in whose name alone they are carried out.
export async function discardsOf(officer) {
  const kept = await done((await store("readonly")).getAll()).catch(() => []);
  const old = kept.filter(({ kept_at }) => kept_at < Date.now() - KEPT_MS);
  for (const { live } of old) await forgetDiscard(live);
  return kept.filter((each) => each.officer === officer && !old.includes(each));
}
