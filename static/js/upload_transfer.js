// One file on its way to the server by the tus protocol: pieces, resuming, and clear errors.

const RETRY_DELAYS_MS = [0, 1000, 3000, 5000, 10000, 20000];
const PASSING = new Set([423, 429, 500, 502, 503, 504]);

const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

// The server's own sentence where it gave one, else null.
function problemOf(error) {
  const response = error.originalResponse;
  if (!response) return null;
  try {
    const { code, message } = JSON.parse(response.getBody()).error;
    return { code, message };
  } catch {
    return { code: `http_${response.getStatus()}`, message: null };
  }
}

function mayRetry(error) {
  const response = error.originalResponse;
  return !response || response.getStatus() === 0 || PASSING.has(response.getStatus());
}

// Events: "confirmed" {sent, total}, "retrying", "resumed", "sent", "failed" {code, message}.
export class Transfer extends EventTarget {
  constructor(file, { endpoint, session, kind, chunkBytes }) {
    super();
    this.file = file;
    this.upload = new tus.Upload(file, {
      endpoint,
      chunkSize: chunkBytes,
      retryDelays: RETRY_DELAYS_MS,
      metadata: { session, kind, filename: file.name, filetype: file.type },
      headers: { "X-CSRFToken": token(), Accept: "application/json" },
      removeFingerprintOnSuccess: true,
      fingerprint: async () => ["creditweb", session, kind, file.name, file.size, file.lastModified].join(":"),
      onShouldRetry: (error) => {
        const isWorthIt = mayRetry(error);
        if (isWorthIt) this.#tell("retrying");
        return isWorthIt;
      },
      onChunkComplete: (_size, sent, total) => this.#tell("confirmed", { sent, total }),
      onSuccess: () => this.#tell("sent"),
      onError: (error) => this.#fail(error),
    });
  }

  async start() {
    const [previous] = await this.upload.findPreviousUploads();
    if (previous) {
      this.upload.resumeFromPreviousUpload(previous);
      this.#tell("resumed");
    }
    this.upload.start();
  }

  resume() {
    this.upload.start();
  }

  pause() {
    return this.upload.abort(false);
  }

  // Ends the upload on the server as well; what had arrived is deleted there.
  cancel() {
    return this.upload.abort(true);
  }

  #fail(error) {
    this.#tell("failed", problemOf(error) ?? { code: "connection_lost", message: null });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
