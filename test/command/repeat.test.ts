/**
 * The command that `report` derives from a checkpoint repeats the training with the same bits. A command line determines the
 * network.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandOf, networkOf, optionsOf } from '../../src/command/run/repeat.ts';
import type { Saved } from '../../src/command/run/run.ts';
import { quoted, wordsOf } from '../../src/command/shell.ts';
import { drawing } from '../support.ts';
import { anyText } from '../texts.ts';
import { checkpointOf, fresh, json } from './command.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('it is here', 24, 8);
const small = writeNetwork('small', { ...smallNetwork, variant: { from: 'paper', gate: 'positiveInput' } });

/** Trains, and returns the digest of the run and the contents of its checkpoint. */
async function trained(args: readonly string[], cwd?: string): Promise<{ digest: string; saved: Saved }> {
  const out = fresh();
  const digest = (await json([...args, '--out', out], cwd)).at(-1)!['digest'] as string;
  return { digest, saved: checkpointOf(out) as Saved };
}

describe('the command of a checkpoint trains the same bits', () => {
  const own = ['--dataset', dataset, '--model', small];
  test.each([
    ['a named network', [], '--limit 20 --epochs 1 --window 4 --leak 0.99 --variant paper --seed 7'],
    ['choices of a variant', own, '--epochs 1 --variant {"from":"paper","batch":"sum"}'],
    ['a network that has no name', own, '--epochs 2 --batch 32 --lr-steps none'],
    ['the network that fits the data', own.slice(0, 2), '--epochs 1 --window 8'],
    ['another rule', own, '--rule stbp --surrogate-width 0.5 --epochs 2 --optimiser sgd --lr 0.01'],
  ])('%s', async (_, data, more) => {
    const options = [...data, ...more.split(' ')];
    const first = await trained(['train', ...options]);
    const { command, networkFile } = commandOf(first.saved)!;
    const cwd = fresh('cwd');
    mkdirSync(cwd);
    if (networkFile !== undefined) writeFileSync(join(cwd, 'network.json'), networkFile);
    const [program, ...words] = wordsOf(command);
    expect(program).toBe('asf-bp');
    expect((await trained(words, cwd)).digest).toBe(first.digest);
  });

  test('without a file of the network, where the data gives it', async () => {
    const { saved } = await trained(['train', '--dataset', dataset, '--epochs', '1']);
    const { command, networkFile } = commandOf(saved)!;
    expect(networkFile).toBeUndefined();
    expect(command).not.toMatch(/--model|--leak|--window/);
    // The same network under another name, as if it came from a file.
    const net = { ...saved.net, description: { ...saved.net.description, name: 'mine' } };
    expect(commandOf({ ...saved, net })!.command).toContain('--model network.json');
  });

  test('but for settings that no option has', async () => {
    const { saved } = await trained(shortTraining(dataset, small));
    const { training } = saved;
    const settings = { ...training.state.settings, scaleEvery: 2 };
    expect(
      commandOf({ ...saved, training: { ...training, state: { ...training.state, settings } } }),
    ).toBeUndefined();
  });
});

describe('a command says what it trains', () => {
  test('with its options, wherever it stands', () => {
    const command = 'nice -n 19 npx asf-bp train --dataset cifar10 --lr=0.01 --lr-steps 2,3 --json';
    expect(optionsOf(command)).toEqual({ dataset: 'cifar10', lr: 0.01, lrSteps: [2, 3], json: true });
    expect(networkOf({ dataset: 'cifar10', window: 50 }, () => undefined)!.plan.T).toBe(50);
  });
  const others = ['predict x', 'train --frobnicate', 'train --epochs', 'train --lr x'];
  test.each([...others.map((rest) => `asf-bp ${rest}`), ''])('but %j says nothing', (command) =>
    expect(optionsOf(command)).toBeUndefined(),
  );
  test('and a network that is not here is none', () => {
    expect(networkOf({ model: '/no/such.json' }, (path) => path)).toBeUndefined();
  });
});

test('words that are quoted come back', () => {
  const word = anyText({ minLength: 1 });
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(wordsOf(words.map(quoted).join(' '))).toEqual(words);
    }),
    drawing(100),
  );
  expect(wordsOf(`a  "b \\" c" d\\ e 'f'g`)).toEqual(['a', 'b " c', 'd e', 'fg']);
});
