/** Runs the command in this process, with streams that record the output, and with signals from the test. */
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commands, run } from '../../src/command/main.ts';
import { freshFolder, home, linesOf, namesIn, refusalOf, type Outcome } from './place.ts';

export * from './place.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The options of each command, by its name. */
export const optionTables = new Map(
  await Promise.all(commands.map(async ({ name, load }) => [name, (await load()).optionTable] as const)),
);

class Text extends Writable {
  text = '';
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += String(chunk);
    this.emit('said', this.text);
    done();
  }
}

/** The streams and signals of one command. */
export class Process extends EventEmitter {
  readonly stdout = new Text();
  readonly stderr = new Text();
  exit(code: number): void {
    throw new Error(`exit ${code}`);
  }
}

/** Commands run one after the other, because the process has only one working folder. */
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

/** Runs `asf-bp ARGS` in an empty folder. The command must refuse, and leave the folder empty. Returns the error line. */
export async function refused(args: readonly string[]): Promise<string> {
  const cwd = freshFolder('empty');
  const line = refusalOf(await asfbp(args, cwd));
  expect(namesIn(cwd)).toEqual([]);
  return line;
}

/**
 * Runs `asf-bp ARGS --json`, which must succeed, and returns its lines. By default it uses one thread, because a pool starts
 * slowly.
 */
export async function json(args: readonly string[], cwd?: string): Promise<Record<string, any>[]> {
  const isThreaded = ['train', 'evaluate', 'export'].includes(args[0]!) && !args.includes('--threads');
  const threads = isThreaded ? ['--threads', '1'] : [];
  return linesOf(await asfbp([...args, ...threads, '--json'], cwd));
}

/** Defines a test for each row. The command must refuse `begin` and the row's arguments, in one line with the row's words. */
export function refuses(
  rows: readonly (readonly [args: readonly string[], words: string])[],
  ...begin: readonly string[]
): void {
  test.each(rows)(`${begin.join(' ')} %j is refused: %s`, async (args, words) => {
    expect(refusalOf(await asfbp([...begin, ...args], root))).toContain(words);
  });
}
