// On every page: discards recordings whose officer did so while the server could not be reached.

import { Api } from "./api.js";
import { discardsOf, forgetDiscard } from "./discards.js";
import { untilAnswered } from "./patience.js";
import { tokenOf } from "./standing.js";

// A sign-in that has ended, and a recording that cannot be found, leave it to a later page.
const isForLater = ({ kind, status }) => kind === "signed_out" || status === 404;

async function carryOut({ live, lastTake }) {
  const api = new Api({ base: `/api/v1/live/${live}/`, opening: "", token: tokenOf(document) });
  try {
    await untilAnswered(() => api.discard(lastTake));
  } catch (problem) {
    if (isForLater(problem)) return;
  }
  await forgetDiscard(live);
}

const { officer } = document.body.dataset;
// The recorder of this page does it itself, and starts over.
const here = document.getElementById("live")?.dataset.capture;
const waiting = officer ? await discardsOf(officer).catch(() => []) : [];
for (const each of waiting) if (each.live !== here) carryOut(each);
