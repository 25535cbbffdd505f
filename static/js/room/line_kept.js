// Ballots on their way outlive a reload: they lie in the tab's storage until they are answered.

/** What lies there for a meeting: read() gives commands, write(commands) keeps them. */
export function makeKept(slug) {
  const shelf = `room:${slug}:sent`;
  return {
    read() {
      try {
        return JSON.parse(sessionStorage.getItem(shelf) ?? "[]");
      } catch {
        return [];
      }
    },
    write(commands) {
      try {
        if (commands.length) sessionStorage.setItem(shelf, JSON.stringify(commands));
        else sessionStorage.removeItem(shelf);
      } catch {
        // A browser that keeps nothing still votes; only a reload would forget.
      }
    },
  };
}
