/** `asf-bp train` prints and writes its measurements. The digest depends only on settings that change numbers. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { asfbp, checkpointOf, fresh, freshFolder, json, linesOf, namesIn, refusalOf } from './command.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('data', 40, 12);
const model = writeNetwork('small', smallNetwork);
const small = [...shortTraining(dataset, model), '--batch', '7', '--shard', '3', '--lr', '0.01'];

async function digestOf(...more: string[]): Promise<string> {
  return (await json([...small, '--out', fresh(), ...more])).at(-1)!['digest'] as string;
}

describe('train --json', () => {
  const out = fresh();
  let lines: Record<string, any>[];
  beforeAll(async () => (lines = await json([...small, '--epochs', '3', '--out', out])));

  test('says one line an epoch, with everything that was measured', () => {
    expect(lines).toHaveLength(4);
    for (const [place, line] of lines.slice(0, 3).entries()) {
      expect(Object.keys(line)).toEqual(['epoch', 'loss', 'accuracy', 'imagesPerSecond', 'spikeRates', 'S']);
      expect(line['epoch']).toBe(place + 1);
      expect(line['loss']).toBeGreaterThan(0);
      expect(line['imagesPerSecond']).toBeGreaterThan(0);
      expect(line['accuracy'] * 12).toBeCloseTo(Math.round(line['accuracy'] * 12), 9);
      expect(Object.keys(line['spikeRates'])).toEqual(['1 convolution', '2 averagePool', '3 linear']);
      for (const rate of Object.values(line['spikeRates'])) expect(rate).toBeGreaterThan(0);
      expect(Object.keys(line['S'])).toEqual(Object.keys(line['spikeRates']));
    }
  });

  test('ends with the digest of the weights and the path of the model', () => {
    const { digest, model: path, accuracy, epochs } = lines.at(-1)!;
    expect({ accuracy, epochs }).toEqual({ accuracy: lines[2]!['accuracy'], epochs: 3 });
    expect(isAbsolute(path)).toBe(true);
    expect(path).toBe(join(out, 'model.safetensors'));
    const { tensors } = readSafetensors(readFileSync(path), path);
    const hash = createHash('sha256');
    for (const { data } of Object.values(tensors)) hash.update(new Uint8Array(data.buffer));
    expect(digest).toBe(hash.digest('hex'));
  });

  test('leaves a model and a checkpoint, and nothing else', () => {
    expect(namesIn(out)).toEqual(['checkpoint.safetensors', 'model.safetensors']);
    const { epochs, training } = checkpointOf(out);
    expect(epochs).toEqual(lines.slice(0, 3));
    expect(training!.state).toMatchObject({ epoch: 3, batch: 0 });
    expect(training!.run).toEqual({ dataset, trainSamples: 40, testSamples: 12 });
  });
});

test('train for people says each epoch, shows ten pictures, and ends with the accuracy', async () => {
  const out = fresh();
  const { code, out: text, err } = await asfbp([...small, '--epochs', '2', '--out', out]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = text.trimEnd().split('\n');
  expect(lines[0]).toMatch(
    /: 40 training and 12 test images · small, variant authors, T 4 · 2 epochs, batch 7, learning rate 0.01 · wasm, \d+ threads?, lanes of (128|256) bits( \(256 in Node 24\))? · /,
  );
  expect(lines[0]!.endsWith(` · ${out}`)).toBe(true);
  expect(lines[1]).toMatch(/^epoch 1\/2 · loss \d\.\d{4} · test \d+ of 12 · [\d.]+ images\/s$/);
  expect(lines[2]).toMatch(
    /^ {2}spike rates {2}1 convolution 0\.\d{3} {3}2 averagePool 0\.\d{3} {3}3 linear      0\.\d{3}$/,
  );
  expect(lines[3]).toMatch(/^epoch 2\/2/);
  expect(text.match(/says \d/g)).toHaveLength(10);
  expect(text).toMatch(/\ndigest {2}[0-9a-f]{64}\n/);
  expect(text).toContain(`\nuse it  npx asf-bp predict ${out} FILE.png\n`);
  const labels = readFileSync(join(dataset, 't10k-labels-idx1-ubyte')).subarray(8);
  const most = Math.max(...Array.from({ length: 10 }, (_, c) => labels.filter((l) => l === c).length));
  expect(lines.at(-3)).toBe(`chance  ${most} of 12, always answering the commonest class`);
  expect(lines.at(-1)).toMatch(/^test accuracy \d+ of 12$/);
});

describe('the digest', () => {
  test('depends on neither backend, folder, working directory nor the data’s path', async () => {
    const cwd = freshFolder('elsewhere');
    mkdirSync(join(cwd, 'mine'));
    for (const name of readdirSync(dataset)) copyFileSync(join(dataset, name), join(cwd, 'mine', name));
    const moved = await json([...small, '--dataset', 'mine', '--out', 'sub/folder/run'], cwd);
    const digests = [
      await digestOf(),
      await digestOf('--backend', 'reference'),
      await digestOf('--debug'),
      ...(await Promise.all(['1', '2', '3', '7'].map((threads) => digestOf('--threads', threads)))),
      moved.at(-1)!['digest'],
    ];
    expect(new Set(digests).size).toBe(1);
    expect(moved.at(-1)!['model']).toBe(join(cwd, 'sub/folder/run/model.safetensors'));
  });

  test('depends on every setting that enters the numbers', async () => {
    const changes = [
      '',
      '--seed 2',
      '--window 5',
      '--lr 0.02',
      '--batch 8',
      '--limit 39',
      '--epochs 3',
    ].concat(
      ['--optimiser sgd', '--weight-decay 0.5', '--variant paper', '--threshold 0.75', '--leak 0.5'],
      '--lr-steps none',
    );
    const digests = changes.map((change) => digestOf(...change.split(' ').filter(Boolean)));
    expect(new Set(await Promise.all(digests)).size).toBe(changes.length);
  });
});

describe('a folder that holds a run', () => {
  const out = fresh();
  const long = [...small, '--lr-steps', 'none', '--epochs'];
  let last: Record<string, any>;
  beforeAll(async () => (last = (await json([...long, '2', '--out', out])).at(-1)!));

  test('is refused without --resume, and stays as it is', async () => {
    const before = readFileSync(join(out, 'checkpoint.safetensors'));
    const line = refusalOf(await asfbp([...small, '--out', out]));
    expect(line).toContain(`"--out" expected a folder without a run, got ${out}, which has checkpoint`);
    expect(line).toContain('; add --resume, or name another folder');
    expect(readFileSync(join(out, 'checkpoint.safetensors')).equals(before)).toBe(true);
  });

  test('that is finished says its last line again', async () => {
    expect(await json(['train', '--out', out, '--resume'])).toEqual([last]);
    const typed = ['--dataset', basename(dataset), '--out', out, '--resume'];
    expect(await json(['train', ...typed], dirname(dataset))).toEqual([last]);
    const { out: text } = await asfbp([...small, '--epochs', '2', '--out', out, '--resume']);
    expect(text).toContain(`digest  ${last['digest']}`);
  });

  test.each([
    '--seed 9',
    '--batch 9',
    '--window 9',
    '--variant paper',
    '--rule lee',
    '--lr 9',
    '--epochs 1',
    '--limit 9',
  ])('is refused with another %s', async (change) => {
    const [option, value] = change.split(' ') as [string, string];
    const line = refusalOf(await asfbp([...small, '--out', out, '--resume', option, value]));
    expect(line).toMatch(
      option === '--epochs' ? /at least the 2 of the run in/ : /as the run in .* has, got/,
    );
    expect(line).toContain(`train: "${option}" expected `);
    expect(namesIn(out)).toEqual(['checkpoint.safetensors', 'model.safetensors']);
  });

  test('is refused with another network, other data, and other steps of the rate', async () => {
    const other = writeNetwork('other', { ...smallNetwork, layers: [{ kind: 'linear', units: 4 }] });
    for (const [words, ...more] of [
      [
        `"--model" expected the network of the run in ${out}, got another network, ${other}; `,
        '--model',
        other,
      ],
      ['"--dataset" expected ', '--dataset', writeDataset('more', 41, 12)],
      [
        `"--lr" expected 0.01, as the run in ${out} has, got 0.1; leave it out, or start in a new`,
        '--lr',
        '0.1',
      ],
      ['"--lr-steps" expected none, as', '--lr-steps', '1,2'],
    ] as const)
      expect(refusalOf(await asfbp(['train', '--out', out, '--resume', ...more]))).toContain(
        `train: ${words}`,
      );
  });

  test('goes on to more epochs with the bits of one long run', async () => {
    const lines = await json(['train', '--dataset', dataset, '--out', out, '--resume', '--epochs', '4']);
    expect(lines.map(({ epoch }) => epoch)).toEqual([3, 4, undefined]);
    const [unbroken] = (await json([...long, '4', '--out', fresh()])).slice(-1);
    expect(lines.at(-1)!['digest']).toBe(unbroken!['digest']);
  });
});

test.each(['lee', 'stbp --surrogate fastSigmoid --surrogate-width 2'])(
  'a model of rule %s is named so by info, without S',
  async (rule) => {
    const out = fresh();
    await json([...small, '--leak', '0.9', '--rule', ...rule.split(' '), '--out', out]);
    const [facts] = await json(['info', out]);
    const [name] = rule.split(' ');
    expect(facts).toMatchObject({ rule: name, variant: 'authors' });
    for (const layer of facts!['layers']) expect(layer).not.toHaveProperty('S');
    expect((await asfbp(['info', out])).out).toContain(`variant authors, rule ${name}, window 4\n`);
  },
);

test('more epochs than a run was begun with keep the step of the learning rate, and say so', async () => {
  const resume = async (begun: readonly string[], epochs: string): Promise<string> => {
    const out = fresh();
    await json([...small, '--limit', '8', ...begun, '--out', out]);
    return (await asfbp(['train', '--out', out, '--resume', '--epochs', epochs, '--threads', '1'])).err;
  };
  expect(await resume(['--epochs', '3'], '6')).toContain(
    'the learning rate falls after epoch 2, the default for 3 epochs; a run begun with 6 epochs lowers it after epoch 4 and gets other weights\n',
  );
  // No notice: the rate falls at the same epoch as before, or an option sets that epoch.
  expect(await resume(['--epochs', '3'], '4')).not.toContain('the learning rate falls');
  expect(await resume(['--epochs', '3', '--lr-steps', '1'], '6')).not.toContain('the learning rate falls');
});

describe('--resume without a checkpoint', () => {
  test('starts from the beginning and says so', async () => {
    const out = fresh();
    const done = await asfbp([...small, '--out', out, '--resume', '--json']);
    expect(done.err).toBe(`no checkpoint in ${out}: starting from the beginning\n`);
    expect(linesOf(done).at(-1)!['digest']).toBe(await digestOf());
  });

  test('is refused without a data set, and names the runs that are there', async () => {
    const cwd = freshFolder('mistyped');
    const refused = async (out: string): Promise<string> =>
      refusalOf(await asfbp(['train', '--resume', '--out', out, '--epochs', '3'], cwd));
    const line = 'train: "--resume" expected the folder of a run in --out, got runs/none, which has none';
    const begin = 'to begin one in runs/none, name its --dataset';
    expect(await refused('runs/none')).toBe(`${line}; ${begin}`);
    for (const name of ['one', 'other']) await json([...small, '--out', `runs/${name}`], cwd);
    expect(await refused('runs/none')).toBe(`${line}; runs, newest first: runs/other, runs/one; ${begin}`);
    expect(await refused('none')).toContain('; runs, newest first: runs/other, runs/one; ');
    expect(namesIn(join(cwd, 'runs'))).toEqual(['one', 'other']);
  });
});

describe('without --out', () => {
  test('nothing is resumed; the newest run is named', async () => {
    const cwd = freshFolder('runs');
    const refused = async (): Promise<string> => refusalOf(await asfbp(['train', '--resume'], cwd));
    const line = 'train: "--resume" expected --out DIR, the folder of the run, got nothing';
    expect(await refused()).toBe(line);
    const run = (await json(small, cwd)).at(-1)!['model'] as string;
    expect(await refused()).toBe(`${line}; the newest run is ${relative(cwd, dirname(run))}`);
  });

  test('runs are numbered, those that begin at once too', async () => {
    const cwd = freshFolder('runs');
    const models = [];
    for (const lines of await Promise.all([1, 2, 3].map(() => json(small, cwd))))
      models.push(lines.at(-1)!['model'] as string);
    const name = `${dataset.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-/, '')}-small`;
    const folders = [1, 2, 3].map((k) => join(cwd, 'runs', `${name}-${k}`, 'model.safetensors'));
    expect(models.sort()).toEqual(folders);
  });
});
