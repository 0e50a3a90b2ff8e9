/** The interface between a command and its process: streams, signals and exit. Node's `process` implements it. */
import { printable, wrapped } from '../printable.ts';
import { isColoured, painted } from './paint.ts';

export interface Terminal {
  write(text: string): boolean;
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** The stream without the changes of {@link printing}, for repainted lines. */
  readonly raw?: NodeJS.WritableStream;
}

export interface Signals {
  on(name: NodeJS.Signals, listener: () => void): unknown;
  off(name: NodeJS.Signals, listener: () => void): unknown;
  exit(code: number): unknown;
}

export interface Io extends Signals {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
}

export type ProcessIo = Io & { readonly stderr: NodeJS.WritableStream };

/** Lines are wrapped only in a terminal of at least this many columns. In a narrower terminal, almost every line would wrap. */
const narrow = 40;

/** Makes all output printable, because names and files may contain any characters. In a terminal, text is also coloured and wrapped. */
export function printing(io: ProcessIo): Io {
  return {
    stdout: printingTo(io.stdout),
    stderr: printingTo(io.stderr, io.stderr),
    on: (name, listener) => io.on(name, listener),
    off: (name, listener) => io.off(name, listener),
    exit: (code) => io.exit(code),
  };
}

function printingTo(stream: Terminal, raw?: NodeJS.WritableStream): Terminal {
  return {
    write(text) {
      const { isTTY = false, columns = 0 } = stream;
      const fitted = isTTY && columns >= narrow ? wrapped(printable(text), columns) : printable(text);
      return stream.write(painted(fitted, isColoured(isTTY, process.env)));
    },
    ...(raw && { raw }),
    // Getters, because the width of a terminal may change.
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns ?? 0;
    },
  };
}
