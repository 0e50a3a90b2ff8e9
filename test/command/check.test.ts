/** `asf-bp check` finds the first wrong array of a step, and `asf-bp oracle run` writes the right ones. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../../src/formats/crc32.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { readNpz, writeNpz } from '../../src/formats/npz.ts';
import { writeSafetensors } from '../../src/formats/safetensors.ts';
import type { AnyTensor, Tensor } from '../../src/formats/tensor.ts';
import { writeZip } from '../../src/formats/zipWriter.ts';
import { wordsOf } from '../../src/command/shell.ts';
import { readSupplied } from '../../src/oracle/files/supplied.ts';
import { keys } from '../../src/oracle/keys.ts';
import { npyDict, npyFile } from '../fuzz/samples.ts';
import { asfbp, fresh, home, json, refusalOf } from './command.ts';
import { writeNetwork } from './world.ts';

test('of a vector, only what it expects is missed', async () => {
  const folder = fileURLToPath(new URL('../../spec/vectors/paper/neuron/at-threshold', import.meta.url));
  const vector = readNpz(readFileSync(join(folder, 'case.npz')), 'case.npz');
  const mine = write('neuron.npz', [['layer1.spikes', vector.get('expected.layer1.spikes')!]]);
  const { code, out } = await asfbp(['check', mine, '--inputs', folder]);
  expect(code).toBe(0);
  const [missed] = out.split('\n').filter((line) => line.startsWith('not supplied'));
  expect(missed).toMatch(/^not supplied, not checked: compared of layer 1; /);
  expect(missed).not.toMatch(/encode|flow|FI|dFO/);
});

/** A network, and a case of it that `oracle run` answers. */
const small = {
  input: { channels: 2, height: 4, width: 4 },
  timeWindow: 4,
  threshold: 0.5,
  layers: [
    { kind: 'convolution', channels: 3, kernel: 3, padding: 1 },
    { kind: 'averagePool', size: 2 },
    { kind: 'linear', units: 3 },
  ],
};
const network = writeNetwork('oracle', { ...small, variant: 'authors' });
const B = 2;

function given(): Record<string, Tensor> {
  const numbers = (length: number, of: (i: number) => number) =>
    Float32Array.from({ length }, (_, i) => of(i));
  const spikes = Int8Array.from({ length: 4 * B * 32 }, (_, i) => ((i * 7) % 3 === 0 ? 1 : 0));
  return {
    'input.spikes': { dtype: 'I8', shape: [4, B, 2, 4, 4], data: spikes },
    label: { dtype: 'I64', shape: [B], data: BigInt64Array.of(0n, 2n) },
    'layer1.weight': { dtype: 'F32', shape: [3, 2, 3, 3], data: numbers(54, (i) => (((i * 5) % 9) - 3) / 8) },
    'layer3.weight': { dtype: 'F32', shape: [3, 12], data: numbers(36, (i) => (((i * 7) % 9) - 4) / 8) },
    learningRate: { dtype: 'F64', shape: [], data: Float64Array.of(0.001) },
  };
}

function write(name: string, arrays: Iterable<readonly [string, AnyTensor]>): string {
  const path = join(home, name);
  writeFileSync(path, writeNpz(arrays));
  return path;
}

const caseFile = write('case.npz', Object.entries(given()));

test('arrays in JSON are the same numbers, and too many are refused', async () => {
  const path = `${fresh('expected')}.json`;
  const asked = ['oracle', 'run', caseFile, '--network', network, '--out'];
  expect((await asfbp([...asked, path])).code).toBe(0);
  const { arrays } = readSupplied(readFileSync(path), path);
  const { arrays: same } = await answer();
  expect([...arrays.keys()]).toEqual([...same.keys()].filter((key) => key !== 'meta'));
  for (const [key, { data }] of arrays)
    expect(Array.from(data as Float64Array), key).toEqual(Array.from(same.get(key)!.data, Number));
  const { code, out } = await asfbp(['check', path]);
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining(': agrees (') });

  const many = {
    ...small,
    layers: [
      { kind: 'linear', units: 9000 },
      { kind: 'linear', units: 3 },
    ],
  };
  const large = { ...given() };
  delete large['layer3.weight'];
  large['layer1.weight'] = { dtype: 'F32', shape: [9000, 32], data: new Float32Array(9000 * 32) };
  large['layer2.weight'] = { dtype: 'F32', shape: [3, 9000], data: new Float32Array(27000) };
  const wide = write('wide.npz', Object.entries(large));
  const refused = `${fresh('refused')}.json`;
  const result = asfbp(['oracle', 'run', wide, '--network', writeNetwork('wide', many), '--out', refused]);
  expect(refusalOf(await result)).toContain(
    '"JSON" expected at most 524288 bytes, which check reads, got more; take .npz',
  );
  expect(existsSync(refused)).toBe(false);
});

