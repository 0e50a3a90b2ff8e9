/**
 * `oracle run --graph`: its traces are those that `check --graph` expects, and it reports the first
 * difference of two simulators.
 */
import { fileURLToPath } from 'node:url';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nirConventions } from '../../spec/nirConventions.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { readNpz, writeNpz } from '../../src/formats/npz.ts';
import { numbersOf } from '../../src/formats/tensor.ts';
import { keysOf } from '../../src/keysOf.ts';
import { graphFile, ifNode, input, lifNode, linear, output } from '../nir/graphs.ts';
import { isWhole } from '../support.ts';
import { asfbp, fresh, refusalOf } from './command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const at = (name: string): string => `test/fixtures/nir/${name}`;
const run = (...args: readonly string[]) => asfbp(['oracle', 'run', ...args], root);
const json = async (...args: readonly string[]) => JSON.parse((await run(...args, '--json')).out);
const arraysOf = (file: string) => readNpz(new Uint8Array(readFileSync(file)), file);
const numbers = (file: string, key: string): number[] => {
  const tensor = arraysOf(file).get(key)!;
  return tensor.dtype === 'STR' ? [] : Array.from(numbersOf(tensor.data));
};

/** Graphs with a step in the unit of their time constants. */
const graphs = [
  ['lif_norse', '1e-4'],
  ['lif_rockpool', '1e-4'],
  ['two_lif_neurons', '1e-4'],
  ['braille_noDelay_bias_zero', '1e-4'],
  ['braille_noDelay_noBias_subtract', '1e-4'],
  ['cnn_sinabs', '1'],
] as const;
const conventions = keysOf(nirConventions);

describe.each(graphs)('a trace that is made of %s', (name, dt) => {
  const graph = ['--graph', at(`${name}.nir`), '--dt', dt];
  const isLarge = name === 'cnn_sinabs';
  const steps = ['--window', isLarge ? '2' : '100'];
  // Each takes up to seconds, so each graph has other ones.
  const place = graphs.findIndex(([each]) => each === name);
  const some = conventions.filter((_, k) => isWhole || k % 3 === place % 3);

  it.each(some)('agrees with its convention: %s', async (as) => {
    const out = `${fresh('trace')}.npz`;
    expect(await run(...graph, ...steps, '--as', as, '--out', out)).toMatchObject({ code: 0, err: '' });
    const { code, out: said } = await asfbp(['check', out, ...graph, '--as', as], root);
    // Inputs of 0 and 1 are multiples of this θ: the number of spikes ⌊u/θ⌋ is a tie.
    const isTie = name === 'lif_norse' && nirConventions[as].neurons.LIF.spikes === 'whole';
    const verdict = `${isTie ? 'undecided' : 'agrees'}, as ${as}, `;
    expect({ code, said }).toEqual({ code: isTie ? 3 : 0, said: expect.stringContaining(verdict) as string });
  });
});

describe('two simulators', () => {
  const braille = ['--graph', at('braille_noDelay_noBias_subtract.nir'), '--dt', '1e-4'];

  it.each(conventions.filter((as) => as !== 'norse'))(
    'part where their spikes do: norse and %s',
    async (as) => {
      const [ours, theirs] = [`${fresh('norse')}.npz`, `${fresh('other')}.npz`];
      await run(...braille, '--as', as, '--out', theirs);
      const { parts, runs } = await json(...braille, '--as', `norse,${as}`, '--out', ours);
      const pairs = ['lif1.lif', 'lif2'].map((node) =>
        [ours, theirs].map((file) => numbers(file, `${node}.spikes`)),
      );
      const [a, b] = pairs.find(([one, other]) => one!.some((o, m) => o !== other![m])) ?? [];
      const first = a?.findIndex((o, m) => o !== b![m]) ?? -1;
      const { what, step, neuron, expected, got } = parts[0].first ?? {};
      if (a) expect([step, neuron, expected, got]).toEqual([...placeOf(first), a[first], b![first]]);
      else expect(what).not.toBe('spikes');
      const sent = pairs.map(([, spikes]) => spikes!.reduce((sum, o) => sum + o));
      expect(Object.values(runs[1].spikes)).toEqual(sent);

      function placeOf(m: number): number[] {
        const size = a!.length / 100;
        return [Math.floor(m / size), m % size];
      }
    },
  );

  it('are named, and may be JSON', async () => {
    const two = 'spyx, {"from":"spyx","LIF":{"gain":"euler","reset":"zero"}}';
    const { code, out } = await run('--graph', at('lif_norse.nir'), '--dt', '1e-4', '--as', two);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^100 steps of random spikes .*\nas spyx, steps of 0\.0001, spikes: \d+ at node 1\nas \{.*\}, steps of 0\.0001, spikes: \d+ at node 1\n\{.*\} first differs from spyx at node 1, step \d+, neuron 0: spikes [01], with spyx [01] \(potential [\d.]+, threshold 0\.100000001\)\n$/,
    );
    const same = await run('--graph', at('lif_norse.nir'), '--dt', '1e-4', '--as', 'norse,spikingjelly');
    expect(same.out).toMatch(/\nspikingjelly does what norse does, except for rounding\n$/);
    const scaled = await run(
      '--graph',
      at('lif_norse.nir'),
      '--dt',
      '1e-4',
      '--as',
      'norse',
      '--as',
      'snntorch',
    );
    expect(scaled.out).toMatch(
      /\nsnntorch sends the same spikes, but first differs from norse at node 1, step .*: potential 1, with norse 0\.04/,
    );
  });
});

