// Which picture is large: the meeting's wish, the viewer's own, or by what happens.
//
// Pure. A viewer's own choice names a person's source, since a stream has a new number each time.

export const MODES = ["auto", "main", "equal"];

/** The name by which a choice remembers a stream. */
export function nameOf(stream) {
  return `${stream.person}/${stream.source}`;
}

/**
 * Arrange streams ({id: stream}). `layout` is the meeting's {mode, main}, `own` the viewer's
 * {mode, main: name} or null, `speaker` an id or null, `before` the id that was large until now.
 * Returns {mode: "main" | "equal", main: id or null, order: [ids], following: bool}.
 */
export function arrange({ streams, layout, own = null, speaker = null, before = null }) {
  const all = Object.values(streams).sort((a, b) => order(a) - order(b) || a.id - b.id);
  const chosen = own?.mode === "main" ? all.find((one) => nameOf(one) === own.main) : null;
  // Who was chosen but shows nothing now leaves the choice to the meeting until then.
  const usesOwn = Boolean(own && (own.mode !== "main" || chosen));
  const mode = usesOwn ? own.mode : (layout?.mode ?? "auto");
  if (all.length > 1 && mode === "equal") {
    return { mode, main: null, order: all.map((one) => one.id), following: !usesOwn };
  }
  const directed = mode === "main" ? all.find((one) => one.id === layout?.main) : null;
  const main = (usesOwn ? chosen : directed) ?? byItself(all, speaker, before) ?? null;
  const rest = all.filter((one) => one !== main);
  return {
    mode: "main",
    main: main?.id ?? null,
    order: [main, ...rest].filter(Boolean).map((one) => one.id),
    following: !usesOwn,
  };
}

const ROLES = ["administrator", "judge", "creditor"];

function order(stream) {
  const role = ROLES.indexOf(stream.role);
  return (role < 0 ? ROLES.length : role) * 2 + (stream.source === "screen" ? 0 : 1);
}

// A shared screen is there to be read; else whoever speaks; else nothing moves.
function byItself(all, speaker, before) {
  const screens = all.filter((one) => one.source === "screen" && one.video);
  const newest = screens.sort((a, b) => b.id - a.id)[0];
  const of = (id) => all.find((one) => one.id === id);
  return newest ?? of(speaker) ?? of(before) ?? all.find((one) => one.video) ?? all[0];
}
