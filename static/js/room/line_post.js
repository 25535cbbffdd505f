// What goes to the meeting by plain HTTP: commands, and asking whether it is there.

import { BALLOT_COMMANDS } from "./ballots/book.js";

const ANSWER_MS = 15000;
const SIGN_MS = 6000;
const PROMPT_MS = 1500;
export const CLOSE_GONE = 4404;

/** Where a meeting's events are, after the last one seen (null: from the beginning). */
export function eventsUrl(slug, after, more = "") {
  const known = after === null ? "" : `&after=${after}`;
  return `/meetings/${encodeURIComponent(slug)}/events/?${more}${known}`;
}

/**
 * Send a command. Gives its reply, or null when something else than the meeting answered (a
 * proxy's page, a page that asks to sign in); rejects without a network.
 */
export async function post(slug, command) {
  const place = BALLOT_COMMANDS.includes(command.type) ? "ballots" : "commands";
  const answer = await fetch(`/meetings/${encodeURIComponent(slug)}/${place}/`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") },
    body: JSON.stringify(command),
    signal: within(ANSWER_MS),
  });
  const reply = await answer.json().catch(() => null);
  if (reply?.ok === true) return { ...reply, id: command.id };
  if (reply?.ok === false && reply.error?.message) return { ...reply, id: command.id };
  return null;
}

/** Whether the meeting answers us now, by HTTP; rejects when it does not. */
export async function signOfLife(slug, after) {
  const answer = await fetch(eventsUrl(slug, after ?? 0, "poll=1&wait=0"), {
    cache: "no-store",
    signal: within(SIGN_MS),
  });
  await answer.json();
}

/** Whether the server is there and has time: only then is it the network's doing that we wait. */
export async function isPrompt() {
  try {
    const signal = within(PROMPT_MS);
    return (await fetch("/healthz", { cache: "no-store", signal })).ok;
  } catch {
    return false;
  }
}

/** The socket's close code that a refusal stands for; null where the meeting did not refuse. */
export async function refusalCode(answer) {
  if (answer.status !== 404 && answer.status !== 403) return null;
  const told = await answer.json().catch(() => null);
  // A page of a proxy's is no refusal of ours.
  return told?.ok === false && told.error?.code === "not_allowed" ? CLOSE_GONE : null;
}

// AbortSignal.timeout is missing in browsers of 2022 and before.
function within(ms) {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), ms);
  return abort.signal;
}

function cookie(name) {
  const found = document.cookie
    .split("; ")
    .find((one) => one.replace(/^__Host-/, "").startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(found.indexOf("=") + 1)) : "";
}
