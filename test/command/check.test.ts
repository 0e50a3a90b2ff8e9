/** `asf-bp check` finds the first wrong array of a step and prints it last. `asf-bp oracle run` writes the right arrays. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { withProgress } from '../../src/command/oracle/checkReport.ts';
import { wordsOf } from '../../src/command/shell.ts';
import { readNpz, writeNpz } from '../../src/formats/npz.ts';
import type { AnyTensor, Tensor } from '../../src/formats/tensor.ts';
import { writeZip } from '../../src/formats/zipWriter.ts';
import { keys, type Report } from '../../src/oracle.ts';
import { npyDict, npyFile, writeSafetensors } from '../fuzz/samples.ts';
import { permuted } from '../support.ts';
import { asfbp, fresh, home, Process, refusalOf, refuses } from './command.ts';
import { writeNetwork } from './world.ts';

type Arrays = Iterable<readonly [string, AnyTensor]>;

/** A network, and a case whose arrays `oracle run` computes. */
const conv = { kind: 'convolution', channels: 3, kernel: 3, padding: 1 };
const layers = [conv, { kind: 'averagePool', size: 2 }, { kind: 'linear', units: 3 }];
const small = { input: { channels: 2, height: 4, width: 4 }, timeWindow: 4, threshold: 0.5, layers };
const net = ['--network', writeNetwork('oracle', { ...small, variant: 'authors' })];
const B = 2;

const tensor = (shape: readonly number[], of: (i: number) => number = () => 0): Tensor => {
  const length = shape.reduce((a, b) => a * b, 1);
  return { dtype: 'F64', shape, data: Float64Array.from({ length }, (_, i) => of(i)) };
};
const scalar = (value: number): Tensor => tensor([], () => value);
const given: Readonly<Record<string, Tensor>> = {
  'input.spikes': tensor([4, B, 2, 4, 4], (i) => Number((i * 7) % 3 === 0)),
  label: { dtype: 'I64', shape: [B], data: BigInt64Array.of(0n, 2n) },
  'layer1.weight': tensor([3, 2, 3, 3], (i) => (((i * 5) % 9) - 3) / 8),
  'layer3.weight': tensor([3, 12], (i) => (((i * 7) % 9) - 4) / 8),
  learningRate: scalar(0.001),
};
function write(those: Arrays, path = `${fresh('step')}.npz`): string {
  writeFileSync(path, writeNpz(those));
  return path;
}

const caseFile = write(Object.entries(given));

async function answer(more: string[] = [], from = caseFile): Promise<[string, Map<string, Tensor>]> {
  const path = `${fresh('expected')}.npz`;
  const run = asfbp(['oracle', 'run', from, ...net, '--out', path, ...more]);
  expect(await run).toMatchObject({ code: 0, err: '' });
  return [path, readNpz(readFileSync(path), path) as Map<string, Tensor>];
}

const [right, arrays] = await answer();
function changed(from: Map<string, Tensor>, which: RegExp, of: (v: number, i: number) => number) {
  const other = ({ shape, data }: Tensor): Tensor => tensor(shape, (i) => of(Number(data[i]), i));
  return new Map([...from].map(([key, array]) => [key, which.test(key) ? other(array) : array]));
}

async function judge(those: Arrays | string, ...more: string[]) {
  const path = typeof those === 'string' ? those : write(those);
  const { code, out } = await asfbp(['check', path, '--json', ...more]);
  return { ...(JSON.parse(out) as Report), code, path };
}

function terminal(columns: number): Process {
  const io = new Process();
  Object.assign(io.stdout, { columns });
  return io;
}

/** The printed rows and the lines of the verdict. No line is wider than the terminal. */
async function said(path: string, columns = 0, ...more: string[]) {
  const all = (await asfbp(['check', path, ...more], home, terminal(columns))).out.trimEnd().split('\n');
  expect(all.filter((line) => line.length > (columns || 80))).toEqual([]);
  const end = all.indexOf('');
  return { rows: all.slice(0, end), lines: all.slice(end + 1) };
}

