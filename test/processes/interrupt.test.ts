/** Ctrl-C finishes the batch and writes the checkpoint. The printed command resumes the training, with the same bits. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isWhole } from '../support.ts';
import {
  checkpointOf,
  fresh,
  home,
  json,
  linesOf,
  namesIn,
  pause,
  program,
  start,
  until,
  type Outcome,
} from './process.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';

const rest = test.runIf(isWhole);
const model = writeNetwork('small', smallNetwork);
/**
 * A training with 950 batches and about 0.5 s per epoch; one epoch suffices for one signal. The command that resumes does not
 * name `--limit`; the resumed training must still use the same number of images.
 */
const long = shortTraining(writeDataset('long data', 2000, 10), model);
long.push('--batch', '2', '--lr', '0.01', '--limit', '1900', '--epochs', isWhole ? '2' : '1');
/** One batch, followed by a long evaluation. */
const tested = [...shortTraining(writeDataset('tested', 8, 6000), model), '--lr', '0.01'];

/** A folder with a program `npx`, which runs the bundle under test. */
const bin = join(home, 'bin');
mkdirSync(bin);
writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${program}" "$@"\n`);
chmodSync(join(bin, 'npx'), 0o755);

/** Starts a training, and sends a signal `delay` milliseconds after `is()` becomes true. */
async function stopped(
  args: readonly string[],
  out: string,
  is: () => boolean,
  delay: number,
  signal: NodeJS.Signals = 'SIGINT',
): Promise<Outcome> {
  const { child, ended } = start([...args, '--out', out, '--json']);
  await until(is, 'the beginning of the run');
  await pause(delay);
  child.kill(signal);
  return ended;
}

/** The resume command that a stopped training prints last. */
function resumeLineOf({ code, err }: Outcome): string {
  expect(code, err).toBe(130);
  const [line] = err.trimEnd().split('\n').slice(-1);
  expect(line).toMatch(/^stopped; resume with: npx asf-bp train --out .* --resume$/);
  return line!.slice('stopped; resume with: '.length);
}

/** Runs a command line in a shell to its end. */
async function goOn(line: string): Promise<Record<string, any>[]> {
  const env = { PATH: `${bin}${delimiter}${process.env['PATH']}` };
  return linesOf(await start(['-c', `${line} --json`], { command: '/bin/sh', env }).ended);
}

/** The command must lead to the bits of an uninterrupted training. */
async function expectSame(line: string, args: readonly string[]): Promise<void> {
  const [resumed, unbroken] = await Promise.all([goOn(line), json([...args, '--out', fresh()])]);
  expect(resumed.at(-1)!['digest']).toBe(unbroken.at(-1)!['digest']);
}

describe('Ctrl-C', () => {
  test('in the middle of an epoch finishes the batch and saves it', async () => {
    const out = join(home, "it's my $(run)");
    const outcome = await stopped(long, out, () => existsSync(out), 60);
    const line = resumeLineOf(outcome);
    expect(namesIn(out)).toEqual(['checkpoint.safetensors']);
    const { training, epochs } = checkpointOf(out);
    expect(training!.state).toMatchObject({ epoch: 0 });
    expect(training!.state.batch).toBeGreaterThan(0);
    expect({ epochs, said: outcome.out }).toEqual({ epochs: [], said: '' });
    await expectSame(line, long);
  });

  rest('during the evaluation leaves it to the run that goes on', async () => {
    const out = fresh();
    const saved = join(out, 'checkpoint.safetensors');
    const line = resumeLineOf(await stopped(tested, out, () => existsSync(saved), 20));
    const { training, epochs } = checkpointOf(out);
    expect(training!.state).toMatchObject({ epoch: 1, batch: 0 });
    expect(epochs).toEqual([]);
    await expectSame(line, tested);
    expect(checkpointOf(out).epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  rest.each(['SIGTERM', 'SIGHUP'] as const)('is the same for %s, and in a pool', async (signal) => {
    const out = fresh();
    const args = [...long, '--threads', '2'];
    await expectSame(resumeLineOf(await stopped(args, out, () => existsSync(out), 100, signal)), long);
  });
});

/** Whether the program `script` of util-linux is installed. */
const hasScript = String(spawnSync('script', ['--version']).stdout).includes('util-linux');
if (!hasScript) console.warn('no terminal: script of util-linux expected; Ctrl-C is only sent as a signal');

test.runIf(hasScript)(
  'Ctrl-C in a terminal leaves a checkpoint and a line to copy in one piece',
  async () => {
    const out = fresh();
    const words = [process.execPath, program, ...long, '--epochs', '1000', '--out', out];
    const line = `stty cols 60 rows 24; exec ${words.map((word) => `'${word}'`).join(' ')}`;
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      cwd: home,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    const ended = new Promise((resolve) => child.on('close', resolve));
    await until(() => shown.includes('░'), 'the progress line');
    child.stdin.write('\x03');
    expect(await ended, shown).toBe(130);
    expect(shown).toMatch(/stopped; resume with:\s/);
    expect(shown).toContain(` npx asf-bp train --out ${out} --resume\r\n`);
    expect(namesIn(out)).toEqual(['checkpoint.safetensors']);
    expect(checkpointOf(out).training!.state.batch).toBeGreaterThan(0);
  },
);
