// Asking again and again what the server could not answer now.

import { waitAfter } from "./sender.js";

// Resolves after a while, at once where the connection comes back.
function pause(wait_ms) {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, wait_ms);
    addEventListener("online", go);
  });
}

// Asks until the server answers, as long as the problem is one of those that are waited for; each is
// told to ``report``. Throws any other Problem.
export async function untilAnswered(call, { waitsFor = ["passing"], report = () => {} } = {}) {
  for (let failures = 1; ; failures += 1) {
    try {
      return await call();
    } catch (problem) {
      if (!waitsFor.includes(problem.kind)) throw problem;
      report(problem);
      await pause(waitAfter(failures, problem.retryAfter_s));
    }
  }
}
