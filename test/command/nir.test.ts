/** `check --graph`: its output and its exit codes. */
import { fileURLToPath } from 'node:url';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { writeNpz } from '../../src/formats/npz.ts';
import { writePng } from '../../src/formats/png.ts';
import { asfbp, fresh, refusalOf } from './command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const check = (...args: readonly string[]) => asfbp(['check', ...args], root);
const at = (name: string): string => `test/fixtures/nir/${name}`;
const lif = ['--graph', at('lif_norse.nir'), '--dt', '1e-4'];

test('a trace of its convention agrees: exit code 0', async () => {
  const { code, out } = await check(at('lif_norse.csv'), ...lif, '--as', 'norse');
  expect({ code, out }).toEqual({
    code: 0,
    out: `${at('lif_norse.csv')}: agrees, as norse, steps of 0.0001\n  1: 2000 numbers agree, 4 spikes\n  the trace does not tell it from spikingjelly\n`,
  });
});

test('a trace of another one differs, with what explains all of it: exit code 1', async () => {
  const { code, out } = await check(at('lif_lava_cpu_float.csv'), ...lif, '--as', 'norse', '--json');
  const report = JSON.parse(out) as { differs: { explains: { id: string }[] } };
  expect(code).toBe(1);
  expect(report.differs.explains.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['arrives=stepAfter', 'lava']),
  );
});

test('samples and steps that were exchanged are named', async () => {
  const [S, T] = [4, 250];
  const lines = readFileSync(`${root}/${at('lif_norse.csv')}`, 'utf8')
    .trim()
    .split('\n');
  const input = Float32Array.from(lines, (line) => Number(line.split(',')[0]));
  // The same numbers as (T,S), which a simulator read as S samples.
  const spikes = new Float32Array(S * T);
  for (let s = 0; s < S; s++)
    for (let t = 0, u = 0; t < T; t++) {
      u = Math.fround(u + Math.fround(Math.fround(1e-4 / 0.0025) * Math.fround(input[t * S + s]! - u)));
      spikes[s * T + t] = Number(u > Math.fround(0.1));
      if (u > Math.fround(0.1)) u = 0;
    }
  const file = `${fresh('mixed')}.npz`;
  const shape = [S, T, 1];
  writeFileSync(
    file,
    writeNpz([
      ['input', { dtype: 'F32', shape, data: input.slice(0, S * T) }],
      ['spikes', { dtype: 'F32', shape, data: spikes }],
    ]),
  );
  const { code, out } = await check(file, ...lif, '--as', 'norse');
  expect(code).toBe(1);
  expect(out).toMatch(/differs, as norse, steps of 0\.0001, sample 0 of 4$/m);
  expect(out).toMatch(/explains all of it: Samples and steps are exchanged: the input was read in one piece/);
  const json = await check(file, ...lif, '--as', 'norse', '--json');
  expect(JSON.parse(json.out)).toMatchObject({
    samples: S,
    sample: 0,
    differs: { explains: [{ id: 'samples=exchanged' }] },
  });
});

test('a graph is imported, what to do next works, and its one neuron is told by what it did', async () => {
  const out = `${fresh('lif')}.safetensors`;
  const imported = await asfbp(
    ['import', at('lif_norse.nir'), '--as', 'norse', '--dt', '1e-4', '--out', out],
    root,
  );
  expect(imported.out).toContain(
    `use it  npx asf-bp predict ${out} FILE.npz, with an array spikes of shape (100, 1, 1, 1)`,
  );
  const file = `${fresh('spikes')}.npz`;
  const spikes = { dtype: 'F32', shape: [100, 1, 1, 1], data: new Float32Array(100).fill(9) } as const;
  writeFileSync(file, writeNpz([['spikes', spikes]]));
  expect(await asfbp(['predict', out, file])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/\.npz: 1?\d+ spikes?\n$/),
  });

  // A trace has the spikes of its layer beside its input.
  const trace = `${fresh('trace')}.npz`;
  const fired = { dtype: 'F32', shape: [100, 1], data: new Float32Array(100) } as const;
  writeFileSync(
    trace,
    writeNpz([
      ['input', spikes],
      ['spikes', fired],
    ]),
  );
  const [own, ofTrace] = [await asfbp(['predict', out, file]), await asfbp(['predict', out, trace])];
  expect(ofTrace.out.replace(trace, '')).toBe(own.out.replace(file, ''));

  // Not a digit: a picture of the size of the graph's input.
  const picture = `${fresh('picture')}.png`;
  writeFileSync(picture, writePng(28, 28, new Uint8Array(784)));
  expect(refusalOf(await asfbp(['predict', out, picture]))).toMatch(
    /expected a sample of 1 × 1 × 1, as the network takes, got a picture of 28 × 28 pixels$/,
  );
});

test.each([
  [
    ['check', at('lif_norse.csv')],
    /check: "[^"]*\.csv" expected a zip file, .*, got a table of text; .*`asf-bp check FILE\.csv --graph GRAPH\.nir --as CONVENTION`/,
  ],
  [
    ['check', at('lif_norse.nir')],
    /got an HDF5 file, as NIR graphs are; .*`asf-bp check TRACE --graph GRAPH\.nir --as CONVENTION`/,
  ],
  [
    ['check', at('lif_norse.csv'), '--as', 'norse', '--graph', at('lif_norse.csv')],
    /expected an HDF5 file, .*, got a table of text/,
  ],
  [
    ['import', 'models/tiny.safetensors', '--as', 'norse'],
    /expected an HDF5 file, .*, got a safetensors file, as models are; `asf-bp info MODEL`/,
  ],
  [
    ['predict', 'models/tiny', at('lif_norse.nir')],
    /predict: "[^"]*" expected a PNG picture, got an HDF5 file, as NIR graphs are; `asf-bp import GRAPH\.nir`/,
  ],
  [['predict', at('lif_norse.nir'), 'x.png'], /expected a safetensors file, as models are, got an HDF5 file/],
  [
    ['predict', at('lif_norse.csv'), 'x.png'],
    /expected a safetensors file, as models are, got a table of text/,
  ],
  [['info', 'package.json'], /got a JSON text; `asf-bp train --model FILE\.json`/],
])('%j: the kind of file is named, and the command that takes it', async (args, message) => {
  const { code, out, err } = await asfbp(args, root);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(err).toMatch(message);
});

test.each([
  [['--as', 'norse'], /^check: "FILE" expected \.npz, \.npy or \.csv files of traces, got nothing\n$/],
  [
    [at('lif_norse.csv')],
    /^check: "--as" expected the convention .*: norse, snntorch, .*, spinnaker2, or JSON, got nothing; docs\/nir\.md has what each does\n$/,
  ],
  [[at('lif_norse.csv'), '--as', 'nors'], /^check: "--as" expected one of .*; did you mean norse\?\n$/],
  [[at('lif_norse.csv'), '--as', 'spinnaker2'], /^check: "--dt" expected seconds of a step, .*\n$/],
  [['nowhere.csv', '--as', 'norse'], /^check: .*nowhere\.csv.*\n$/],
])('%j is refused in one line: exit code 2', async (args, message) => {
  const { code, out, err } = await check(...args, '--graph', at('lif_norse.nir'));
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
});
