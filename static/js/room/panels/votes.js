// The votes: what is open and waits for the person first, to be checked and sent at once; then
// every other resolution with its result.

import { makeSheet } from "../ballots/sheet.js";
import { h, keep, replace } from "../dom.js";
import { makeOpenTogether } from "../open_together.js";
import { isGoing } from "../poll_words.js";
import { makeElection } from "./election.js";
import { makeResolution } from "./resolution.js";

const RELEVANT = [
  "resolutions",
  "elections",
  "participation",
  "tallies",
  "outcomes",
  "ballots",
  "picks",
  "my_rights",
  "represented",
  "charts",
  "meeting",
  "documents",
  "paper",
  "me",
];

/** Mount the panel. */
export function mount(root, room) {
  const list = h("div", { class: "resolutions" });
  const empty = h("p", { class: "empty" }, gettext("本次会议没有表决事项。"));
  const sheet = makeSheet(room, () => Boolean(aloneWith()?.sheetPlace));
  const together = makeOpenTogether(room);
  const place = h("div", { class: "sheet-place", hidden: true });
  const views = new Map();
  let arrived = false;
  replace(root, h("h2", { class: "visually-hidden" }, gettext("表决")), together.node, empty, list);

  function update(changed) {
    if (changed && !RELEVANT.some((name) => changed.has(name))) return;
    const entries = inOrder(room);
    empty.hidden = entries.length > 0;
    const unfolded = arrived ? null : firstToShow(entries);
    arrived = true;
    const focused = document.activeElement;
    keep(
      list,
      withSheet(entries),
      (entry) => entry.key,
      (entry) => make(entry, unfolded),
      (node, entry) => views.get(entry.key)?.update(),
    );
    // What moved in the page lost the focus, not the person.
    if (focused !== document.activeElement && list.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
    for (const key of [...views.keys()]) {
      if (!entries.some((entry) => entry.key === key)) views.delete(key);
    }
    sheet.update();
    host();
    together.update();
    room.badge("votes", polls().filter((one) => room.mayVote(one.id) && room.book.due(one.id).length).length);
  }

  const polls = () => room.book.going();

  function make(entry, unfolded) {
    if (entry.key === "sheet") return place;
    const view = entry.election
      ? makeElection(room, entry.election.id)
      : makeResolution(room, entry.poll.id);
    view.unfold(entry.key === unfolded);
    views.set(entry.key, view);
    return view.node;
  }

  // One poll is checked where it was chosen; several on a page of their own.
  function aloneWith() {
    const mine = polls().filter((one) => room.mayVote(one.id));
    return mine.length === 1 ? views.get(`poll-${mine[0].id}`) : null;
  }

  function host() {
    const mine = polls().filter((one) => room.mayVote(one.id));
    const wanted = aloneWith()?.sheetPlace ?? place;
    if (sheet.node.parentElement !== wanted) wanted.append(sheet.node);
    place.hidden = wanted !== place || sheet.node.hidden;
    list.classList.toggle("resolutions--many", mine.length > 1);
    list.classList.toggle(
      "resolutions--checking",
      wanted === place && ["check", "sending"].includes(sheet.mode()),
    );
  }

  function shown(id) {
    for (const view of views.values()) view.update();
    const number = Number(id);
    const view =
      views.get(`poll-${number}`) ??
      [...views.values()].find((one) => one.candidates?.().includes(number));
    if (!view) return;
    view.unfold(true);
    view.focus();
  }

  // Ballots were recorded: whoever sent them is led to the receipts.
  room.cast = (done, focused) => {
    if (!focused && document.activeElement !== document.body) return;
    const first = done[0]?.resolution;
    const view =
      views.get(`poll-${first}`) ??
      [...views.values()].find((one) => one.candidates?.().includes(first));
    view?.focusReceipt(first);
  };

  return { update, shown };
}

function withSheet(entries) {
  const going = entries.filter((entry) => entry.going);
  const rest = entries.filter((entry) => !entry.going);
  return [...going, { key: "sheet" }, ...rest];
}

// Open polls first, as they are voted on together; elections stand where their first candidate
// does.
function inOrder(room) {
  const entries = new Map();
  for (const one of Object.values(room.state.resolutions ?? {})) {
    const election = one.election ? room.state.elections?.[one.election] : null;
    const key = election ? `election-${election.id}` : `poll-${one.id}`;
    const known = entries.get(key);
    entries.set(key, {
      key,
      election,
      poll: one,
      position: Math.min(known?.position ?? Infinity, one.position),
      id: Math.min(known?.id ?? Infinity, one.id),
      going: Boolean(known?.going) || isGoing(one),
      closed: Boolean(known?.closed) || one.state === "closed",
      voided: one.state === "voided",
    });
  }
  return [...entries.values()].sort((a, b) => a.position - b.position || a.id - b.id);
}

function firstToShow(entries) {
  const going = entries.find((entry) => entry.going);
  const closed = entries.filter((entry) => entry.closed).at(-1);
  return (going ?? closed ?? entries.find((entry) => !entry.voided) ?? entries[0])?.key ?? null;
}
