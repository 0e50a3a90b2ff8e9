/** The command in this process: `run` with streams that record the output, and signals from the test. */
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../../src/command/main.ts';
import { freshFolder, home, linesOf, namesIn, refusalOf, type Outcome } from './place.ts';

export * from './place.ts';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A stream that records its text. */
class Text extends Writable {
  text = '';
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += String(chunk);
    this.emit('said', this.text);
    done();
  }
}

/** The process of one command: its output, and its listeners for signals. */
export class Process extends EventEmitter {
  readonly stdout = new Text();
  readonly stderr = new Text();
  exit(code: number): void {
    throw new Error(`exit ${code}`);
  }
}

/** The process has one working folder, so commands run one after the other. */
let last: Promise<unknown> = Promise.resolve();

/** Runs `asf-bp ARGS` to its end. */
export function asfbp(args: readonly string[], cwd = home, io = new Process()): Promise<Outcome> {
  const outcome = last.then(async () => {
    const before = process.cwd();
    process.chdir(cwd);
    try {
      const code = await run(args, io);
      return { code, signal: null, out: io.stdout.text, err: io.stderr.text };
    } finally {
      process.chdir(before);
    }
  });
  last = outcome.catch(() => {});
  return outcome;
}

/**
 * Runs `asf-bp ARGS` in an empty folder. It must refuse, and the folder must stay empty. Returns the line.
 */
export async function refused(args: readonly string[]): Promise<string> {
  const cwd = freshFolder('empty');
  const line = refusalOf(await asfbp(args, cwd));
  expect(namesIn(cwd)).toEqual([]);
  return line;
}

/**
 * Runs `asf-bp ARGS --json`, which must succeed, and returns its lines. It has one thread unless the test
 * sets the number: starting a pool takes longer than the work.
 */
export async function json(args: readonly string[], cwd?: string): Promise<Record<string, any>[]> {
  const isThreaded = ['train', 'evaluate', 'export'].includes(args[0]!) && !args.includes('--threads');
  const threads = isThreaded ? ['--threads', '1'] : [];
  return linesOf(await asfbp([...args, ...threads, '--json'], cwd));
}

/** One test per row: the command refuses the arguments, which `begin` begins, in one line that contains the words. */
export function refuses(
  rows: readonly (readonly [args: readonly string[], words: string])[],
  ...begin: readonly string[]
): void {
  test.each(rows)(`${begin.join(' ')} %j is refused: %s`, async (args, words) => {
    expect(refusalOf(await asfbp([...begin, ...args], root))).toContain(words);
  });
}
