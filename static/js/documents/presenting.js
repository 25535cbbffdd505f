// Presenting in the room: the bar, following, the presenter's tools, the pointer on the pages, and
// questions to passages. Whatever of it stumbles leaves the reader as it is.

import { makeFollow } from "./follow.js";
import { makePassages } from "./passages.js";
import { drawPointer } from "./pointer.js";
import { makePresenter } from "./presenter.js";
import { onReader } from "./reader.js";

const SECTIONS = ["presentation", "documents", "questions", "meeting", "me"];

/** Mount it in the room's bar `place`; returns {update(changed)}. */
export function mount(place, room) {
  const readers = new Set();
  const presenter = makePresenter(room);
  const follow = makeFollow(place, room, presenter);
  const passages = makePassages(room);

  onReader((reader) => {
    if (reader.facts.room !== room) return;
    readers.add(reader);
    reader.listen(reader, "closed", () => readers.delete(reader));
    reader.listen(reader, "viewchange", point);
    point();
    follow.draw();
  });

  function point() {
    for (const reader of readers) drawPointer(reader, room.state.presentation);
  }

  function update(changed) {
    if (changed && !SECTIONS.some((name) => changed.has(name))) return;
    follow.update();
    point();
    passages.update(changed);
  }

  update(null);
  return { update };
}
