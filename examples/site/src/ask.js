/** Questions to the workers. Each returns a promise. If a worker ends, its promises reject, and the next question starts a new worker. */

/**
 * @param make starts the worker
 * @param words message with which open promises reject if the worker ends
 */
function asker(make, words) {
  let worker;
  let last = 0;
  const open = new Map();

  function begin() {
    worker = make();
    worker.addEventListener('message', ({ data }) => {
      const asked = open.get(data.id);
      if (!asked) return;
      if ('progress' in data) return asked.onProgress?.(data.progress);
      open.delete(data.id);
      if ('error' in data) asked.reject(new Error(data.error));
      else asked.resolve(data.done);
    });
    worker.addEventListener('error', () => end());
  }

  function end(why = words) {
    worker?.terminate();
    worker = undefined;
    for (const { reject } of open.values()) reject(new Error(why));
    open.clear();
  }

  function ask(kind, message = {}, onProgress = undefined) {
    if (!worker) begin();
    const id = ++last;
    return new Promise((resolve, reject) => {
      open.set(id, { resolve, reject, onProgress });
      worker.postMessage({ id, kind, ...message });
    });
  }
  return { ask, end };
}

const main = asker(
  () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }),
  'the worker ended; everything that it had saved is still there: try again',
);
const checker = asker(
  () => new Worker(new URL('./checker.js', import.meta.url), { type: 'module' }),
  'the check ended before its answer: the step may need more memory than this browser gives',
);

export const { ask } = main;
/** Sends a question to the worker that checks steps, or ends that worker. The worker is loaded with the first question. */
export const { ask: askChecker, end: endCheck } = checker;
