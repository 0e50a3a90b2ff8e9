/** What a command is given of the process that runs it: its streams, its signals and its end. `process` is one. */

/** A stream that may be a terminal. */
export type Terminal = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** Where signals arrive. */
export interface Signals {
  on(name: NodeJS.Signals, listener: () => void): unknown;
  off(name: NodeJS.Signals, listener: () => void): unknown;
  /** Ends the process at once. */
  exit(code: number): unknown;
}

export interface Io extends Signals {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: Terminal;
}