const flat = (lines: readonly string[]): string => lines.map((line) => line.trim()).join(' ');
const isRow = (line: string): boolean => /^ +[✗✓?] /.test(line);
const meant = (choices: object): string => `--variant '${JSON.stringify({ from: 'paper', ...choices })}'`;
const paper = ['--variant', 'paper'];

describe.each([0, 80, 40])('the answer is the last thing that one reads, on %i columns', (columns) => {
  test('of a right step', async () => {
    const { rows, lines } = await said(right, columns);
    expect(rows[0]).toMatch(/^stage +numbers +arrays$/);
    expect(rows.filter((row) => /^\w+ +\d+ +✓ \d+$/.test(row))).toHaveLength(7);
    expect(rows.filter(isRow)).toEqual([]);
    expect(lines[0]).toMatch(/^✓ agrees:/);
    expect(flat(lines).replaceAll(' ', '')).toContain(`${right},variantauthors`);
    expect(lines.at(-1)).toMatch(/^\d+\.\d s$/);
  });

  test('of a wrong one, with rows for what differs, and with --all for each array', async () => {
    const { path, code } = await judge(changed(arrays, /^(loss|output)$/, (v) => 2 * v + 1));
    const { rows, lines } = await said(path, columns);
    expect({ code, rows: rows.filter(isRow).length }).toEqual({ code: 1, rows: 2 });
    expect(flat(rows)).toMatch(/ ✗ output: 6 of 6 numbers, first at sample 0, \[0\]: expected \S+, got/);
    expect(flat(lines)).toMatch(/^✗ 2 arrays differ, first output \(loss, Eq\. 6\) .*expected .* got/);
    const all = await said(path, columns, '--all');
    expect(all.rows.filter(isRow)).toHaveLength((await judge(right)).steps[0].findings.length);
  });

  test('of one that lacks spikes: exit 3, and first the key to record', async () => {
    // Three weights sum to Vth within rounding, so a spike depends on their order.
    const options = ['--threshold', '0.3'];
    const from = write(Object.entries({ ...given, 'layer1.weight': tensor([3, 2, 3, 3], () => 0.1) }));
    const [, made] = await answer(options, from);
    const few = [...made].filter(([key]) => key in given || /^(meta|layer3\.(current|dw))$/.test(key));
    const { path, code, needs } = await judge(few, ...options);
    expect({ code, isSpikes: /^layer\d\.spikes$/.test(needs[0]) }).toEqual({ code: 3, isSpikes: true });
    expect((await said(path, columns, ...options)).lines[0]).toMatch(`? undecided: record ${needs[0]}`);
  });
});

test('no remaining time is shown: stages take unlike times', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  const lines: string[] = [];
  withProgress({ stderr: { write: (text) => lines.push(text) > 0 } }, false, (tell) => {
    for (const second of [1, 15, 30, 60]) {
      clock.mockReturnValue(1000 * second);
      tell('checked', 'neuron.1', 0.4 * second, 40);
    }
  });
  expect(lines.map((line) => line.replace(/[█░]+/, ''))).toEqual(
    [15, 30, 60].map((s) => `checked: neuron.1   ${s} %\n`),
  );
  vi.restoreAllMocks();
});

test('a choice is told from a mistake, with the variant that it is', async () => {
  const [path] = await answer(wordsOf(meant({ batch: 'sum' })));
  const { code, explanations, otherChoices } = await judge(path, ...paper);
  expect({ code, otherChoices }).toEqual({ code: 1, otherChoices: { batch: 'sum' } });
  expect(explanations).toContain('batch=sum');
  expect(flat((await said(path, 0, ...paper)).lines)).toContain(`agrees with ${meant({ batch: 'sum' })}`);
  expect((await judge(path, ...wordsOf(meant({ batch: 'sum' })))).code).toBe(0);
});

test('another preset is the whole answer: its choices are said with --all', async () => {
  expect(await judge(right, ...paper)).toMatchObject({ code: 1, otherVariant: 'authors' });
  const [some, all] = [await said(right, 0, ...paper), await said(right, 0, ...paper, '--all')];
  expect(flat(some.lines)).toContain('agrees with --variant authors');
  expect(all.lines.length).toBeGreaterThan(some.lines.length);
});

