/** Lets timers and signals run and pages redraw before a loop continues. */
export function yieldToEventLoop(): Promise<void> {
  // Node, Bun and Deno have setImmediate, which is a millisecond faster than a timeout.
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
