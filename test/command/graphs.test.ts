/** `import` and `export --nir`: graphs become models that other commands take, and models graphs. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { writeNpz } from '../../src/formats/npz.ts';
import { asfbp, fresh, json, refusalOf } from './command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const fixtures = join(root, 'test/fixtures');
const out = fresh();
mkdirSync(out);
const cnn = join(out, 'cnn.safetensors');

test('a graph becomes a model that says how it was read, and is evaluated and asked as any other', async () => {
  const graph = join(fixtures, 'nir/cnn_sinabs.nir');
  const [made] = await json(['import', graph, '--as', 'norse', '--window', '20', '--out', cnn]);
  expect(made).toMatchObject({ out: cnn, as: 'norse', dt: 1e-3, window: 20 });
  const { out: info } = await asfbp(['info', cnn]);
  expect(info).toMatch(/^read from a NIR graph as norse, with steps of 0.001$/m);
  const data = ['--dataset', 'nmnist', '--data', join(fixtures, 'nmnist')];
  const [found] = await json(['evaluate', cnn, ...data]);
  expect(found).toMatchObject({ digest: made!['digest'], samples: 1 });
  const arrays = join(out, 'frames.npz');
  writeFileSync(
    arrays,
    writeNpz([
      ['spikes', { dtype: 'F32', shape: [1, 20, 2, 34, 34], data: new Float32Array(46240).fill(1) }],
    ]),
  );
  const [answer] = await json(['predict', cnn, arrays]);
  expect(answer).toHaveProperty('label');
});

test('a model becomes a graph, and that the model again', async () => {
  const [graph, back] = [join(out, 'tiny.nir'), join(out, 'back.safetensors')];
  const tiny = join(root, 'models/tiny.safetensors');
  const [written] = await json(['export', tiny, '--nir', graph]);
  expect(written!['told']).not.toHaveLength(0);
  const [made] = await json(['import', graph, '--as', 'norse', '--window', '16', '--out', back]);
  const [info] = await json(['info', tiny]);
  expect(made!['digest']).toBe(info!['digest']);
});

test('an imported model has no rule that trained it; a trained one has', async () => {
  const model = join(out, 'lif.safetensors');
  const typed = [
    'import',
    join(fixtures, 'nir/lif_norse.nir'),
    '--as',
    'norse',
    '--dt',
    '1e-4',
    '--out',
    model,
  ];
  expect((await asfbp(typed)).code).toBe(0);
  const { out: text } = await asfbp(['info', model]);
  expect(text).toContain('read from a NIR graph as norse');
  expect(text).toContain('the file does not record its training, seed');
  expect(text).not.toContain('rule');
  expect((await json(['info', model]))[0]).not.toHaveProperty('rule');
  expect((await json(['info', join(root, 'models/tiny.safetensors')]))[0]).toMatchObject({ rule: 'asf' });
});

test('an export of neurons that leak asks for the options of the command', async () => {
  const leaks = join(out, 'leaks.safetensors');
  const typed = [
    'import',
    join(fixtures, 'nir/lif_norse.nir'),
    '--as',
    'norse',
    '--dt',
    '1e-4',
    '--out',
    leaks,
  ];
  expect((await asfbp(typed)).code).toBe(0);
  const graph = join(out, 'leaks.nir');
  const refused = async (...more: string[]): Promise<string> =>
    refusalOf(await asfbp(['export', leaks, '--nir', graph, ...more]));
  expect(await refused()).toMatch(/^export: "--as" expected the convention of the program that will read/);
  expect(await refused('--as', 'sinabs')).toMatch(/^export: "--as" expected a convention that resets/);
  expect(await refused('--as', 'spyx')).toMatch(/^export: "--(dt|as)" expected /);
  // A step within the convention counts too.
  const [written] = await json(['export', leaks, '--nir', graph, '--as', '{"from":"norse","dt":0.5}']);
  expect(written).toMatchObject({ out: graph });
  expect(existsSync(graph)).toBe(true);
});

test.each([
  [
    'nir/cnn_sinabs.nir',
    ['--as', 'sinabs'],
    /node 1 \(IF\) cannot be read; ⌊u\/θ⌋ spikes .*asf-bp check TRACE --graph/,
  ],
  [
    'nir/braille_noDelay_bias_zero.nir',
    ['--as', 'norse'],
    /node lif1\.lif \(CubaLIF\) cannot be read; a synapse/,
  ],
  [
    'nir/lif_norse.nir',
    [],
    /^import: "--as" expected the convention .*: norse, .*; docs\/nir\.md has what each does$/,
  ],
  ['nir/lif_norse.nir', ['--as', 'spyx'], /"--dt" expected seconds of a step, since 1 leaks/],
  ['nir/lzf.h5', ['--as', 'norse'], /"\/w" expected no filters, or gzip alone .*, got lzf$/],
  ['nir/latest.h5', ['--as', 'norse'], /superblock version 0 .*without libver='latest'/],
])('%s with %j is refused in one line, and nothing is written', async (graph, options, message) => {
  const refused = join(out, 'refused.safetensors');
  const outcome = await asfbp(['import', join(fixtures, graph), ...options, '--out', refused]);
  expect(refusalOf(outcome)).toMatch(message);
  expect(existsSync(refused)).toBe(false);
});
