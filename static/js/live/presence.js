// One tab of a browser records and sends an interview; another one waits or takes over.

const YIELD_MS = 4000;

// Event "asked": another tab wants to go on; end the take, then call release().
// Event "lost": another tab has gone on without waiting.
export class Presence extends EventTarget {
  #name;
  #channel;
  #release = null;

  constructor(live) {
    super();
    this.#name = `creditweb-live-${live}`;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = () => this.isHere && this.dispatchEvent(new Event("asked"));
  }

  get isHere() {
    return this.#release !== null;
  }

  // Returns whether this tab is now the one.
  claim() {
    return this.#request({ ifAvailable: true });
  }

  async takeOver() {
    this.#channel.postMessage("go on here");
    try {
      return await this.#request({ signal: AbortSignal.timeout(YIELD_MS) });
    } catch {
      // The other tab is frozen; what it kept is in the database that both share.
      return this.#request({ steal: true });
    }
  }

  release() {
    this.#release?.();
    this.#release = null;
  }

  // The lock is held for as long as the promise given to it is open.
  #request(options) {
    return new Promise((resolve, reject) => {
      const hold = (lock) => {
        resolve(lock !== null);
        return lock && new Promise((release) => (this.#release = release));
      };
      navigator.locks.request(this.#name, options, hold).catch((error) => {
        if (this.isHere) this.#lose();
        else reject(error);
      });
    });
  }

  #lose() {
    this.#release = null;
    this.dispatchEvent(new Event("lost"));
  }
}

// Names this tab to the server. A copy of a tab has the same session storage, but not the lock:
// it gets a name of its own.
export function clientName(isCopy = false) {
  const kept = sessionStorage.getItem("creditweb.live.client");
  if (kept && !isCopy) return kept;
  const name = crypto.randomUUID();
  sessionStorage.setItem("creditweb.live.client", name);
  return name;
}