describe('what enters', () => {
  const lif = ['--graph', at('lif_norse.nir'), '--as', 'norse', '--dt', '1e-4'];

  it('is taken from a trace, and what norse published comes back', async () => {
    const out = `${fresh('trace')}.npz`;
    const { steps } = await json(...lif, '--input', at('lif_norse.csv'), '--out', out);
    const lines = readFileSync(`${root}/${at('lif_norse.csv')}`, 'utf8')
      .trim()
      .split('\n');
    const columns = [0, 1, 2].map((k) => lines.map((line) => Math.fround(Number(line.split(',')[k]))));
    expect(['input', '1.potentials', '1.spikes'].map((key) => numbers(out, key))).toEqual(columns);
    expect(steps).toBe(lines.length);
    const again = `${fresh('again')}.npz`;
    await run(...lif, '--input', out, '--out', again);
    expect(readFileSync(again)).toEqual(readFileSync(out));
  });

  it('is drawn from a seed: half of all spikes', async () => {
    const [a, b, c] = await Promise.all(
      ['1', '1', '2'].map(async (seed) => {
        const out = `${fresh('drawn')}.npz`;
        await run(...lif, '--window', '2000', '--seed', seed, '--out', out);
        return numbers(out, 'input');
      }),
    );
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    const share = a!.reduce((sum, o) => sum + o) / a!.length;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.05);
    expect(new Set(a)).toEqual(new Set([0, 1]));
  });

  it('of another shape, and what else is wrong, is refused in one line', async () => {
    const wide = `${fresh('wide')}.npy`;
    writeFileSync(wide, writeNpy({ dtype: 'F32', shape: [9, 2], data: new Float32Array(18) }));
    const out = `${fresh('none')}.npz`;
    const refusals: readonly (readonly [readonly string[], RegExp])[] = [
      [[...lif, '--input', wide], /: "input" expected T steps of 1 numbers, got \[9, 2\]$/],
      [['--graph', 'nowhere.nir', '--as', 'norse'], /^oracle: .*nowhere\.nir/],
      [['--graph', wide, '--as', 'norse'], /expected an HDF5 file, .*, got an \.npy array/],
      [[...lif, '--as', 'norse,nors'], /^oracle: "--as" expected one of .*; did you mean norse\?$/],
      [lif.slice(0, 2), /^oracle: "--as" expected the convention that the graph is to be read by: norse, /],
      [
        [...lif, '--as', 'spyx', ...lif.slice(0, 2)].filter((each) => !/dt|e-4/.test(each)),
        /"--dt" expected/,
      ],
      [
        [...lif, '--input', wide, '--seed', '3'],
        /^oracle: "--seed" expected nothing beside --input, .*, got 3$/,
      ],
      [
        ['--graph', at('braille_noDelay_noBias_subtract.nir'), '--as', 'sinabs'],
        /^oracle: "lif1\.lif\.spikes" expected weights, and a step in the unit .*, that keep all finite, got Infinity with steps of 1$/,
      ],
      [[at('lif_norse.nir'), ...lif], /^oracle: "CASE" expected no file with --graph, got /],
      [[at('lif_norse.nir')], /`asf-bp oracle run --graph GRAPH\.nir --as CONVENTION` makes a trace/],
    ];
    for (const [args, message] of refusals)
      expect(refusalOf(await run(...args, '--out', out))).toMatch(message);
    expect(refusalOf(await run(...lif))).toMatch(
      /^oracle: "--out" expected a file \.npz for the trace, got nothing$/,
    );
    expect(
      refusalOf(await run(...lif, '--window', '65535', '--graph', at('cnn_sinabs.nir'), '--out', out)),
    ).toMatch(/^oracle: "steps" expected at most 67108864 numbers in a trace, got \d+$/);
  });

  it('of too many multiplications is refused by the name of the node, before it runs', async () => {
    const weight = { shape: [1, 1, 256, 256], data: Array<number>(2 ** 16).fill(1) };
    const conv = { type: 'Conv2d', weight, bias: [0], stride: 1, padding: 0, dilation: 1, groups: 1 };
    const graph = `${fresh('wide')}.nir`;
    const nodes = { i: input(1, 1024, 1024), conv, neurons: ifNode, o: output(769 ** 2) };
    writeFileSync(graph, graphFile(nodes, 'i→conv conv→neurons neurons→o'));
    const args = ['--graph', graph, '--as', 'norse', '--window', '1', '--out', `${fresh('none')}.npz`];
    expect(refusalOf(await run(...args))).toMatch(
      /^oracle: "neurons" expected at most 34359738368 multiplications in all steps, up to this node, got \d+; give fewer steps$/,
    );
  });

  it('names what is no longer finite, not the step, of neurons that have none', async () => {
    const graph = `${fresh('large')}.nir`;
    const nodes = { i: input(2), fc: linear(1, 2, [3e38, 3e38]), a: ifNode, b: ifNode, o: output(1) };
    writeFileSync(graph, graphFile(nodes, 'i→fc fc→a a→b b→o'));
    const args = ['--graph', graph, '--as', 'norse,sinabs', '--out', `${fresh('none')}.npz`];
    expect(refusalOf(await run(...args))).toMatch(
      /^oracle: "a\.potentials" expected weights, and a step in the unit of the time constants, that keep all finite, got NaN with steps of 0\.001$/,
    );
  });

  it.each([-1, -2, -1e300])('as rockpool has a step of its own, unless r is %d', async (r) => {
    const graph = `${fresh('r')}.nir`;
    writeFileSync(graph, graphFile({ i: input(1), lif: { ...lifNode, r }, o: output(1) }, 'i→lif lif→o'));
    const args = ['--graph', graph, '--as', 'rockpool', '--out', `${fresh('none')}.npz`];
    expect(refusalOf(await run(...args))).toMatch(
      /^oracle: "lif\.r" expected numbers whose least τ\/\(1 \+ r\), the step of rockpool, is finite and above 0, got .+; give the step as --dt$/,
    );
  });
});

