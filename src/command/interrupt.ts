/** Ctrl-C, SIGTERM and SIGHUP, of a terminal that is closed: the first asks for an end after the batch at hand, a later one ends the process. */

import type { Signals } from './io.ts';

/** Milliseconds in which signals are one: npm hands on the terminal's, so that it comes twice. */
const echo = 1000;

/**
 * Listens until `release`. While it does, it stays registered: signal-exit ends a process that has no listener.
 *
 * @param signals the process
 * @param more signals that ask for an end too
 */
export function onInterrupt(
  signals: Signals,
  more: readonly NodeJS.Signals[] = [],
): {
  readonly signal: AbortSignal;
  release(): void;
} {
  const controller = new AbortController();
  let first: number | undefined;
  const listener = (): void => {
    const now = performance.now();
    first ??= now;
    if (now - first > echo) signals.exit(130);
    controller.abort();
  };
  const names: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', ...more];
  for (const name of names) signals.on(name, listener);
  return {
    signal: controller.signal,
    release: () => {
      // The process is about to end, and the echo may still come.
      if (controller.signal.aborted) return;
      for (const name of names) signals.off(name, listener);
    },
  };
}
