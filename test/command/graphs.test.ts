/** `import` and `export --nir` convert NIR graphs, and `check --graph` checks traces of them. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writePng } from '../../src/formats/png.ts';
import { tensorOf } from '../fuzz/samples.ts';
import { asfbp, fresh, json, npzOf, refusalOf, refuses, root } from './command.ts';

const at = (name: string): string => `test/fixtures/nir/${name}`;
const lif = join(root, at('lif_norse.nir'));
const norse = ['--as', 'norse', '--dt', '1e-4'];
const tiny = join(root, 'models/tiny.safetensors');

const f32 = (shape: number[], values: number | Float32Array = 1) => tensorOf('F32', shape, values);

async function imported(graph: string, ...options: string[]): Promise<string> {
  const out = `${fresh('imported')}.safetensors`;
  expect(await json(['import', graph, ...options, '--out', out])).toMatchObject([{ out, as: 'norse' }]);
  return out;
}

test('a graph becomes a model that `info`, `evaluate` and `predict` take', async () => {
  const cnn = await imported(join(root, at('cnn_sinabs.nir')), '--as', 'norse', '--window', '20');
  expect((await asfbp(['info', cnn])).out).toMatch(/^read from a NIR graph as norse, with steps of 0.001$/m);
  const data = ['--dataset', 'nmnist', '--data', join(root, 'test/fixtures/nmnist')];
  const [facts] = await json(['info', cnn]);
  expect(facts).toMatchObject({ window: 20 });
  expect(facts).not.toHaveProperty('rule');
  expect(await json(['evaluate', cnn, ...data])).toMatchObject([{ digest: facts!['digest'], samples: 1 }]);
  expect((await json(['predict', cnn, npzOf({ spikes: f32([1, 20, 2, 34, 34]) })]))[0]).toHaveProperty(
    'label',
  );
});

test('a model becomes a graph, and that the model again', async () => {
  const graph = `${fresh('tiny')}.nir`;
  const refusal = refusalOf(await asfbp(['export', tiny, '--out', graph]));
  expect(refusal).toBe(
    `export: "--out" expected a .safetensors file, got ${graph}; --nir ${graph} writes a graph`,
  );
  const [written] = await json(['export', tiny, '--nir', graph]);
  expect(written!['told']).not.toHaveLength(0);
  const [info] = await json(['info', tiny]);
  const back = await imported(graph, '--as', 'norse', '--window', '16');
  expect((await json(['info', back]))[0]).toMatchObject({ digest: info!['digest'] });
  expect(info).toMatchObject({ rule: 'asf' });
});

test('a graph of one neuron is predicted by its spikes, and exported with the options of the command', async () => {
  const out = `${fresh('lif')}.safetensors`;
  const { out: said } = await asfbp(['import', lif, ...norse, '--out', out]);
  expect(said).toContain(`npx asf-bp predict ${out} FILE.npz, with an array spikes of shape (100, 1, 1, 1)`);
  expect((await asfbp(['info', out])).out).toContain('the file does not record its training, seed');
  const shape = [100, 1, 1, 1];
  const spikes = npzOf({ spikes: f32(shape, 9) });
  const own = await asfbp(['predict', out, spikes]);
  expect(own).toMatchObject({ code: 0, out: expect.stringMatching(/\.npz: 1?\d+ spikes?\n$/) });
  // A trace holds the input and the spikes of the layer.
  const trace = npzOf({ input: f32(shape, 9), spikes: f32([100, 1]) });
  expect((await asfbp(['predict', out, trace])).out.replace(trace, '')).toBe(own.out.replace(spikes, ''));

  const picture = `${fresh('picture')}.png`;
  writeFileSync(picture, writePng(28, 28, new Uint8Array(784)));
  expect(refusalOf(await asfbp(['predict', out, picture]))).toContain('a picture of 28 × 28 pixels');

  const graph = `${fresh('leaks')}.nir`;
  const exported = (...more: string[]) => asfbp(['export', out, '--nir', graph, ...more]);
  for (const wrong of [[], ['--as', 'sinabs']])
    expect(refusalOf(await exported(...wrong))).toContain('export: "--as" expected ');
  expect(refusalOf(await exported('--as', 'spyx'))).toMatch(/^export: "--(dt|as)" expected /);
  // The convention itself may give the step length.
  expect(await exported('--as', '{"from":"norse","dt":0.5}')).toMatchObject({ code: 0 });
  expect(existsSync(graph)).toBe(true);
});

test('a trace that agrees, and one that differs: their reports and exit codes', async () => {
  const check = (file: string, ...more: string[]) =>
    asfbp(['check', at(file), '--graph', lif, ...norse, ...more], root);
  expect(await check('lif_norse.csv')).toMatchObject({
    code: 0,
    out: `${at('lif_norse.csv')}: agrees, as norse, steps of 0.0001\n  1: 2000 numbers agree, 4 spikes\n  the trace does not tell it from spikingjelly\n`,
  });
  const { code, out } = await check('lif_lava_cpu_float.csv');
  expect(code).toBe(1);
  expect(out).toMatch(/differs, as norse, steps of 0\.0001$/m);
  expect(out).toMatch(/explains all of it: .*\(arrives=stepAfter\)$/m);
  expect(JSON.parse((await check('lif_lava_cpu_float.csv', '--json')).out)).toMatchObject({
    verdict: 'differs',
    differs: { explains: expect.arrayContaining([expect.objectContaining({ id: 'lava' })]) },
  });
});

test('the first sample that differs is named', async () => {
  const [input, spikes] = [f32([2, 9, 1], 9), f32([2, 9, 1], 0)];
  const { code, out } = await asfbp(['check', npzOf({ input, spikes }), '--graph', lif, ...norse]);
  expect(code).toBe(1);
  expect(out).toMatch(/differs, as norse, steps of 0\.0001, sample 0 of 2$/m);
});

// The error names the kind of the file, and the command that reads it.
refuses([
  [['check', at('lif_norse.csv')], 'got a table of text; `asf-bp predict MODEL FILE.csv`'],
  [['check', at('lif_norse.nir')], 'got an HDF5 file'],
  [['check', at('lif_norse.csv'), '--as', 'norse', '--graph', at('lif_norse.csv')], 'got a table of text'],
  [['import', 'models/tiny.safetensors', ...norse], '; `asf-bp info'],
  [['predict', 'models/tiny', at('lif_norse.nir')], '; `asf-bp import'],
  [['predict', at('lif_norse.nir'), 'x.png'], 'got an HDF5 file'],
  [['info', 'package.json'], 'got a JSON text; `asf-bp train --model FILE.json`'],
  [['check', '--graph', lif, '--as', 'norse'], 'check: "FILE" expected .npz, .npy or .csv files of traces'],
]);

// Every command that reads a graph refuses wrong options in the same way.
for (const words of [
  ['import', lif],
  ['check', at('lif_norse.csv'), '--graph', lif],
  ['oracle', 'run', '--graph', lif, '--out', 'none.npz'],
] as const)
  refuses([
    [words, `${words[0]}: "--as" expected a convention for the `],
    [[...words, '--as', 'nors'], '"--as" expected'],
    [[...words, '--as', 'spyx'], '"--dt" expected'],
  ]);