test('mistakes come before choices, and what is missing by its layers', async () => {
  const [, made] = await answer(wordsOf(meant({ batch: 'sum' })));
  const wrong = changed(made, /^layer1\.FI$/, (f) => f / small.timeWindow);
  for (const key of ['layer1.S', 'layer2.S']) wrong.delete(key);
  const { path } = await judge(wrong, ...paper);
  const { rows, lines } = await said(path, 0, ...paper);
  const [mistake, choice] = ['(flow-averaged)', '(batch=sum)'].map((id) => flat(lines).indexOf(id));
  expect([mistake > 0, choice > mistake]).toEqual([true, true]);
  expect(flat(lines)).toContain(`If this is intended: ${meant({ batch: 'sum' })}`);
  expect(flat(rows)).toContain('not supplied: encode.word, S of layers 1, 2');
});

test('only arrays that can decide something are to be recorded', async () => {
  const wrong = changed(arrays, /^layer1\.(compared|potential)$/, (u, i) => u + Math.sin(i * i));
  wrong.set('layer1.weight.after', given['layer1.weight']);
  for (const key of ['layer1.potential.end', 'layer1.m', 'layer1.v']) wrong.delete(key);
  const lines = flat((await said((await judge(wrong)).path, 0)).lines);
  expect(lines.match(/no known mistake explains it/g)).toHaveLength(2);
  expect(lines).not.toContain('explains it; record');
});

test('gradients of a mean are told, also where something could not be judged', async () => {
  const [, made] = await answer(paper);
  const mean = changed(made, /\.(dFO|dFI)$/, (d) => d / B);
  expect(await judge(mean)).toMatchObject({ code: 1, otherGradients: 'batch' });
  const { path } = await judge([...mean, ['layer1.wight', tensor([1])]]);
  expect(flat((await said(path)).lines)).toContain('All that was judged agrees with --gradients batch');
});

test('spikes of the output bring the variant in which it fires, whether something differs or not', async () => {
  const [bare, fires] = [{ reset: 'subtractThenLeak' }, { reset: 'subtractThenLeak', output: 'fires' }];
  const [, made] = await answer(wordsOf(meant(fires)));
  const forward = [...made].filter(([key]) => /^label$|\.(weight|spikes|current|compared)$/.test(key));
  const check = (...variant: string[]) => judge(forward, ...net, ...variant);
  expect(await check(...paper)).toMatchObject({ code: 1, otherChoices: fires });
  const open = await check(...wordsOf(meant(bare)));
  expect(open).toMatchObject({ code: 3, otherChoices: { output: 'fires' } });
  expect((await check(...wordsOf(meant(fires)))).code).toBe(0);
});

test.each<[Record<string, Tensor>, string]>([
  [{ 'layer9.spikes': given['input.spikes'] }, 'spikes of layer 9 not judged'],
  [{ 'layer1.bias': tensor([3]), 'layer2.db': tensor([3]) }, '"bias": true'],
])('an array that the network does not have is not judged: exit 3 (%#)', async (more, words) => {
  const { code, path } = await judge([...arrays, ...Object.entries(more)]);
  const { lines } = await said(path);
  expect({ code, first: lines[0] }).toEqual({ code: 3, first: expect.stringMatching(/^\? undecided: /) });
  expect(flat(lines)).toContain(words);
});

test('what is not told: other answers that would have agreed: four of them without --all', async () => {
  // One sample without spikes leaves almost everything unchecked.
  const silent = { ...given, 'input.spikes': tensor([4, 1, 2, 4, 4]), label: tensor([1]) };
  const [path] = await answer([], write(Object.entries(silent)));
  const told = async (...more: string[]): Promise<number> =>
    flat((await said(path, 0, ...more)).lines).split('not told by this data: ').length - 1;
  const { length } = (await judge(path)).untold;
  expect([length > 5, await told(), await told('--all')]).toEqual([true, 5, length]);
});

