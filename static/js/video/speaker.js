// The devices that a person chose, kept for every page; and where sound comes out.

const SHELF = "devices";

/** The devices chosen before: {camera, microphone, speaker}: ids, "" for the browser's choice,
 * null for none. */
export function chosenDevices() {
  const nothing = { camera: "", microphone: "", speaker: "" };
  try {
    return { ...nothing, ...JSON.parse(localStorage.getItem(SHELF) ?? "{}") };
  } catch {
    return nothing;
  }
}

/** Remember a choice of devices. */
export function rememberDevices(chosen) {
  try {
    localStorage.setItem(SHELF, JSON.stringify({ ...chosenDevices(), ...chosen }));
  } catch {
    // Then they are chosen anew on the next page.
  }
}

/** Have everything on this page, and the given elements, play by the chosen speaker. */
export function useSpeaker(...elements) {
  const { speaker } = chosenDevices();
  for (const one of [...document.querySelectorAll("video, audio"), ...elements]) {
    // A speaker of last time that is not there today: the system's plays.
    if (one.setSinkId && (one.sinkId ?? "") !== speaker) one.setSinkId(speaker).catch(() => {});
  }
}
