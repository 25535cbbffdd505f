// Where one was in a document is found again, as long as the window is open.

const key = (reader) => `reader:place:${reader.documentId}`;

/** Remember the place, and go to the one that is remembered, or that the address names. */
export function wirePlace(reader) {
  const { scroller } = reader;
  let waiting = null;

  function remember() {
    waiting = null;
    const element = reader.pageElement(reader.currentPage);
    if (!element) return;
    const height = element.getBoundingClientRect().height || 1;
    const into = (scroller.scrollTop - reader.topOf(element)) / height;
    const place = { page: reader.currentPage, into, zoom: reader.zoom };
    try {
      sessionStorage.setItem(key(reader), JSON.stringify(place));
    } catch {
      // It begins at the first page the next time.
    }
  }

  const soon = () => {
    waiting ??= setTimeout(remember, 300);
  };
  reader.listen(scroller, "scroll", soon, { passive: true });
  reader.listen(reader, "zoomchange", soon);
  reader.listen(reader, "closed", () => {
    clearTimeout(waiting);
    remember();
  });
  reader.listen(window, "pagehide", remember);

  const named = /^#page-(\d+)$/.exec(reader.facts.room ? "" : location.hash);
  if (named) {
    reader.goTo(Number(named[1]));
    return;
  }
  const place = found(reader);
  if (!place) return;
  if (place.zoom !== 1) reader.setZoom(place.zoom);
  const element = reader.pageElement(place.page);
  if (!element) return;
  scroller.scrollTop = reader.topOf(element) + place.into * element.getBoundingClientRect().height;
  reader.look();
}

function found(reader) {
  try {
    const place = JSON.parse(sessionStorage.getItem(key(reader)));
    const numbers = [place?.page, place?.into, place?.zoom];
    return numbers.every(Number.isFinite) ? place : null;
  } catch {
    return null;
  }
}
