// A worker that ticks. The timers of a page in the background, whose publisher presents another
// window, come once a minute in the end: too late to mend a line within the time that the server
// waits. A worker's do not slow down.

self.onmessage = ({ data: period }) => setInterval(() => postMessage(null), period);
