// How a room's state follows events: the mirror of creditor_meetings/realtime/state.py.
//
// State is a tree of objects. An event sets values at paths whose segments are parted by `/`; a
// null removes what is there. Nothing else happens.

/** Change `state` in place by an event's data. */
export function apply(state, data) {
  for (const [path, value] of Object.entries(data.set ?? {})) setAt(state, path.split("/"), value);
}

/** The top-level sections that an event's data touches. */
export function sections(data) {
  return new Set(Object.keys(data.set ?? {}).map((path) => path.split("/", 1)[0]));
}

function setAt(state, way, value) {
  const last = way.pop();
  let place = state;
  for (const segment of way) {
    const next = Object.hasOwn(place, segment) ? place[segment] : null;
    if (isTree(next)) {
      place = next;
    } else {
      const made = {};
      put(place, segment, made);
      place = made;
    }
  }
  if (value === null) delete place[last];
  else put(place, last, value);
}

function isTree(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Plain assignment, save that "__proto__" is a name like any other.
function put(place, name, value) {
  Object.defineProperty(place, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}
