/** `oracle run --graph` writes traces that `check --graph` accepts, and reports the first difference between two simulators. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nirConventions } from '../../spec/nirConventions.ts';
import { quoted } from '../../src/command/shell.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { readNpz, writeNpz } from '../../src/formats/npz.ts';
import { numbersOf } from '../../src/formats/tensor.ts';
import { keysOf } from '../../src/keysOf.ts';
import { chainFile, conv, ifNode, lifNode, linear, type Node } from '../nir/graphs.ts';
import { asfbp, fresh, refuses, root } from './command.ts';

const at = (name: string): string => `test/fixtures/nir/${name}`;
const run = (...args: readonly string[]) => asfbp(['oracle', 'run', ...args], root);
const json = async (...args: readonly string[]) => JSON.parse((await run(...args, '--json')).out);
const arraysOf = (file: string) => readNpz(new Uint8Array(readFileSync(file)), file);
const numbers = (file: string, key: string): number[] => {
  const tensor = arraysOf(file).get(key)!;
  return tensor.dtype === 'STR' ? [] : Array.from(numbersOf(tensor.data));
};
const lif = ['--graph', at('lif_norse.nir'), '--as', 'norse', '--dt', '1e-4'];

it.each([
  ['lif_rockpool', 'rockpool', '1e-4'],
  ['two_lif_neurons', 'nengo', '1e-4'],
  ['braille_noDelay_bias_zero', 'snntorch', '1e-4'],
  ['braille_noDelay_noBias_subtract', 'spyx', '1e-4'],
  ['cnn_sinabs', 'sinabs', '1'],
])('a trace that is made of %s agrees with its convention, %s', async (name, as, dt) => {
  const [out, graph] = [`${fresh('trace')}.npz`, ['--graph', at(`${name}.nir`), '--dt', dt, '--as', as]];
  const steps = name === 'cnn_sinabs' ? '2' : '100';
  expect(await run(...graph, '--window', steps, '--out', out)).toMatchObject({ code: 0, err: '' });
  const { code, out: said } = await asfbp(['check', out, ...graph], root);
  expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining(`agrees, as ${as}, `) });
});

describe('two simulators', () => {
  const braille = ['--graph', at('braille_noDelay_noBias_subtract.nir'), '--dt', '1e-4'];

  const others = keysOf(nirConventions).filter((as) => as !== 'norse');
  it.each(others)('part where their spikes do: norse and %s', async (as) => {
    const [ours, theirs] = [`${fresh('norse')}.npz`, `${fresh('other')}.npz`];
    await run(...braille, '--as', as, '--out', theirs);
    const { parts, runs } = await json(...braille, '--as', `norse,${as}`, '--out', ours);
    const spikesOf = (node: string) => [ours, theirs].map((file) => numbers(file, `${node}.spikes`));
    const pairs = ['lif1.lif', 'lif2'].map(spikesOf);
    const { what, step, neuron, expected, got } = parts[0].first ?? {};
    const [a, b] = pairs.find(([one, other]) => one!.some((o, m) => o !== other![m])) ?? [];
    if (a === undefined) expect(what).not.toBe('spikes');
    else {
      const m = a.findIndex((o, place) => o !== b![place]);
      const size = a.length / 100;
      expect([step, neuron, expected, got]).toEqual([Math.floor(m / size), m % size, a[m], b![m]]);
    }
    const sent = pairs.map(([, spikes]) => spikes!.reduce((sum, o) => sum + o));
    expect(Object.values(runs[1].spikes)).toEqual(sent);
  });

  it.each<[RegExp, ...string[]]>([
    [/\nas spyx, .*\nas \{.*\}, .*\n\{.*\} first differs from spyx at node 1, step \d+, neuron 0: spikes [01], with spyx [01] \(potential [\d.]+, threshold 0\.100000001\)\n$/, 'spyx, {"from":"spyx","LIF":{"gain":"euler","reset":"zero"}}'],
    [/\nspikingjelly does what norse does, except for rounding\n$/, 'norse,spikingjelly'],
    [/\nsnntorch sends the same spikes, but first differs from norse at node 1, step .*: potential 1,/, 'norse', 'snntorch'],
  ])('are named, and may be JSON: %s', async (said, ...two) => {
    const graph = ['--graph', at('lif_norse.nir'), '--dt', '1e-4'];
    expect((await run(...graph, ...two.flatMap((as) => ['--as', as]))).out).toMatch(said);
  }); // prettier-ignore
});

describe('the input', () => {
  it('is taken from a trace, and what norse published comes back', async () => {
    const out = `${fresh('trace')}.npz`;
    const { steps } = await json(...lif, '--input', at('lif_norse.csv'), '--out', out);
    const lines = readFileSync(join(root, at('lif_norse.csv')), 'utf8').trimEnd().split('\n'); // prettier-ignore
    const columns = [0, 1, 2].map((k) => lines.map((line) => Math.fround(Number(line.split(',')[k]))));
    expect(['input', '1.potentials', '1.spikes'].map((key) => numbers(out, key))).toEqual(columns);
    expect(steps).toBe(lines.length);
    const again = `${fresh('again')}.npz`;
    await run(...lif, '--input', out, '--out', again);
    expect(readFileSync(again)).toEqual(readFileSync(out));
  });

  it('is drawn from a seed: half of all spikes', async () => {
    const drawn = async (seed: string) => {
      const out = `${fresh('drawn')}.npz`;
      await run(...lif, '--window', '2000', '--seed', seed, '--out', out);
      return numbers(out, 'input');
    };
    const one = await drawn('1');
    expect(await drawn('1')).toEqual(one);
    expect(await drawn('2')).not.toEqual(one);
    expect(Math.abs(one.filter((o) => o === 1).length - 1000)).toBeLessThan(100);
  });
});

const wide = `${fresh('wide')}.npy`;
writeFileSync(wide, writeNpy({ dtype: 'F32', shape: [9, 2], data: new Float32Array(18) }));
const made = (nodes: readonly Node[], shape: readonly number[], outputs = 1): string => {
  const path = `${fresh('graph')}.nir`;
  writeFileSync(path, chainFile(nodes, shape, outputs));
  return path;
};
const convolved = made([conv([1, 1, 256], 0, Array(2 ** 16).fill(1)), ifNode], [1, 1024, 1024], 769 ** 2);
const twoLayers = made([linear(1, 2, [3e38, 3e38]), ifNode, ifNode], [2]);
const withR = (r: number) => made([{ ...lifNode, r }], [1]);
const noStep = 'whose least τ/(1 + r), the step of rockpool, is finite and above 0, got ';
const notFinite =
  'expected weights, and a step in the unit of the time constants, that keep all finite, got NaN';

refuses(
  [
    [['--graph', 'nowhere.nir', '--as', 'norse'], 'nowhere.nir'],
    [['--graph', wide, '--as', 'norse'], 'expected an HDF5 file'],
    [[...lif, '--input', wide], '"input" expected'],
    [[...lif, '--input', wide, '--seed', '3'], '"--seed" expected nothing beside --input, '],
    [[at('lif_norse.nir'), ...lif], '"CASE" expected no file with --graph, got '],
    [[at('lif_norse.nir')], '`asf-bp oracle run --graph GRAPH.nir --as CONVENTION` makes a trace'],
    [[...lif, '--out', 'none'], '"--out" expected a file .npz for the trace, got none'],
    [[...lif, '--window', '65535', '--graph', at('cnn_sinabs.nir')], '"steps" expected at most 67108864 num'],
    [['--graph', convolved, '--as', 'norse', '--window', '1'], '"n1" expected at most 34359738368 multiplic'],
    // The weights overflow. The error names the first array that is not finite.
    [['--graph', twoLayers, '--as', 'norse,sinabs'], `"n1.potentials" ${notFinite} with steps of 0.001`],
    [['--graph', at('braille_noDelay_noBias_subtract.nir'), '--as', 'sinabs'], '"lif1.lif.spikes" expected'],
    ...[-1, -2, -1e300].map((r) => [['--graph', withR(r), '--as', 'rockpool'], noStep] as const),
  ],
  'oracle',
  'run',
  '--out',
  `${fresh('none')}.npz`,
);

describe('a step that was not that of the trace', () => {
  const graph = ['--graph', at('lif_norse.nir')];

  it.each([
    ...['norse', 'snntorch', 'nengo', 'lava'].map((as) => [as, as]),
    ['norse', '{"from":"norse","reset":"subtract"}'],
    ['snntorch', '{"from":"snntorch","sends":"stepBefore"}'],
  ])('is found: %s, %s', async (as, own) => {
    const path = `${fresh('trace')}.npz`;
    await run(...graph, '--as', own, '--dt', '1e-4', '--out', path);
    for (const dt of ['1', '0.01']) {
      const { code, out: said } = await asfbp(['check', path, ...graph, '--as', as, '--dt', dt], root);
      expect(code).toBe(1);
      expect(said).toContain(`\n  so it agrees with --as ${quoted(own)} --dt 0.0001\n`);
      expect(said).not.toContain('no known mistake');
    }
  });

  it('is found where rounding leaves too much open', async () => {
    const path = `${fresh('potentials')}.npz`;
    const two = ['--graph', at('two_lif_neurons.nir'), '--as', 'norse'];
    await run(...two, '--dt', '1e-4', '--out', path);
    writeFileSync(path, writeNpz([...arraysOf(path)].filter(([key]) => !key.endsWith('spikes'))));
    const { code, out: said } = await asfbp(['check', path, ...two, '--dt', '1000'], root);
    expect(code).toBe(3);
    expect(said).toMatch(/^ {2}so it agrees with --as norse --dt 0\.0001$/m);
  });

  it('is found beside another simulator', async () => {
    const args = ['check', at('lif_lava_cpu_float.csv'), ...graph, '--as', 'norse', '--json'];
    const { out: said } = await asfbp(args, root);
    expect(JSON.parse(said)).toMatchObject({ verdict: 'differs', otherStep: { as: 'lava', dt: 1e-4 } });
  });
});
