/**
 * Handles Ctrl-C, SIGTERM, and SIGHUP of a closed terminal. The first signal stops the work after the current batch; a later signal ends
 * the process.
 */

import type { Signals } from './io.ts';

/** Signals within this number of milliseconds count as one. npm forwards the terminal's signal, so the process receives it twice. */
const echo = 1000;

/**
 * Listens until `release`. After a signal, the listener stays registered, because the package signal-exit ends a process that has no
 * listener.
 *
 * @param more additional signals that stop the work
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
      // The process is about to end, but the forwarded signal may still arrive (see `echo`).
      if (controller.signal.aborted) return;
      for (const name of names) signals.off(name, listener);
    },
  };
}
