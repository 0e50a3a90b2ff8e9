/** What a command is given of the process that runs it: its streams, its signals and its end. `process` is one. */
import { printable } from '../printable.ts';

/** Where text goes. */
interface Output {
  write(text: string): boolean;
}

/** A stream that may be a terminal. */
export interface Terminal extends Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** The same past {@link printing}, for what paints lines again. */
  readonly raw?: NodeJS.WritableStream;
}

/** Where signals arrive. */
export interface Signals {
  on(name: NodeJS.Signals, listener: () => void): unknown;
  off(name: NodeJS.Signals, listener: () => void): unknown;
  /** Ends the process at once. */
  exit(code: number): unknown;
}

/** What a command is given. */
export interface Io extends Signals {
  readonly stdout: Output;
  readonly stderr: Terminal;
}

/** What a process has. */
export interface ProcessIo extends Signals {
  readonly stdout: Output;
  readonly stderr: NodeJS.WritableStream & Terminal;
}

/** The one door for output: whatever names and files have in them, text that goes through is printable. */
export function printing(io: ProcessIo): Io {
  const { stdout, stderr } = io;
  return {
    stdout: { write: (text) => stdout.write(printable(text)) },
    stderr: {
      write: (text) => stderr.write(printable(text)),
      raw: stderr,
      get isTTY() {
        return stderr.isTTY === true;
      },
      get columns() {
        return stderr.columns ?? 0;
      },
    },
    on: (name, listener) => io.on(name, listener),
    off: (name, listener) => io.off(name, listener),
    exit: (code) => io.exit(code),
  };
}
