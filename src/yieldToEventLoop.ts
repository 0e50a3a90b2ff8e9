/** Lets timers, signals and pages run between two batches. */
export function yieldToEventLoop(): Promise<void> {
  // Node, Bun and Deno have setImmediate; a timeout takes a millisecond.
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