/** The expected arrays, by the command. */
async function answer(...more: string[]): Promise<{ path: string; arrays: Map<string, AnyTensor> }> {
  const path = `${fresh('expected')}.npz`;
  const { code, err } = await asfbp([
    'oracle',
    'run',
    caseFile,
    '--network',
    network,
    '--out',
    path,
    ...more,
  ]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return { path, arrays: readNpz(readFileSync(path), path) };
}

test('a choice is told from a mistake, with the variant that it is', async () => {
  const { path } = await answer('--variant', '{"from":"paper","batch":"sum"}');
  const { code, out: lines } = await asfbp(['check', path, '--variant', 'paper']);
  const out = unwrapped(lines);
  expect(code).toBe(1);
  const meant = `--variant '{"from":"paper","batch":"sum"}'`;
  expect(out).toContain(`(batch=sum; a choice, no mistake where it is meant: ${meant})`);
  expect(out).toContain(`The data agrees with ${meant}.`);
  const again = await asfbp(['check', path, ...wordsOf(meant)]);
  expect(unwrapped(again.out)).toMatch(/: agrees \(\d+ numbers, variant {"from":"paper","batch":"sum"}\)/);
  expect(again.code).toBe(0);
});

test('another preset is the whole answer: its choices are said with --all', async () => {
  const { path } = await answer('--variant', 'authors');
  const [some, all] = await Promise.all(
    [[], ['--all']].map(async (more) =>
      unwrapped((await asfbp(['check', path, '--variant', 'paper', ...more])).out),
    ),
  );
  for (const out of [some, all]) expect(out).toContain('The data agrees with --variant authors.');
  expect(some).toContain('--all says which of its choices show.');
  expect([some, all].map((out) => out.includes('a choice, no mistake'))).toEqual([false, true]);
});

test('mistakes come before choices, and what is missing by its layers', async () => {
  const { arrays } = await answer('--variant', '{"from":"paper","batch":"sum"}');
  const wrong = new Map(arrays);
  const output = arrays.get('output') as Tensor;
  wrong.set('output', {
    ...output,
    data: Float32Array.from(output.data as Float32Array, (u) => u * 0.5),
  } as Tensor);
  for (const key of ['layer1.S', 'layer2.S', 'layer3.m']) wrong.delete(key);
  const { out } = await asfbp(['check', write('both.npz', wrong), '--variant', 'paper']);
  const text = unwrapped(out);
  const [mistake, choice] = ['output-without-threshold', 'batch=sum'].map((id) => text.indexOf(`(${id}`));
  expect(mistake).toBeGreaterThan(0);
  expect(choice).toBeGreaterThan(mistake);
  expect(text).toContain('not supplied, not checked: encode.word; S of layers 1, 2; m of layer 3');
});

test('the conclusion comes first, in 80 columns, and what only follows is one line per stage', async () => {
  const { arrays } = await answer();
  const wrong = new Map(arrays);
  // Every decision is the other one, and what is made of them follows.
  for (const n of [1, 2])
    for (const [key, most] of [
      [`layer${n}.spikes`, 1],
      [`layer${n}.FO`, small.timeWindow],
    ] as const) {
      const array = arrays.get(key) as Tensor;
      const data = Float32Array.from(array.data as Float32Array, (v) => most - v);
      wrong.set(key, { dtype: 'F32', shape: array.shape, data });
    }
  const file = write('folded.npz', wrong);
  const [folded, all] = await Promise.all([asfbp(['check', file]), asfbp(['check', file, '--all'])]);
  const lines = folded.out.split('\n');
  expect(lines[0]).toMatch(/: differs, first in neuron/);
  expect(lines.filter((line) => line.length > 80 && line.includes(' '))).toEqual([]);
  expect(all.out.split('\n').length).toBeGreaterThan(lines.length);
});

test('arrays that were not supplied are named where they are few, or with --all', async () => {
  const { arrays } = await answer();
  const entered = [...arrays].filter(([key]) => !/^layer\d+\.(?!weight$)|^loss|^output/.test(key));
  const few = write('few.npz', [...entered, ['layer1.spikes', arrays.get('layer1.spikes')!]]);
  const missed = async (...more: string[]): Promise<string> => {
    const { out } = await asfbp(['check', few, ...more]);
    return unwrapped(out.slice(out.indexOf('not supplied')));
  };
  expect(await missed()).toMatch(/^not supplied, not checked: \d+ arrays \(--all names them\)/);
  expect(await missed('--all')).toMatch(/^not supplied, not checked: .*current of layers 1, 2, 3;/);
});

test('what agrees says which other answers this data does not tell, four of them without --all', async () => {
  // A single sample without spikes: next to nothing is asked.
  const silent = write(
    'silent.npz',
    Object.entries({
      ...given(),
      'input.spikes': { dtype: 'I8', shape: [4, 1, 2, 4, 4], data: new Int8Array(128) } as Tensor,
      label: { dtype: 'I64', shape: [1], data: BigInt64Array.of(1n) } as Tensor,
    }),
  );
  const path = `${fresh('untold')}.npz`;
  await asfbp(['oracle', 'run', silent, '--network', network, '--out', path]);
  const [some, all, report] = await Promise.all(
    [[], ['--all'], ['--json']].map(async (more) => (await asfbp(['check', path, ...more])).out),
  );
  const { untold } = JSON.parse(report) as { untold: { id: string; says: string }[] };
  const said = (out: string) => unwrapped(out).match(/not told by this data: /g)!.length;
  expect(untold.length).toBeGreaterThan(5);
  expect([said(some), said(all)]).toEqual([4, untold.length]);
  expect(unwrapped(some)).toContain(`not told by this data: ${untold[0].says} (${untold[0].id})`);
  expect(unwrapped(some)).toContain(`and ${untold.length - 4} more that it does not tell: --all`);
});

test('what a plain wrong array would pass, is undecided: exit 3, with the key that would decide it', async () => {
  const { label } = given();
  // Where every potential is Vth within rounding, no spike is known.
  const one = {
    ...small,
    threshold: 0.3,
    layers: [
      { kind: 'linear', units: 4 },
      { kind: 'linear', units: 3 },
    ],
  };
  const made: Record<string, Tensor> = {
    label,
    'layer1.weight': {
      dtype: 'F32',
      shape: [4, 32],
      data: new Float32Array(128).fill(0.1),
    },
    'layer2.weight': { dtype: 'F32', shape: [3, 4], data: new Float32Array(12).fill(0.5) },
  };
  const few = new Int8Array(4 * B * 32);
  for (let map = 0; map < 4 * B; map++) few.fill(1, map * 32, map * 32 + 3);
  made['input.spikes'] = { dtype: 'I8', shape: [4, B, 2, 4, 4], data: few };
  const path = writeNetwork('undecided', { ...one, variant: 'paper' });
  const out = `${fresh('undecided')}.npz`;
  await asfbp(['oracle', 'run', write('in.npz', Object.entries(made)), '--network', path, '--out', out]);
  const answered = readNpz(readFileSync(out), out);
  const entry = (key: string): [string, Tensor] => [key, answered.get(key) as Tensor];
  const judge = (...those: string[]) =>
    asfbp(['check', write('few.npz', [...Object.entries(made), ...those.map(entry)]), '--network', path]);
  // Not as these spikes make it, and as others may.
  const dw = answered.get('layer2.dw') as Tensor;
  answered.set('layer2.dw', { ...dw, data: (dw.data as Float32Array).map((d) => d * 0.97) } as Tensor);
  const open = await judge('layer2.dw');
  expect(unwrapped(open.out)).toMatch(/undecided.*dw of layer 2; record layer1\.(FO|spikes)/);
  expect(open.code).toBe(3);
  // The spikes stay open themselves: each lies at Vth, either way is right.
  answered.set('layer2.dw', dw);
  const known = await judge('layer2.dw', 'layer1.spikes');
  expect(known.out).toMatch(/^backward +layer2.dw .* agrees$/m);
  expect(known.out).toMatch(/^neuron +layer1.spikes .* undecided$/m);
});

test('an array that only other layers have is not judged: exit 3, and nothing is said to agree', async () => {
  const { path, arrays } = await answer();
  const spikes = arrays.get('layer1.spikes') as Tensor;
  const more = `${fresh('more')}.npz`;
  writeFileSync(more, writeNpz([...arrays, ['layer9.spikes', spikes]] as never));
  expect((await asfbp(['check', path])).code).toBe(0);
  const { code, out } = await asfbp(['check', more]);
  expect(code).toBe(3);
  expect(unwrapped(out)).toMatch(/: undecided: nothing differs, and 1 more could not be judged/);
  expect(unwrapped(out)).toContain('layer9.spikes was not judged: this layer has no such array');
});

test('of a network whose output layer fires the forward pass is judged, to its spikes; a gradient is told', async () => {
  const step = fresh('firing');
  const variant = { from: 'paper', output: 'fires' };
  const firing = writeNetwork('firing', { ...small, variant });
  expect((await asfbp(['oracle', 'run', caseFile, '--network', firing, '--out', `${step}.npz`])).code).toBe(
    0,
  );
  const right = readNpz(readFileSync(`${step}.npz`), 'step');
  const judge = async (...more: [string, AnyTensor][]) => {
    const path = `${fresh('firing')}.npz`;
    writeFileSync(path, writeNpz([...right, ...more]));
    const { code, out } = await asfbp(['check', path]);
    return { code, text: unwrapped(out) };
  };
  expect(await judge()).toMatchObject({ code: 0, text: expect.stringContaining('layer3.spikes') });
  const spikes = right.get('layer3.spikes') as Tensor;
  right.delete('layer3.spikes');
  const none = { ...spikes, dtype: 'F32', data: new Float32Array(spikes.data.length) } as const;
  expect((await judge(['layer3.spikes', none])).code).toBe(1);
  right.set('layer3.spikes', spikes);
  const dw = await judge(['layer3.dw', { dtype: 'F32', shape: [3, 12], data: new Float32Array(36) }]);
  expect(dw.code).toBe(3);
  expect(dw.text).toContain(
    'not checked, since each is judged only where the output layer integrates, as ASF-BP has it: dw of layer 3',
  );
});

test.each([
  [{ ...small, layers: [{ kind: 'dense', units: 3 }] }, '"layers[0].kind" expected one of linear'],
  [{ ...small, variant: 'author' }, '"variant" expected one of paper, authors, got author'],
])('a mistake in the network is said of its file', async (wrong, words) => {
  const file = writeNetwork('mistaken', wrong);
  expect(refusalOf(await asfbp(['check', caseFile, '--network', file]))).toContain(`${file}: ${words}`);
});

test('a bias that the network does not have is not judged, and what gives it one is said', async () => {
  const { arrays } = await answer();
  const bias: Tensor = { dtype: 'F32', shape: [3], data: new Float32Array(3) };
  const path = write('bias.npz', [...arrays, ['layer1.bias', bias], ['layer2.db', bias]]);
  const { code, out } = await asfbp(['check', path]);
  expect(code).toBe(3);
  for (const [name, n] of [
    ['layer1.bias', 1],
    ['layer2.db', 2],
  ])
    expect(unwrapped(out)).toContain(
      `${name} was not judged: layer ${n} of the network has no bias; "bias": true in its description`,
    );
});

test('a potential that is recorded as it is compared is told its key, and not to be a choice', async () => {
  const variant = { from: 'paper', fires: 'aboveThreshold', reset: 'leakThenSubtract' };
  const input = { channels: 6, height: 1, width: 1 };
  const layers = [8, 3].map((units) => ({ kind: 'linear', units }));
  const leaky = writeNetwork('leaky', { input, timeWindow: 20, threshold: 1, leak: 0.9, layers, variant });
  const waves = (length: number, size: number) =>
    Float32Array.from({ length }, (_, i) => size * Math.sin(1 + i * i));
  const path = write('leaky.npz', [
    ['input.spikes', { dtype: 'I8', shape: [20, 4, 6], data: Int8Array.from(waves(480, 1), Math.round) }],
    ['layer1.weight', { dtype: 'F32', shape: [8, 6], data: waves(48, 1) }],
    ['layer2.weight', { dtype: 'F32', shape: [3, 8], data: waves(24, 1) }],
  ]);
  expect((await asfbp(['oracle', 'run', path, '--network', leaky, '--out', path])).code).toBe(0);
  const right = readNpz(readFileSync(path), path);
  const [key, compared] = ['layer1.potential', 'layer1.compared'];
  const few = ['meta', 'input.spikes', 'layer1.weight', 'layer1.spikes'];
  const arrays = [...right].filter(([name]) => few.includes(name));
  writeFileSync(path, writeNpz([...arrays, [key, right.get(compared)!]]));
  const { code, out } = await asfbp(['check', path]);
  expect(code).toBe(1);
  expect(unwrapped(out)).toContain('before the reset and the leak: its key is compared.');
  expect(unwrapped(out)).not.toContain('a choice');
});

test('of a difference after another it is said that the factor is of the recorded inputs', async () => {
  const { arrays } = await answer();
  const scaled = (key: string, factor: number): [string, Tensor] => {
    const { data, ...rest } = arrays.get(key) as Tensor;
    return [key, { ...rest, data: (data as Float32Array).map((v) => v * factor) } as Tensor];
  };
  const path = `${fresh('late')}.npz`;
  writeFileSync(
    path,
    writeNpz([...new Map([...arrays, scaled('layer1.FI', 3), scaled('layer1.dw', 3)])] as never),
  );
  const { out } = await asfbp(['check', path]);
  expect(unwrapped(out)).toMatch(/layer1\.FI: every number is 3 × the expected; /);
  expect(unwrapped(out)).toMatch(
    /layer1\.dw: every number is 3 × the expected \(made of your own inputs\); /,
  );
  expect(unwrapped(out)).toMatch(/backward 1: no known mistake explains it layer1/);
});

test('who has no gradients of ASF-BP is told to leave them out, and who has a few wrong is not', async () => {
  const { arrays } = await answer();
  const told = async (share: number): Promise<boolean> => {
    const dw = arrays.get('layer1.dw') as Tensor;
    const data = (dw.data as Float32Array).map((v, i) => ((i * 7) % 100 < share ? Math.sin(i) : v));
    const path = `${fresh('foreign')}.npz`;
    writeFileSync(path, writeNpz([...new Map(arrays).set('layer1.dw', { ...dw, data } as AnyTensor)])); // data of its own type
    const { out } = await asfbp(['check', path]);
    expect(unwrapped(out)).toContain('backward 1: no known mistake explains it');
    return unwrapped(out).includes("If your gradients are not ASF-BP's, leave them out");
  };
  expect([await told(100), await told(30)]).toEqual([true, false]);
});

test('what is made of gradients of a mean, a scale that nothing explains, and what is not judged have advice', async () => {
  const { arrays } = await answer('--variant', 'paper');
  const check = async (changes: Record<string, (v: number) => number>, ...more: [string, AnyTensor][]) => {
    const changed = [...arrays].flatMap(([key, tensor]): [string, AnyTensor][] => {
      if (key === 'layer1.ratio') return [];
      const change = changes[key.replace(/^layer\d+\./, '')];
      if (!change) return [[key, tensor]];
      const { data, ...rest } = tensor;
      return [[key, { ...rest, data: (data as Float32Array).map(change) } as AnyTensor]]; // gradients and S are such
    });
    const path = `${fresh('advice')}.npz`;
    writeFileSync(path, writeNpz([...changed, ...more]));
    return unwrapped((await asfbp(['check', path])).out);
  };
  const mean = { dFO: (d: number) => d / B, dFI: (d: number) => d / B };
  const of = await check(mean);
  expect(of).toContain('The data agrees with --gradients batch.');
  expect(of).not.toContain('no known mistake');
  const misspelt = await check(mean, ['layer1.wight', arrays.get('layer1.weight')!]);
  expect(misspelt).toContain('All that could be judged agrees with --gradients batch.');
  expect(await check({ S: (S) => 3 * S + 0.1 })).toMatch(
    /scale 1[^:]*: no known mistake explains it; layer1\.ratio, ΣFO \/ ΣFI, would tell more/,
  );
});

test('spikes of the output layer bring the variant in which it fires, whether something else differs or not', async () => {
  const fires = '{"from":"paper","reset":"subtractThenLeak","output":"fires"}';
  const { arrays } = await answer('--variant', fires);
  const forward = /^(meta|label)$|\.(weight|spikes|current|compared)$/;
  const path = `${fresh('fires')}.npz`;
  writeFileSync(path, writeNpz([...arrays].filter(([key]) => forward.test(key) && key !== 'meta')));
  const check = async (variant: string) =>
    unwrapped((await asfbp(['check', path, '--network', network, '--variant', variant])).out);
  const said = `The data agrees with --variant '${fires}'.`;
  const bare = '{"from":"paper","reset":"subtractThenLeak"}';
  expect(await check('paper')).toMatch(/: differs, .*/);
  expect(await check('paper')).toContain(said);
  expect(await check(bare)).toMatch(/: undecided: nothing differs, and/);
  expect(await check(bare)).toContain(said);
  expect(await check(fires)).not.toContain('agrees with');
  // What is no array of such a layer is left to the variant that was asked for.
  const [[key, spikes]] = [...arrays].filter(([name]) => name === 'layer3.spikes');
  const cut = { ...spikes, shape: [spikes.shape.reduce((size, n) => size * n, 1)] } as AnyTensor; // a row of them
  writeFileSync(
    path,
    writeNpz(
      [...arrays]
        .filter(([name]) => forward.test(name) && name !== 'meta')
        .map(([name, of]) => (name === key ? [name, cut] : [name, of])),
    ),
  );
  expect(await check(bare)).toMatch(/: undecided: nothing differs, and/);
});

/** A report as one line. */
function unwrapped(text: string): string {
  return text.replace(/\s+/g, ' ');
}

describe.concurrent('the right answer', () => {
  test('agrees with itself, in both precisions', async () => {
    for (const precision of ['real', 'binary32']) {
      const { path } = await answer('--precision', precision);
      const [report] = await json(['check', path]);
      expect(report['verdict']).toBe('agrees');
      expect(report['steps'][0].notChecked.map(({ key }: { key: string }) => key)).toEqual(['encode.word']);
    }
  });

  test('is read from safetensors and JSON as well', async () => {
    const { arrays } = await answer();
    const tensors = Object.fromEntries([...arrays].filter(([, { dtype }]) => dtype !== 'STR')) as Record<
      string,
      Tensor
    >;
    const safe = join(home, 'case.safetensors');
    writeFileSync(safe, writeSafetensors(tensors, { network: JSON.stringify(small), variant: 'authors' }));
    const text = join(home, 'case.json');
    const lists = Object.entries(tensors).map(([key, { shape, data }]) => [
      key,
      { shape, data: [...data].map(Number) },
    ]);
    writeFileSync(
      text,
      JSON.stringify({ network: { ...small, variant: 'authors' }, arrays: Object.fromEntries(lists) }),
    );
    for (const path of [safe, text]) expect((await json(['check', path]))[0]['verdict']).toBe('agrees');
  });

  test('may lack what entered it, if that is in another file', async () => {
    const { arrays } = await answer();
    const made = write(
      'made.npz',
      [...arrays].filter(([key]) => !(key in given()) && key !== 'meta'),
    );
    const [report] = await json(['check', made, '--network', network, '--inputs', caseFile]);
    expect(report['verdict']).toBe('agrees');
  });

  test('is read in Fortran order, big-endian, 0-d and in binary64', async () => {
    const { path, arrays } = await answer();
    const output = (arrays.get('output') as Tensor).data as Float32Array;
    const swapped = new DataView(new ArrayBuffer(48));
    for (let b = 0; b < 2; b++)
      for (let k = 0; k < 3; k++) swapped.setFloat64(8 * (k * 2 + b), output[b * 3 + k]);
    const files = new Map([...arrays].map(([key, array]) => [`${key}.npy`, writeNpy(array)]));
    files.set('output.npy', npyFile(npyDict('>f8', '(2, 3)', 'True'), new Uint8Array(swapped.buffer)));
    const other = join(home, 'fortran.npz');
    writeFileSync(other, writeZip(files, true));
    expect((arrays.get('loss') as Tensor).shape).toEqual([]);
    for (const file of [path, other]) expect((await json(['check', file]))[0]['verdict']).toBe('agrees');
  });

  test('under other names, and as other frameworks lay it out', async () => {
    const { arrays } = await answer();
    const at = (key: string): Tensor => arrays.get(key) as Tensor;
    const other = new Map<string, AnyTensor>(Object.entries(given()));
    other.set('layer1.weight', moved(at('layer1.weight'), [2, 3, 1, 0]));
    other.set('layer3.weight', unflattened(at('layer3.weight')));
    other.set('input.spikes', moved(at('input.spikes'), [0, 1, 3, 4, 2]));
    other.set('my_spikes', moved(at('layer1.spikes'), [0, 1, 3, 4, 2]));
    other.set('my_output', at('output'));
    const names = writeNetwork('names', { my_spikes: 'layer1.spikes', my_output: 'output' });
    const file = write('nhwc.npz', other);
    const options = ['--network', network, '--keys', names, '--layout', 'NHWC', '--weights', 'in-out'];
    const [report] = await json(['check', file, ...options]);
    expect(report).toMatchObject({ verdict: 'agrees', compared: at('layer1.spikes').data.length + 6 });
  });

  test('several steps follow one another', async () => {
    const first = await answer();
    const one = [...first.arrays].filter(([key]) => key !== 'meta') as [string, Tensor][];
    const next = new Map(Object.entries(given()));
    for (const [from, to] of [
      ['weight.after', 'weight'],
      ['m', 'm.before'],
      ['v', 'v.before'],
    ])
      for (const n of [1, 3]) next.set(`layer${n}.${to}`, first.arrays.get(`layer${n}.${from}`) as Tensor);
    for (const n of [1, 2]) next.set(`layer${n}.S.before`, first.arrays.get(`layer${n}.S`) as Tensor);
    next.set('step', { dtype: 'I32', shape: [], data: Int32Array.of(2) });
    const out = `${fresh('second')}.npz`;
    await asfbp(['oracle', 'run', write('second.npz', next), '--network', network, '--out', out]);
    // What the first step left is not supplied again.
    const second = [...readNpz(readFileSync(out), out)].filter(
      ([key]) => !/weight$|before$|step|meta|learning/.test(key),
    );
    const both = write('both.npz', [
      ...one,
      ...second.map(([key, array]) => [`${key}_step2`, array] as const),
    ]);
    const [report] = await json(['check', both, '--network', network]);
    expect(report['steps'].map(({ step }: { step: number }) => step)).toEqual([1, 2]);
    expect(report['verdict']).toBe('agrees');
    expect(report['steps'][1].findings.map(({ key }: { key: string }) => key)).toContain(
      'layer3.weight.after',
    );
  });

  test('a folder is each of its files', async () => {
    const folder = fresh('folder');
    mkdirSync(folder);
    const { path, arrays } = await answer();
    writeFileSync(join(folder, 'a.npz'), readFileSync(path));
    const wrong = new Map(arrays);
    wrong.set('loss', { dtype: 'F32', shape: [], data: Float32Array.of(0) });
    writeFileSync(join(folder, 'b.npz'), writeNpz(wrong));
    const { code, out } = await asfbp(['check', '--json', folder]);
    expect(code).toBe(1);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).verdict),
    ).toEqual(['agrees', 'differs']);
  });
});

