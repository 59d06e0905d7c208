// Pieces of recordings that have ended while no recorder was open: withdrawn, discarded, closed
// elsewhere. Nobody takes them any more, so they do not wait for the next recorder to forget them.

import { Outbox } from "./outbox.js";

// Only a clear answer counts: to another officer, or without a connection, a recording that goes on
// looks as if it were not there.
async function hasEnded(live) {
  const response = await fetch(`/api/v1/live/${live}/`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!response?.ok || response.redirected) return false;
  return (await response.json()).state !== "open";
}

const all = new Outbox({ live: "", officer: "" });
await all.open();
for (const live of await all.captures()) {
  if (await hasEnded(live).catch(() => false)) await all.forget(live);
}
