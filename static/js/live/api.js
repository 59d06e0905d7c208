// The endpoints of a capture, and what their refusals mean for what the browser keeps.

const PATIENCE_MS = 20_000;
const PASSING = new Set([408, 423, 425, 429, 460]);
const OVER = new Set(["session_erased", "application_closed", "capture_ended"]);

// ``kind`` says what is to be done: "passing" (try again), "withdrawn" (stop and forget),
// "signed_out" (keep, and ask to sign in), "over" (the capture takes nothing more), "conflict"
// (look at ``code``), "refused" (this content is not taken).
export class Problem extends Error {
  constructor(status, { code = "", message = "", fields = {} } = {}, retryAfter_s = null) {
    super(message || code || `HTTP ${status}`);
    Object.assign(this, { status, code, fields, retryAfter_s, sentence: message, kind: kindOf(status, code) });
  }
}

export function kindOf(status, code) {
  if (status === 0 || status >= 500 || PASSING.has(status)) return "passing";
  if (code === "consent_missing") return "withdrawn";
  if (status === 401 || status === 403) return "signed_out";
  if (status === 404 || status === 410 || OVER.has(code)) return "over";
  return status === 409 ? "conflict" : "refused";
}

async function problemOf(response) {
  const retryAfter_s = Number(response.headers.get("Retry-After")) || null;
  const told = await response.json().catch(() => ({}));
  return new Problem(response.status, told.error, retryAfter_s);
}

export class Api {
  // ``base`` is the capture's address, ``opening`` that of all captures.
  constructor({ base, opening, token }) {
    Object.assign(this, { base, opening, token });
  }

  async #ask(method, url, { body, headers = {} } = {}) {
    let response;
    try {
      response = await fetch(url, {
        method,
        body,
        headers: { Accept: "application/json", "X-CSRFToken": this.token, ...headers },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch {
      throw new Problem(0, { code: "no_connection" });
    }
    // A page in the way (a proxy, the sign-in form) is not the answer that was asked for.
    if (response.redirected) throw new Problem(403, { code: "redirected" });
    if (!response.ok) throw await problemOf(response);
    return response.status === 204 ? null : response.json();
  }

  #post(url, content = {}) {
    return this.#ask("POST", url, { body: JSON.stringify(content), headers: { "Content-Type": "application/json" } });
  }

  state() {
    return this.#ask("GET", this.base);
  }

  // Returns the number of the new take. Throws a conflict "recorded_elsewhere".
  async beginTake({ media_type, client, take_over }) {
    return (await this.#post(`${this.base}takes/`, { media_type, client, take_over })).number;
  }

  putChunk({ take, sequence, t_end_ms, digest, bytes }) {
    return this.#ask("PUT", `${this.base}takes/${take}/chunks/${sequence}/?t_end_ms=${t_end_ms}`, {
      body: bytes,
      headers: { "Content-Type": "application/octet-stream", "Upload-Checksum": `sha256 ${digest}` },
    });
  }

  endTake(take) {
    return this.#post(`${this.base}takes/${take}/end/`);
  }

  close() {
    return this.#post(`${this.base}close/`);
  }

  // Throws a conflict "went_on" where a take was begun after ``lastTake``.
  discard(lastTake) {
    return this.#post(`${this.base}discard/`, { last_take: lastTake });
  }

  open(content) {
    return this.#post(this.opening, content);
  }
}
