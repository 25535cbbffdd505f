// A worker: a screen that stands still sends no pictures, and a recorder that waits for the next
// one holds back the sound too. The last picture is sent again until another comes. It runs in a
// worker because a page in the background, whose presenter shows another window, has slow timers.

const LONGEST_MS = 250;

let last = null; // the picture shown now, kept to be sent again
let cameAt = 0; // when it came, by performance.now()
let written = -1; // the last timestamp sent, microseconds

async function send(writer, frame, timestamp) {
  const later = Math.max(Math.round(timestamp), written + 1000);
  written = later;
  const out = new VideoFrame(frame, { timestamp: later });
  await writer.write(out);
  out.close();
}

self.onmessage = async ({ data: { readable, writable } }) => {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  const timer = setInterval(() => {
    const still = performance.now() - cameAt;
    if (!last || still < LONGEST_MS) return;
    send(writer, last, last.timestamp + still * 1000).catch(() => clearInterval(timer));
  }, LONGEST_MS);
  try {
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done) break;
      last?.close();
      last = frame;
      cameAt = performance.now();
      await send(writer, frame, frame.timestamp);
    }
  } catch {
    // The track ended on one side or the other: either way there is nothing more to send.
  }
  clearInterval(timer);
  last?.close();
  last = null;
  writer.close().catch(() => {});
};
