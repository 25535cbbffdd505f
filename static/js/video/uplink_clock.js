// Ticks that come in the background, too.

/** Call `work` every `period` milliseconds, page hidden or not. Returns a function that ends it. */
export function every(period, work) {
  let timer = null;
  let worker = null;
  const slowly = () => (timer ??= setInterval(work, period));
  try {
    worker = new Worker(new URL("./uplink_tick.js", import.meta.url));
    worker.onmessage = () => work();
    worker.onerror = slowly;
    worker.postMessage(period);
  } catch {
    slowly(); // Without a worker it is as slow as the page.
  }
  return () => {
    clearInterval(timer);
    worker?.terminate();
  };
}
