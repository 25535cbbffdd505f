// Going to a page of a document in the room, whether it is open or not.

import { onReader } from "./reader.js";

const open = new Set();
let wanted = null;

onReader((reader) => {
  if (!reader.facts.room) return;
  open.add(reader);
  reader.addEventListener("closed", () => open.delete(reader));
  reader.addEventListener("ready", () => arrive(reader));
});

/** The reader of a document that is open in the room; null when it is not. */
export function readerOf(documentId) {
  return [...open].find((one) => one.documentId === Number(documentId)) ?? null;
}

/** The reader that is open in the room, of whichever document; null when none is. */
export function openReader() {
  return [...open].at(-1) ?? null;
}

/** Open a document at a page; `then(reader)` once it is there. `quiet`: nobody's own move. */
export function openAt(room, documentId, page, { quiet = false, smooth = false, then = null } = {}) {
  const reader = readerOf(documentId);
  const before = document.activeElement;
  wanted = reader ? null : { documentId: Number(documentId), page, quiet, then };
  if (quiet) showQuietly(room, documentId, before);
  else room.open("documents", documentId);
  if (!reader) return;
  reader.goTo(page, { quiet, smooth });
  then?.(reader);
}

// What moves by itself leaves the focus where it was.
function showQuietly(room, documentId, before) {
  const shown = document.body.dataset.tab === "documents" && readerOf(documentId);
  if (shown) return;
  room.open("documents", documentId);
  const outside = before?.isConnected && !before.closest("#panel-documents");
  if (outside) before.focus({ preventScroll: true });
}

function arrive(reader) {
  if (wanted?.documentId !== reader.documentId) return;
  const { page, quiet, then } = wanted;
  wanted = null;
  reader.goTo(page, { quiet });
  then?.(reader);
}