test('of a vector is not missed what it does not expect', async () => {
  const folder = fileURLToPath(new URL('../../spec/vectors/paper/neuron/at-threshold', import.meta.url));
  const vector = readNpz(readFileSync(join(folder, 'case.npz')), 'case.npz');
  const spikes = vector.get('expected.layer1.spikes')!;
  const { code, steps } = await judge([['layer1.spikes', spikes]], '--inputs', folder);
  const missed = steps[0].notChecked.map(({ key }) => `expected.${key}`);
  expect({ code, others: missed.filter((key) => !vector.has(key)) }).toEqual({ code: 0, others: [] });
});

test('who has no gradients of ASF-BP is told to leave them out', async () => {
  const { path } = await judge(changed(arrays, /^layer1\.dw$/, (_, i) => Math.sin(i)));
  expect(flat((await said(path)).lines)).toContain("not ASF-BP's");
});

test('gradients of weights that differ although all else agrees may have something added', async () => {
  const file = fileURLToPath(
    new URL('../fixtures/surrogates/right/recorded_snntorch_lapicque.npz', import.meta.url),
  );
  const step = readNpz(readFileSync(file), file);
  const linesOf = async (which: RegExp): Promise<string> => {
    const wrong = [...step].map(([key, array]): [string, AnyTensor] => {
      if (!which.test(key) || array.dtype === 'STR') return [key, array];
      const { shape, data } = array;
      return [key, tensor(shape, (i) => Number(data[i]) + 0.1 * Math.sin(7 * i * i + data.length))];
    });
    return flat((await asfbp(['check', write(wrong)])).out.split('\n'));
  };
  const says = 'Something may have been added to the gradients of weights';
  expect(await linesOf(/\.d[wb]$/)).toContain(says);
  expect(await linesOf(/\.dw$|\.dcurrent$/)).not.toContain(says);
});

test('whose gradients differ without a relation is asked for the batch before', async () => {
  const more = await judge(changed(arrays, /^layer1\.dw$/, (d, i) => d * (2 + Math.sin(i * i))));
  expect(flat((await said(more.path)).lines)).toContain('with the suffix _step2');
  const scaled = await judge(changed(arrays, /^layer1\.dw$/, (d) => 2 * d));
  expect(flat((await said(scaled.path)).lines)).not.toContain('_step2');
});

test('the right answer agrees with itself in real numbers; from safetensors and JSON', async () => {
  const [real] = await answer(['--precision', 'real']);
  const tensors = Object.fromEntries([...arrays].filter(([key]) => key !== 'meta'));
  const [safe, plain] = [join(home, 'case.safetensors'), join(home, 'case.json')];
  writeFileSync(safe, writeSafetensors(tensors, { network: JSON.stringify(small), variant: 'authors' }));
  await asfbp(['oracle', 'run', caseFile, ...net, '--out', plain]);
  const { compared } = await judge(right);
  for (const file of [real, safe, plain]) expect(await judge(file)).toMatchObject({ code: 0, compared });
});

test('the right answer is read under other names, and as other frameworks lay it out', async () => {
  const maps = [0, 1, 3, 4, 2];
  const moved = ({ shape, data }: Tensor, order: readonly number[]): Tensor => ({
    dtype: 'F64',
    ...permuted(shape, Array.from(data, Number), order),
  });
  const [kernels, columns] = [given['layer1.weight'], { ...given['layer3.weight'], shape: [3, 3, 2, 2] }];
  const other = {
    ...given,
    'layer1.weight': moved(kernels, [2, 3, 1, 0]),
    'layer3.weight': { ...moved(columns, [2, 3, 1, 0]), shape: [12, 3] },
    'input.spikes': moved(given['input.spikes'], maps),
    mine: moved(arrays.get('layer1.spikes')!, maps),
  };
  const names = writeNetwork('names', { mine: 'layer1.spikes' });
  const options = ['--keys', names, ...'--layout NHWC --weights in-out'.split(' ')];
  const { code, compared } = await judge(Object.entries(other), ...net, ...options);
  expect({ code, compared }).toEqual({ code: 0, compared: 4 * B * 3 * 16 });
});

