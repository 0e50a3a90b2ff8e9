/** The page's end of the worker: a promise an answer; a worker that dies is told, and the next question starts another. */
let worker;
let last = 0;
const open = new Map();

function begin() {
  worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }) => {
    const asked = open.get(data.id);
    if (!asked) return;
    if ('progress' in data) return asked.onProgress?.(data.progress);
    open.delete(data.id);
    if ('error' in data) asked.reject(new Error(data.error));
    else asked.resolve(data.done);
  });
  worker.addEventListener('error', end);
}

/** Whoever waits is told; what was kept is still there. */
function end() {
  worker?.terminate();
  worker = undefined;
  for (const { reject } of open.values())
    reject(new Error('the worker ended; what it had kept is still there: try again'));
  open.clear();
}

/** Asks the worker. */
export function ask(kind, message = {}, onProgress = undefined) {
  if (!worker) begin();
  const id = ++last;
  return new Promise((resolve, reject) => {
    open.set(id, { resolve, reject, onProgress });
    worker.postMessage({ id, kind, ...message });
  });
}
