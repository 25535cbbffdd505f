// What a viewer chose, kept in the browser: what cannot be kept is only not remembered.

/** What was put under a name, or null. */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(`video:${name}`));
  } catch {
    return null;
  }
}

/** Keep a value; null forgets it. */
export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(`video:${name}`);
    else localStorage.setItem(`video:${name}`, JSON.stringify(value));
  } catch {
    // The next visit begins without it.
  }
}
