/** The interface between a command and its process: streams, signals and exit. `process` implements it. */
import { printable, wrapped } from '../printable.ts';
import { isColoured, painted } from './paint.ts';

interface Output {
  write(text: string): boolean;
}

/** A stream that may be a terminal, with its width. */
interface Wide extends Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** A terminal that can repaint lines. */
export interface Terminal extends Wide {
  /** The stream without {@link printing}, for repainted lines. */
  readonly raw?: NodeJS.WritableStream;
}

export interface Signals {
  on(name: NodeJS.Signals, listener: () => void): unknown;
  off(name: NodeJS.Signals, listener: () => void): unknown;
  /** Ends the process at once. */
  exit(code: number): unknown;
}

/** The interface that a command receives. */
export interface Io extends Signals {
  readonly stdout: Wide;
  readonly stderr: Terminal;
}

/** The interface that a process has. */
export interface ProcessIo extends Signals {
  readonly stdout: Wide;
  readonly stderr: NodeJS.WritableStream & Terminal;
}

/** Fewest columns at which lines are wrapped: in a narrower terminal almost every line would be. */
const narrow = 40;

/** Makes all output printable, whatever names and files contain. In a terminal, text is also coloured and wrapped to its width. */
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
