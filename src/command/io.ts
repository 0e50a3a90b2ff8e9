/** What a command is given of the process that runs it: its streams, its signals and its end. `process` is one. */
import { printable } from '../printable.ts';
import { isColoured, painted, wrapped } from './paint.ts';

/** Where text goes. */
interface Output {
  write(text: string): boolean;
}

/** A stream that may be a terminal, with its width. */
interface Wide extends Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The same, which may paint lines again. */
export interface Terminal extends Wide {
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
  readonly stdout: Wide;
  readonly stderr: Terminal;
}

/** What a process has. */
export interface ProcessIo extends Signals {
  readonly stdout: Wide;
  readonly stderr: NodeJS.WritableStream & Terminal;
}

/** Least columns of a terminal whose lines are wrapped: below, everything would be. */
const narrow = 40;

/**
 * The one door for output: whatever names and files have in them, text that goes through is printable. In a terminal it is painted and
 * as wide as the terminal.
 */
export function printing(io: ProcessIo): Io {
  const { stdout, stderr } = io;
  const show = (stream: Wide, text: string): string => {
    const { isTTY = false, columns = 0 } = stream;
    const fitted = isTTY && columns >= narrow ? wrapped(printable(text), columns) : printable(text);
    return painted(fitted, isColoured(isTTY, process.env));
  };
  return {
    stdout: {
      write: (text) => stdout.write(show(stdout, text)),
      get isTTY() {
        return stdout.isTTY === true;
      },
      get columns() {
        return stdout.columns ?? 0;
      },
    },
    stderr: {
      write: (text) => stderr.write(show(stderr, text)),
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
