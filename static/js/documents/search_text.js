// Marks in text: what was found is looked for again in the page's own text, folded as the server
// folds it (width, case, no spaces), since a word may run over the end of a line or a tag.

const fold = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");

/** Mark the places of `query` (folded) in a page's text; `here` is the hit one is at. */
export function markText(element, query, hits, here) {
  if (!query) return;
  const { text, places } = gathered(element);
  const wanted = hits.indexOf(here);
  const found = [];
  for (let at = text.indexOf(query); at >= 0; at = text.indexOf(query, at + query.length)) {
    found.push([places[at], places[at + query.length - 1]]);
  }
  // From the end, so that what stands before keeps its place.
  for (let index = found.length - 1; index >= 0; index -= 1) {
    wrap(...found[index], index === wanted);
  }
}

/** Take the marks away again. */
export function unmarkText(element) {
  const marks = element.querySelectorAll("mark.reader-hit");
  for (const mark of marks) mark.replaceWith(...mark.childNodes);
  if (marks.length) element.normalize();
}

function gathered(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement.closest(".reader-number, [data-not-text]")
      ? NodeFilter.FILTER_REJECT
      : NodeFilter.FILTER_ACCEPT,
  );
  let text = "";
  const places = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let offset = 0;
    for (const character of node.data) {
      const folded = fold(character);
      text += folded;
      for (let unit = 0; unit < folded.length; unit += 1) {
        places.push({ node, from: offset, to: offset + character.length });
      }
      offset += character.length;
    }
  }
  return { text, places };
}

// A mark for each piece of text between two places: one may not go over the edge of a paragraph.
function wrap(first, last, isHere) {
  const root = first.node.getRootNode();
  const pieces = [];
  const walker = document.createTreeWalker(root.body ?? root, NodeFilter.SHOW_TEXT);
  walker.currentNode = first.node;
  for (let node = first.node; node; node = walker.nextNode()) {
    const from = node === first.node ? first.from : 0;
    const to = node === last.node ? last.to : node.data.length;
    if (node.data.slice(from, to).trim()) pieces.push([node, from, to]);
    if (node === last.node) break;
  }
  for (const [node, from, to] of pieces.reverse()) {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    const mark = document.createElement("mark");
    mark.className = isHere ? "reader-hit reader-hit--here" : "reader-hit";
    range.surroundContents(mark);
  }
}