test('--list-keys names every key', async () => {
  const { code, out } = await asfbp(['check', '--list-keys']);
  expect(code).toBe(0);
  for (const { name } of keys) expect(out).toContain(name);
});

describe.concurrent('what cannot be used is refused in one line', () => {
  const made = (more: Record<string, AnyTensor>): [string, AnyTensor][] =>
    Object.entries({ ...given(), ...more });
  const loss = (shape: number[], ...numbers: number[]): AnyTensor => ({
    dtype: 'F32',
    shape,
    data: Float32Array.from(numbers),
  });
  const files: Readonly<Record<string, [Uint8Array | (() => Uint8Array), RegExp]>> = {
    'no known array': [
      () => writeNpz([['mem', loss([1], 1)]]),
      /arrays.*expected some that a step makes.*got mem/,
    ],
    'nothing that a step makes': [() => writeNpz(Object.entries(given())), /expected some that a step makes/],
    'a pickle': [Uint8Array.of(0x80, 4, 0x95), /a Python pickle/],
    "PyTorch's file": [() => torchFile(), /a PyTorch file, which is a pickle/],
    'an object array': [() => objectArray(), /a pickled object array/],
    'a wrong shape': [
      () => writeNpz(made({ output: loss([3, 2], 1, 2, 3, 4, 5, 6) })),
      /expected \[2, 3\] \(B, map\), got \[3, 2\]/,
    ],
    'a NaN that enters the step': [
      () => writeNpz(made({ loss: loss([], 1), learningRate: loss([], NaN) })),
      /finite numbers, got NaN at \[\]/,
    ],
    'a label that is no class': [
      () =>
        writeNpz(made({ loss: loss([], 1), label: { dtype: 'I32', shape: [2], data: Int32Array.of(0, 3) } })),
      /whole numbers from 0 to 2, got 3 at place 1/,
    ],
    'a step without end': [
      () => writeNpz(made({ loss: loss([], 1), step: loss([], 1e9) })),
      /from 1 to 10000000, got 1000000000/,
    ],
    'lies of size': [
      () => writeNpz(made({ output: loss([2, 3], 1, 2, 3, 4, 5, 6) })).subarray(0, 200),
      /zip file/,
    ],
    'other bytes': [new TextEncoder().encode('hello, world'), /header/],
  };
  test.each(Object.keys(files))('%s', async (what) => {
    const [bytes, expected] = files[what];
    const path = join(home, `${what.replace(/\W/g, '-')}.npz`);
    writeFileSync(path, typeof bytes === 'function' ? bytes() : bytes);
    expect(refusalOf(await asfbp(['check', path, '--network', network]))).toMatch(expected);
  });

  test('no file, no network, a missing file', async () => {
    expect(refusalOf(await asfbp(['check']))).toContain('"FILE" expected .npz');
    expect(refusalOf(await asfbp(['check', caseFile]))).toContain('"--network" expected a network');
    expect(refusalOf(await asfbp(['check', network]))).toBe(
      `check: "${network}" expected the arrays of a step, got the description of a network; it belongs after --network`,
    );
    expect(refusalOf(await asfbp(['check', 'none.npz']))).toContain('cannot read none.npz');
    const out = fresh('none');
    expect(refusalOf(await asfbp(['oracle', 'walk', caseFile, '--out', out]))).toContain(
      'expected one of run',
    );
    expect(existsSync(out)).toBe(false);
  });
});

