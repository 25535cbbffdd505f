// What is half done and must outlive a reload: choices not yet sent, questions not yet asked.

const memory = new Map();

/** Drafts of one meeting, for as long as the window is open. */
export function makeDrafts(slug) {
  const name = (key) => `room:${slug}:draft:${key}`;
  return {
    read(key) {
      try {
        return JSON.parse(sessionStorage.getItem(name(key)) ?? "null") ?? memory.get(key) ?? null;
      } catch {
        return memory.get(key) ?? null;
      }
    },
    write(key, value) {
      memory.set(key, value);
      try {
        sessionStorage.setItem(name(key), JSON.stringify(value));
      } catch {
        // Kept in memory at least.
      }
    },
    drop(key) {
      memory.delete(key);
      try {
        sessionStorage.removeItem(name(key));
      } catch {
        // Nothing was kept.
      }
    },
  };
}
