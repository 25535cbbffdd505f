// One file on its way to the server, in pieces (tus): it outlives a broken line and a server
// that starts anew, and says honestly where it stands.

const PIECE = 4 * 1024 * 1024;
const RETRIES = [0, 1000, 2000, 4000, 8000, 15000, 30000];
const LOOK_AGAIN = 1000;

/** Of the server's answer, what it says to people; "" where it says nothing. */
function words(body) {
  try {
    return JSON.parse(body).error?.message || "";
  } catch {
    return "";
  }
}

/** Ask the server how an upload stands. */
export async function standing(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

/** Wait until the server has checked an upload; resolves with it as DONE or REFUSED. */
export async function checked(url) {
  for (;;) {
    try {
      const found = await standing(url);
      if (!found || found.state === "done" || found.state === "refused") return found;
    } catch {
      // The line will come back; the server checks meanwhile.
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
  }
}

/** Today's way of telling the same file chosen again: what the browser says of it. */
export function same(file, upload) {
  return (
    file.name.normalize("NFC") === upload.name &&
    file.size === upload.size &&
    (!upload.modified || file.lastModified === upload.modified)
  );
}

/**
 * Send a file; `begun` is an upload of it to go on with, else a new one is made with `metadata`.
 * `shown` hears moved(share), broken(share), checking(), done(upload), failed(message, again).
 * Resolves with whether a document came of it, once that is settled or given up for now.
 */
export function send(file, { endpoint, token, metadata, begun, shown }) {
  let share = begun ? begun.offset / Math.max(1, begun.size) : 0;
  return new Promise((resolve) => {
    const upload = new window.tus.Upload(file, {
      endpoint,
      uploadUrl: begun?.url ?? null,
      chunkSize: PIECE,
      retryDelays: RETRIES,
      storeFingerprintForResuming: false,
      headers: { "X-CSRFToken": token, Accept: "application/json" },
      metadata: { ...metadata, filename: file.name, modified: String(file.lastModified) },
      onProgress(sent, total) {
        share = total ? sent / total : 1;
        shown.moved(share);
      },
      onShouldRetry(error) {
        const status = error.originalResponse?.getStatus() ?? 0;
        const again = status === 0 || status === 409 || status === 423 || status >= 500;
        if (again) shown.broken(share);
        return again;
      },
      onError(error) {
        const answer = error.originalResponse;
        const told = answer ? words(answer.getBody()) : "";
        const again = () => {
          shown.moved(share);
          upload.start();
        };
        if (told) shown.failed(told, null);
        else shown.failed(gettext("网络中断，已传的部分保留在服务器上。"), again);
        resolve(false);
      },
      async onSuccess() {
        shown.checking();
        const found = await checked(upload.url);
        if (found?.state === "done") shown.done(found);
        else shown.failed(found?.problem || gettext("没有上传成功，请重试。"), null);
        resolve(found?.state === "done");
      },
    });
    upload.start();
  });
}