describe('a step that was not that of the trace', () => {
  const graph = ['--graph', at('lif_norse.nir')];

  it.each(['norse', 'snntorch', 'nengo', 'lava'])('is found: %s', async (as) => {
    const out = `${fresh('trace')}.npz`;
    await run(...graph, '--as', as, '--dt', '1e-4', '--out', out);
    for (const dt of ['1', '0.01']) {
      const { code, out: said } = await asfbp(['check', out, ...graph, '--as', as, '--dt', dt], root);
      expect(code).toBe(1);
      expect(said).toMatch(new RegExp(`^ {2}so it agrees with --as ${as} --dt 0\\.0001$`, 'm'));
      expect(said).not.toContain('no known mistake');
    }
  });

  it('is found where rounding leaves too much open', async () => {
    const out = `${fresh('potentials')}.npz`;
    const two = ['--graph', at('two_lif_neurons.nir'), '--as', 'norse'];
    await run(...two, '--dt', '1e-4', '--out', out);
    writeFileSync(out, writeNpz([...arraysOf(out)].filter(([key]) => !key.endsWith('spikes'))));
    const { code, out: said } = await asfbp(['check', out, ...two, '--dt', '1000'], root);
    expect(code).toBe(3);
    expect(said).toMatch(/^ {2}so it agrees with --as norse --dt 0\.0001$/m);
  });

  it('is found beside another simulator', async () => {
    const args = ['check', at('lif_lava_cpu_float.csv'), ...graph, '--as', 'norse', '--json'];
    const { out } = await asfbp(args, root);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'differs', otherStep: { as: 'lava', dt: 1e-4 } });
  });
});
