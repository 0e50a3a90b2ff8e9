/** The interface between a command and its process: streams, colours, signals and exit. Node's `process` implements it. */
import { marks as everyMark, printable, wrapped } from '../printable.ts';

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

/**
 * Bold text and colour. Code that prints a styled text marks its beginning and end; {@link printing} replaces or removes the marks.
 * For each style: the two marks, in Unicode's private use area, and their escape sequences.
 */
const marks = {
  strong: ['\ue001', '\ue002', '\x1b[1m', '\x1b[22m'],
  good: ['\ue003', '\ue004', '\x1b[32m', '\x1b[39m'],
  bad: ['\ue005', '\ue006', '\x1b[31m', '\x1b[39m'],
  unsure: ['\ue007', '\ue008', '\x1b[33m', '\x1b[39m'],
} as const;

const mark =
  (name: keyof typeof marks) =>
  (text: string): string =>
    `${marks[name][0]}${text}${marks[name][1]}`;

export const [strong, unsure] = [mark('strong'), mark('unsure')];
const [good, bad] = [mark('good'), mark('bad')];

/** Colours verdicts, so that a difference is not mistaken for an agreement. */
export const judged = (text: string): string =>
  text
    .replaceAll(/^ *✓.*?(?=:|$)/gm, (line) => good(line))
    .replaceAll(/^ *✗.*?(?=:|$)/gm, (line) => bad(line))
    .replaceAll(/^ *\?.*?(?=:|$)/gm, (line) => unsure(line))
    .replaceAll(/\bDIFFERS\b/g, bad('DIFFERS'))
    .replace(/: differs\b/, `: ${bad('differs')}`)
    .replaceAll(/\bagrees\b|(?<=numbers )agree\b/g, (word) => good(word));

/** Replaces the marks in a text by escape sequences, or removes them if there is no colour. */
export function painted(text: string, hasColour: boolean): string {
  if (!hasColour) return text.replace(everyMark, '');
  let coloured = text;
  for (const [begin, end, on, off] of Object.values(marks))
    coloured = coloured.replaceAll(begin, on).replaceAll(end, off);
  return coloured;
}

/** Whether a stream shows colours: if it is a terminal, unless the environment forbids colours. */
export function isColoured(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTerminal && !env['NO_COLOR'] && !env['CI'] && env['TERM'] !== 'dumb';
}

/** Signals within this number of milliseconds count as one. npm forwards the terminal's signal, so the process receives it twice. */
const echo = 1000;

/**
 * Handles Ctrl-C, SIGTERM, and SIGHUP of a closed terminal until `release`. The first signal stops the work after the current batch; a
 * later signal ends the process. After a signal, the listener stays registered, because the package signal-exit ends a process that has no
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