/** An array whose dimension k is dimension order[k] of another. */
function moved({ dtype, shape, data }: Tensor, order: readonly number[]): Tensor {
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
  const sizes = order.map((d) => shape[d]);
  const out = data.slice() as Float32Array;
  for (let i = 0; i < out.length; i++) {
    let [rest, from] = [i, 0];
    for (let k = sizes.length - 1; k >= 0; k--) {
      from += (rest % sizes[k]) * strides[order[k]];
      rest = Math.floor(rest / sizes[k]);
    }
    out[i] = (data as Float32Array)[from];
  }
  return { dtype, shape: sizes, data: out } as Tensor;
}

/** (3, C·H·W) → (H·W·C, 3), for C = 3 and H = W = 2. */
function unflattened({ data }: Tensor): Tensor {
  const maps = moved({ dtype: 'F32', shape: [3, 3, 2, 2], data: data as Float32Array }, [2, 3, 1, 0]);
  return { ...maps, shape: [12, 3] } as Tensor;
}

function torchFile(): Uint8Array {
  const bytes = writeNpz([['archive/data', { dtype: 'U8', shape: [1], data: Uint8Array.of(1) }]], {
    compress: false,
  });
  // The name of the file in both headers: data.npy → data.pkl.
  const text = Buffer.from(bytes).toString('latin1').replaceAll('archive/data.npy', 'archive/data.pkl');
  return Buffer.from(text, 'latin1');
}

