/** Ctrl-C finishes the batch and writes the checkpoint, and the command that is shown resumes to the same bits. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isWhole } from '../support.ts';
import {
  asfbp,
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
} from './process.ts';
import type { Outcome } from './process.ts';
import { smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';

const rest = test.runIf(isWhole);

const model = writeNetwork('small', smallNetwork);
/** Of so small a network a pool takes longer to start than it saves. */
const alone = ['--lr', '0.01', '--threads', '1'];
/** Epochs of some 0.5 s in 1000 batches; one is enough for one signal. */
const long = ['--dataset', writeDataset('long data', 2000, 10), '--batch', '2', ...alone];
long.push('--epochs', isWhole ? '2' : '1');
/** One batch, and then a long evaluation. */
const tested = ['--dataset', writeDataset('tested', 8, 6000), '--epochs', '2', ...alone];
const digests = new Map<readonly string[], string>();

/** A folder in which `npx asf-bp` is the bundle under test. */
const bin = join(home, 'bin');

beforeAll(async () => {
  mkdirSync(bin);
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(join(bin, 'npx'), 0o755);
  for (const args of isWhole ? [long, tested] : [long]) {
    const lines = await json(['train', '--model', model, '--out', fresh(), ...args]);
    digests.set(args, lines.at(-1)!['digest']);
  }
});

/** Starts a run and sends a signal a while after `is` holds for its folder. */
async function stopped(
  args: readonly string[],
  out: string,
  is: () => boolean,
  delay: number,
  signal: NodeJS.Signals = 'SIGINT',
): Promise<Outcome> {
  const { child, ended } = start(['train', '--model', model, '--out', out, ...args, '--json']);
  await until(is, 'the beginning of the run');
  await pause(delay);
  child.kill(signal);
  return ended;
}

/** The command in the line that a stopped run leaves. */
function resumeLineOf({ code, err }: Outcome): string {
  expect(code, err).toBe(130);
  const [line] = err.trimEnd().split('\n').slice(-1);
  expect(line).toMatch(/^stopped; go on with: npx asf-bp train --out .* --resume/);
  return line!.slice('stopped; go on with: '.length);
}

/** Runs the line as a shell does, to the end. */
async function goOn(line: string): Promise<Record<string, any>> {
  const env = { PATH: `${bin}${delimiter}${process.env['PATH']}` };
  const outcome = await start(['-c', `${line} --json`], { command: '/bin/sh', env }).ended;
  return linesOf(outcome).at(-1)!;
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
    expect((await goOn(line))['digest']).toBe(digests.get(long));
  });

  rest('again and again ends with the same bits', async () => {
    const out = fresh();
    let line = resumeLineOf(await stopped(long, out, () => existsSync(out), 30));
    for (const delay of [150, 200, 250]) {
      const { child, ended } = start(['train', '--out', out, '--resume', ...long.slice(0, 2), '--json']);
      await pause(delay);
      child.kill('SIGINT');
      const outcome = await ended;
      // Too early, and nothing was done; too late, and everything was.
      if (outcome.signal === 'SIGINT' || outcome.code === 0) continue;
      line = resumeLineOf(outcome);
      checkpointOf(out);
    }
    expect((await goOn(line))['digest']).toBe(digests.get(long));
  });

  rest('during the evaluation leaves it to the run that goes on', async () => {
    const out = fresh();
    const saved = join(out, 'checkpoint.safetensors');
    const line = resumeLineOf(await stopped(tested, out, () => existsSync(saved), 20));
    const { training, epochs } = checkpointOf(out);
    expect(training!.state).toMatchObject({ epoch: 1, batch: 0 });
    expect(epochs).toEqual([]);
    const env = { PATH: `${bin}${delimiter}${process.env['PATH']}` };
    const lines = linesOf(await start(['-c', `${line} --json`], { command: '/bin/sh', env }).ended);
    expect(lines.map(({ epoch }) => epoch)).toEqual([1, 2, undefined]);
    expect(lines[2]!['digest']).toBe(digests.get(tested));
    expect(checkpointOf(out).epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  rest('during the last evaluation leaves a run that --resume finishes', async () => {
    const out = fresh();
    const args = [...tested.slice(0, 2), '--epochs', '1', ...alone];
    const saved = join(out, 'checkpoint.safetensors');
    const line = resumeLineOf(await stopped(args, out, () => existsSync(saved), 20));
    expect(namesIn(out)).toEqual(['checkpoint.safetensors']);
    const last = await goOn(line);
    expect(last).toMatchObject({ epochs: 1, model: join(out, 'model.safetensors') });
    expect((await asfbp(['info', last['model']])).code).toBe(0);
  });

  rest.each(['SIGTERM', 'SIGHUP'] as const)('is the same for %s, and in a pool', async (signal) => {
    const out = fresh();
    const args = [...long, '--threads', '2'];
    const line = resumeLineOf(await stopped(args, out, () => existsSync(out), 100, signal));
    expect((await goOn(line))['digest']).toBe(digests.get(long));
  });

  rest('with --limit is gone on with on as many images', async () => {
    const out = fresh();
    const line = resumeLineOf(await stopped([...long, '--limit', '1900'], out, () => existsSync(out), 50));
    expect(line).toMatch(/ --resume$/);
    await goOn(line);
    expect(checkpointOf(out).training!.run).toMatchObject({ trainSamples: 1900, testSamples: 10 });
  });
});