test('each step of several has a table of its own', async () => {
  const once = [...arrays].filter(([key]) => key !== 'meta');
  const { path, steps } = await judge(
    [...once, ...once.map(([key, x]) => [`${key}_step2`, x] as const)],
    ...net,
  );
  expect(steps.map(({ step }) => step)).toEqual([1, 2]);
  expect(flat((await said(path, 40, ...net)).rows)).toContain('step 2: stage');
});

test('a check is asked of each file of a folder', async () => {
  const folder = fresh('folder');
  mkdirSync(folder);
  write(arrays, join(folder, 'a.npz'));
  const wrong = changed(arrays, /^loss$/, () => 0);
  write(wrong, join(folder, 'b.npz'));
  const { code, out } = await asfbp(['check', '--json', folder]);
  const verdicts = out.match(/(?<=npz","verdict":")\w+/g);
  expect({ code, verdicts }).toEqual({ code: 1, verdicts: ['agrees', 'differs'] });
});

test.each([0, 80, 40])('--list-keys names every key, on %i columns', async (columns) => {
  const { out } = await asfbp(['check', '--list-keys'], home, terminal(columns));
  for (const { name } of keys) expect(out).toContain(name);
  expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(columns || Infinity);
});

const npz = (more: Record<string, AnyTensor>) =>
  writeNpz(Object.entries({ ...given, loss: scalar(1), ...more }));
const text = (begin: string, length = 0): Uint8Array => new TextEncoder().encode(begin.padEnd(length));
const object = npyFile(npyDict('|O8', '()', 'False'), new Uint8Array(8));

test.each<[string, Uint8Array, string]>([
  ['no known array', writeNpz([['mem', scalar(1)]]), '"arrays" expected results of a step'],
  ['an unprintable name', writeNpz([['a\nb', scalar(1)]]), '"name of an array" expected printable'],
  ['only inputs', writeNpz(Object.entries(given)), 'got only inputs of a step'],
  ['a pickle', Uint8Array.of(0x80, 4, 0x95), 'a Python pickle'],
  ["PyTorch's file", writeZip(new Map([['a/data.pkl', text('a')]])), 'a PyTorch file, which is a'],
  ['an object', writeZip(new Map([['FI.npy', object]])), 'a pickled object'],
  ['a wrong shape', npz({ output: tensor([3, 2]) }), 'expected [2, 3] (B, map), got [3, 2]'],
  ['a NaN that enters', npz({ learningRate: scalar(NaN) }), 'finite numbers, got NaN at []'],
  ['no class', npz({ label: tensor([B], (i) => 3 * i) }), 'from 0 to 2, got 3 at place 1'],
  ['a step without end', npz({ step: scalar(1e9) }), 'from 1 to 10000000, got 1000000000'],
  ['lies of size', npz({}).subarray(0, 200), 'zip file'],
  ['other bytes', text('hello, world'), 'header'],
  ['long JSON', text('{"arrays":{"output":[1]}}', 2 ** 19 + 1), '"JSON" expected at most 524288 bytes'],
  ['another file.md', text('# A text, without numbers'), 'got another kind of file'],
  ['a network', text(JSON.stringify(small)), 'got the description of a network'],
  ['arrays without their key', text('{"FI":[1],"T":1}'), 'under the key "arrays", got FI, T; put them into'],
])('%s is refused in one line', async (what, bytes, words) => {
  const path = join(home, what.replaceAll(' ', '-') + (what.includes('.') ? '' : '.npz'));
  writeFileSync(path, bytes);
  expect(refusalOf(await asfbp(['check', path, ...net]))).toContain(words);
});

refuses([
  [['check'], '"FILE" expected .npz'],
  [['check', caseFile], '"--network" expected a network'],
  [['check', 'none.npz'], 'cannot read none.npz'],
  [['oracle', 'walk', caseFile, '--out', 'none'], 'expected one of run'],
]);