function objectArray(): Uint8Array {
  const bytes = writeNpz([['layer1.FI', { dtype: 'F32', shape: [], data: Float32Array.of(1) }]], {
    compress: false,
  });
  const text = Buffer.from(bytes).toString('latin1').replace("'descr': '<f4'", "'descr': '|O8'");
  return crcMended(Buffer.from(text, 'latin1'));
}

/** A stored file of a zip archive with its CRC as its bytes are. */
function crcMended(bytes: Buffer): Uint8Array {
  const start = 30 + bytes.readUInt16LE(26);
  const crc = crc32(bytes.subarray(start, start + bytes.readUInt32LE(18)));
  bytes.writeUInt32LE(crc, 14);
  bytes.writeUInt32LE(crc, bytes.indexOf('PK\x01\x02', 0, 'latin1') + 16);
  return bytes;
}

test.each([
  [
    'longer than half a megabyte',
    `{"arrays":{"output":[1${',1'.repeat(2 ** 18)}]}}`,
    /JSON" expected at most 524288 bytes/,
  ],
  ['of more arrays than a file may have', arraysIn(4097), /arrays" expected at most 4096, got 4097$/],
])('JSON %s is refused', async (_, text, expected) => {
  const path = `${fresh('long')}.json`;
  writeFileSync(path, text);
  expect(refusalOf(await asfbp(['check', path]))).toMatch(expected);
});

test('a description of many keys is refused at once', async () => {
  const path = `${fresh('keys')}.safetensors`;
  const many = Object.fromEntries(Array.from({ length: 90_000 }, (_, k) => [k, 0]));
  const tensors = { a: { dtype: 'U8', shape: [1], data: Uint8Array.of(1) } } as const;
  writeFileSync(path, writeSafetensors(tensors, { network: JSON.stringify(many) }));
  const began = process.cpuUsage();
  expect(refusalOf(await asfbp(['check', path]))).toMatch(/"network" expected/);
  expect(process.cpuUsage(began).user).toBeLessThan(5e6);
});

function arraysIn(count: number): string {
  return `{"arrays":{${Array.from({ length: count }, (_, k) => `"${k}":[1]`).join()}}}`;
}
