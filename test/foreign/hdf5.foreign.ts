/** h5py reads the same numbers as our HDF5 reader, bit for bit, and reads the files that we write. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readHdf5, type Hdf5Group } from '../../src/formats/hdf5.ts';
import { openChunks } from '../../src/formats/hdf5Chunks.ts';
import { writeHdf5 } from '../../src/formats/hdf5Writer.ts';
import { elementBytes } from '../../src/formats/tensor.ts';
import { drawWeights, network } from '../../src/network/network.ts';
import { exportNIR } from '../../src/nir/export.ts';
import { home, python, root, run } from './programs.ts';

/** Prints each data set of a file as a line `path dtype shape bytes`, with texts as JSON. */
const program = `
import h5py, json, sys, numpy as np
def say(name, item):
    if not isinstance(item, h5py.Dataset): return print('/' + name)
    value = np.asarray(item[()])
    shape = list(value.shape)
    text = h5py.check_string_dtype(item.dtype)
    if text or value.dtype.kind in 'SO':
        texts = [one.decode() if isinstance(one, bytes) else one for one in value.reshape(-1).tolist()]
        return print('/' + name, 'STR', shape, json.dumps(texts))
    little = value.astype(value.dtype.newbyteorder('<'))
    print('/' + name, little.dtype.str[1:], shape, little.tobytes().hex())
with h5py.File(sys.argv[1], 'r') as file: file.visititems(say)
`;

const codes: Readonly<Record<string, string>> = {
  F32: 'f4', F64: 'f8', I8: 'i1', U8: 'u1', I16: 'i2', U16: 'u2', I32: 'i4', U32: 'u4', I64: 'i8', U64: 'u8', BOOL: 'b1',
}; // prettier-ignore

/** The same lines, from our reader. */
function* linesOf(group: Hdf5Group, path = ''): Generator<string> {
  for (const [name, item] of [...group].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = `${path}/${name}`;
    if (item instanceof Map) {
      yield at;
      yield* linesOf(item, at);
    } else if (item.dtype === 'STR')
      yield `${at} STR [${item.shape.join(', ')}] ${JSON.stringify(item.data)}`;
    else
      yield `${at} ${codes[item.dtype]} [${item.shape.join(', ')}] ${Buffer.from(elementBytes(item.data)).toString('hex')}`;
  }
}

const judged = (file: string): string[] => {
  const { code, out, err } = run(python, ['-c', program, file]);
  if (code !== 0) throw new Error(err);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/ (\[\]|\[".*)$/, (texts) => ` ${JSON.stringify(JSON.parse(texts.trim()))}`));
};

const fixtures = join(root, 'test', 'fixtures', 'nir');
const names = readdirSync(fixtures).filter((name) => /\.(nir|h5)$/.test(name) && !/^l(zf|atest)/.test(name));

describe.each(names)('%s', (name) => {
  const path = join(fixtures, name);
  const read = readHdf5(new Uint8Array(readFileSync(path)), name, openChunks);

  test('is read as h5py reads it, in every bit', () => {
    expect(judged(path)).toEqual([...linesOf(read)]);
  });

  test('is read by h5py as we write it', () => {
    const ours = join(home, name);
    writeFileSync(ours, writeHdf5(read));
    expect(judged(ours)).toEqual([...linesOf(read)]);
  });
});

test('a graph that we export has for h5py the types and shapes of nir.write', () => {
  const net = network({
    input: { channels: 1, height: 4, width: 4 },
    timeWindow: 5,
    threshold: 1,
    layers: [
      { kind: 'convolution', channels: 2, kernel: 3, padding: 1 },
      { kind: 'averagePool', size: 2 },
      { kind: 'linear', units: 3 },
    ],
  });
  net.weights = drawWeights(net.plan, 1);
  const file = join(home, 'ours.nir');
  writeFileSync(file, exportNIR(net).bytes);
  const forms = judged(file).map((line) => line.replace(/ [0-9a-f]+$/, ''));
  const node = (name: string, type: string, fields: string): string[] => {
    const lines = [
      ...fields.split(', ').map((field) => field.replace(/(\d) (?=\d)/g, '$1, ')),
      `type STR [] ["${type}"]`,
    ];
    return lines.map((field) => `/node/nodes/${name}/${field}`).sort();
  };
  const ends = ['input', '0', '1', '2', '3', '4', '5', 'output'];
  const edges = ends.slice(1).flatMap((to, k) => [ends[k]!, to]);
  expect(forms.filter((line) => line.includes(' '))).toEqual([
    `/node/edges STR [7, 2] ${JSON.stringify(edges)}`,
    ...node(
      '0',
      'Conv2d',
      'bias f4 [2], dilation i8 [2], groups i8 [], input_shape i8 [2], padding i8 [2], stride i8 [2], weight f4 [2 1 3 3]',
    ),
    ...node('1', 'IF', 'r f8 [2 4 4], v_reset f8 [2 4 4], v_threshold f8 [2 4 4]'),
    ...node('2', 'AvgPool2d', 'kernel_size i8 [2], padding i8 [2], stride i8 [2]'),
    ...node('3', 'IF', 'r f8 [2 2 2], v_reset f8 [2 2 2], v_threshold f8 [2 2 2]'),
    ...node('4', 'Flatten', 'end_dim i8 [], input_type i8 [3], start_dim i8 []'),
    ...node('5', 'Linear', 'weight f4 [3 8]'),
    ...node('input', 'Input', 'shape i8 [3]'),
    ...node('output', 'Output', 'shape i8 [1]'),
    '/node/type STR [] ["NIRGraph"]',
    '/version STR [] ["1.0.8"]',
  ]);
});

test.each([9, 256, 257, 1500])('a group of %i names is read by h5py as we write it', (count) => {
  const nodes = Array.from({ length: count }, (_, k) => [`n${k}`, new Map([[`a${k}`, new Map()]])] as const);
  const group: Hdf5Group = new Map([['node', new Map(nodes)]]);
  const file = join(home, 'many.h5');
  writeFileSync(file, writeHdf5(group));
  expect(judged(file)).toEqual([...linesOf(group)]);
});

test('there are files', () => {
  expect(names.length).toBeGreaterThan(6);
});
