// What a person has still to vote on, for whom, and what was chosen so far: no page in here.
//
// An item is one creditor's ballot on one poll. What is half chosen belongs to the person: no
// event, reconnection or reload takes it away. Choices lie by path, the narrower before the
// wider: "poll/creditor/group", "poll/creditor", and "poll" for all whom the person acts for.

export const CHOICES = ["for", "against", "abstain"];
export const BALLOT_COMMANDS = ["cast_ballot", "cast_ballots"];
const MOST_AT_ONCE = 200; // a frame may have 64 × 1024 characters
const SHELF = "ballots";
const BLANK = { picks: {}, apart: {}, changing: {}, failed: {}, step: "choose" };

// Receipts are numbered in the order in which ballots were taken: "12-000034".
const place = (number) => Number(number.split("-").at(-1));

/** The person's ballots of a meeting. */
export function makeBook(room) {
  let draft = { ...BLANK, ...room.drafts.read(SHELF) };

  const poll = (id) => room.state.resolutions?.[id];
  const right = (id, creditor) => room.state.my_rights?.[id]?.[creditor] ?? null;
  const recorded = (id, creditor) => room.state.ballots?.[id]?.[creditor] ?? null;
  const creditors = () => Object.values(room.state.represented ?? {}).sort((a, b) => a.id - b.id);
  const at = (...parts) => parts.join("/");

  function write(changes) {
    draft = { ...draft, ...changes };
    room.drafts.write(SHELF, draft);
  }

  /** Where a creditor's ballot stands. */
  function stateOf(id, creditor) {
    const mine = right(id, creditor);
    if (!mine) return "none";
    if (mine.carried) return "carried";
    if (!mine.votes) return "no-vote";
    if (isSending(id, creditor)) return "sending";
    const ballot = recorded(id, creditor);
    if (isTaken(creditor, ballot)) return "taken";
    const one = poll(id);
    if (one.state !== "open" && one.state !== "suspended") return ballot ? "recorded" : "over";
    if (ballot && !draft.changing[at(id, creditor)]) return "recorded";
    if (room.isPast(one)) return "over";
    if (mandateLacks(one, creditor)) return "mandate";
    return one.state === "suspended" ? "paused" : "due";
  }

  // A principal that voted itself has the last word against its proxies.
  function isTaken(creditor, ballot) {
    if (!ballot || room.state.represented?.[creditor]?.as !== "proxy") return false;
    return ballot.way === "paper" || ballot.receipt?.by_proxy === false;
  }

  /** Why a proxy's power does not reach a poll: "", "missing", a mandate's state, "expired", "scope". */
  function mandateLacks(one, creditor) {
    const acting = room.state.represented?.[creditor];
    if (acting?.as !== "proxy" || acting.mandate === undefined) return "";
    const mandate = acting.mandate;
    if (!mandate) return "missing";
    if (mandate.state !== "accepted") return mandate.state;
    if (mandate.valid_until && Date.parse(mandate.valid_until) <= room.now()) return "expired";
    const powers = mandate.powers ?? [];
    return powers.length && !powers.includes(one.power) ? "scope" : "";
  }

  function items(id) {
    return creditors().map(({ id: creditor, name }) => ({
      poll: id,
      creditor,
      name,
      key: at(id, creditor),
      right: right(id, creditor),
      ballot: recorded(id, creditor),
      state: stateOf(id, creditor),
    }));
  }

  const due = (id) => items(id).filter((item) => item.state === "due");

  /** Polls that go on, in their order. */
  function going() {
    return Object.values(room.state.resolutions ?? {})
      .filter((one) => one.state === "open" || one.state === "suspended")
      .sort((a, b) => a.position - b.position || a.id - b.id);
  }

  /** Everything that waits for the person's vote. */
  const allDue = () => going().flatMap((one) => due(one.id));

  // --- choosing ---

  const groupsOf = (item) => item.right?.groups ?? [];
  const isApart = (item) => groupsOf(item).length > 1 && Boolean(draft.apart[item.key]);

  function choiceOf(item, group = null) {
    const { picks } = draft;
    if (group !== null && isApart(item)) return picks[at(item.key, group)] ?? null;
    return picks[item.key] ?? picks[item.poll] ?? null;
  }

  /** What an item's ballot would say as a command's data; null while something is not chosen. */
  function ballotOf(item) {
    const base = { resolution: Number(item.poll), creditor: Number(item.creditor) };
    if (!isApart(item)) {
      const choice = choiceOf(item);
      return choice && { ...base, choice };
    }
    const chosen = groupsOf(item).map((group) => [group, choiceOf(item, group)]);
    if (chosen.some(([, choice]) => !choice)) return null;
    return { ...base, choices: Object.fromEntries(chosen) };
  }

  function pick(path, choice) {
    const picks = { ...draft.picks };
    if (choice) picks[path] = choice;
    else delete picks[path];
    write({ picks });
  }

  function pickApart(item, apart) {
    write({ apart: { ...draft.apart, [item.key]: apart } });
  }

  /** Take up recorded ballots again, to change them. */
  function change(some) {
    const picks = { ...draft.picks };
    const changing = { ...draft.changing };
    for (const item of some) {
      changing[item.key] = true;
      if (CHOICES.includes(item.ballot.choice)) picks[item.key] = item.ballot.choice;
    }
    write({ changing, picks, step: "choose" });
  }

  /** Leave recorded ballots as they are. */
  function keepAsRecorded(some) {
    for (const item of some) forget(item.key);
    write({ step: "choose" });
  }

  function forget(key) {
    const without = (names, lies) =>
      Object.fromEntries(Object.entries(names).filter(([name]) => !lies(name)));
    const own = (name) => name === key || name.startsWith(`${key}/`);
    write({
      picks: without(draft.picks, own),
      apart: without(draft.apart, own),
      changing: without(draft.changing, own),
      failed: without(draft.failed, own),
    });
  }

  /** The items that can be sent now. */
  const ready = () => allDue().filter(ballotOf);

  // --- sending ---

  function sent() {
    return BALLOT_COMMANDS.flatMap((type) => room.waiting(type));
  }

  const ballotsIn = ({ data }) => data.ballots ?? [data];

  function isSending(id, creditor) {
    return sent().some((command) =>
      ballotsIn(command).some(
        (one) => one.resolution === Number(id) && one.creditor === Number(creditor),
      ),
    );
  }

  /** Send everything that is ready; gives {done, failed} once all of it is answered. */
  async function send() {
    const ballots = ready().map(ballotOf);
    write({ failed: {} });
    const parcels = [];
    for (let i = 0; i < ballots.length; i += MOST_AT_ONCE) {
      parcels.push(ballots.slice(i, i + MOST_AT_ONCE));
    }
    const answers = parcels.map((some) => {
      const type = some.length === 1 ? "cast_ballot" : "cast_ballots";
      const data = some.length === 1 ? some[0] : { ballots: some };
      return room.command(type, data).then(
        (reply) => answered({ type, data }, reply, null),
        (error) => answered({ type, data }, null, error),
      );
    });
    const all = await Promise.all(answers);
    return {
      done: all.flatMap((one) => one.done),
      failed: all.flatMap((one) => one.failed),
    };
  }

  /** Take in the answer to a command that carried ballots. */
  function answered(command, reply, error) {
    const ballots = ballotsIn(command);
    const answers = error
      ? ballots.map(() => ({ ok: false, error }))
      : (reply.answers ?? [{ ok: true, receipt: reply }]);
    const done = [];
    const failed = [];
    const learned = {};
    ballots.forEach((one, index) => {
      const answer = answers[index];
      const key = at(one.resolution, one.creditor);
      if (answer?.ok) {
        forget(key);
        done.push({ ...one, receipt: answer.receipt });
        Object.assign(learned, toLearn(one, answer.receipt));
      } else {
        settleChoice(one);
        const message = answer?.error?.message ?? "";
        write({ failed: { ...draft.failed, [key]: message } });
        failed.push({ ...one, message });
      }
    });
    for (const id of new Set(ballots.map((one) => one.resolution))) {
      // Before the first snapshot nothing is known of what is left.
      if (poll(id) && !due(id).some((item) => !draft.changing[item.key])) pick(String(id), null);
    }
    write({ step: failed.length ? "check" : "choose" });
    if (Object.keys(learned).length) room.learn(learned);
    return { done, failed };
  }

  // What failed keeps its choice as its own, whatever is chosen for all from now on.
  function settleChoice(one) {
    const key = at(one.resolution, one.creditor);
    if (one.choice) pick(key, one.choice);
    for (const [group, choice] of Object.entries(one.choices ?? {})) pick(at(key, group), choice);
  }

  // By POST receipts come without the events that show them, as long as no socket can be had.
  function toLearn(one, receipt) {
    const known = recorded(one.resolution, one.creditor);
    if (!receipt?.number || !room.state.me) return {};
    // The person's other window may have voted since; its event can be here before our receipt.
    if (known?.number && place(known.number) >= place(receipt.number)) return {};
    const ballot = {
      choice: receipt.choice ?? one.choice ?? "split",
      choices: one.choices ?? {},
      at: receipt.at,
      number: receipt.number,
      amount: receipt.amount,
      voter: room.state.me.person.name,
      way: "online",
      receipt,
    };
    return { [`ballots/${one.resolution}/${one.creditor}`]: ballot };
  }

  return {
    get step() {
      return draft.step === "check" && ready().length ? "check" : "choose";
    },
    toStep: (step) => write({ step }),
    failure: (item) => draft.failed[item.key] ?? "",
    isChanging: (item) => Boolean(draft.changing[item.key]),
    items,
    due,
    allDue,
    going,
    groupsOf,
    isApart,
    choiceOf,
    ballotOf,
    picked: (path) => draft.picks[path] ?? null,
    pick,
    pickApart,
    change,
    keepAsRecorded,
    ready,
    sent,
    ballotsIn,
    send,
    answered,
    mandateLacks: (item) => mandateLacks(poll(item.poll), item.creditor),
    mayVote: (id) =>
      items(id).some((one) => !["none", "no-vote", "mandate", "over"].includes(one.state)),
    hasVoted(id) {
      const mine = items(id).filter((one) => !["none", "no-vote", "mandate"].includes(one.state));
      return mine.length > 0 && mine.every((one) => one.ballot || one.state === "carried");
    },
  };
}
