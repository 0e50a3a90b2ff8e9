/** JSON of any shape and with any names, in each kind of untrusted file: it is read, or refused in one line. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRunFile } from '../../src/command/run/kept.ts';
import { parseJson } from '../../src/formats/json.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { partsWithDigest } from '../../src/modelFile/reader.ts';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import type { NetworkFile } from '../../src/network/models.ts';
import { network } from '../../src/network/network.ts';
import { parseConvention } from '../../src/nir/convention.ts';
import { readSupplied } from '../../src/oracle/files/supplied.ts';
import { drawing } from '../support.ts';
import { everyKind, ready } from '../train/small.ts';
import { checkpoint } from './readers.ts';
import { checkRefusal } from './refusal.ts';
import { safetensorsFile } from './samples.ts';
import { plant } from './values.ts';

/** JSON texts of any shape, also with numbers, keys and nesting that `JSON.stringify` does not write. */
const texts = fc.oneof(
  fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.stringify(value)),
  fc.constantFrom('1e999', '-0', '1e-999', '[[[[[[[[[[]]]]]]]]]]', '{"__proto__":{"kind":"linear"}}'),
  fc.constantFrom('{"toString":1,"valueOf":1}', '"\\u001b[31m\\u202e"', '"constructor"', '"__proto__"'),
);
const places = fc.array(fc.record({ path: fc.array(fc.nat(997), { maxLength: 5 }), text: texts }), {
  minLength: 1,
  maxLength: 3,
});

interface Document {
  readonly name: string;
  readonly value: unknown;
  /** Reads the text of the document after the planting. */
  read(text: string): unknown;
}

/** The metadata of a model as one document. Each entry is JSON in a text. */
function ofMetadata(name: string, bytes: Uint8Array): Document {
  const { tensors, metadata } = readSafetensors(bytes, name);
  const { digest: _, 'asf-bp': version, ...rest } = metadata;
  return {
    name,
    value: Object.fromEntries(Object.entries(rest).map(([key, text]) => [key, JSON.parse(text) as unknown])),
    read: (text) => {
      const entries = Object.entries((JSON.parse(text) as object | null) ?? {});
      const words = Object.fromEntries(entries.map(([key, value]) => [key, JSON.stringify(value)]));
      return decodeModel(
        Buffer.concat(partsWithDigest({ tensors, metadata: { ...words, 'asf-bp': version! } })),
        'fuzz',
      );
    },
  };
}

const lines = [
  { command: 'asf-bp train', commit: 'abc1234', model: 'models/a.safetensors', seconds: 58 },
  { epoch: 1, loss: 0.5, accuracy: 0.9, imagesPerSecond: 10, spikeRates: { '1 linear': 0.1 }, S: {} },
  { accuracy: 0.9, epochs: 1, digest: '0a'.repeat(32), model: 'runs/a/model.safetensors' },
];

const documents: readonly Document[] = [
  ofMetadata('model', encodeModel(ready())),
  ofMetadata('checkpoint', checkpoint),
  {
    name: 'network',
    value: everyKind,
    read: (text) => network(parseJson(text, 'fuzz') as NetworkFile),
  },
  {
    name: 'header of a safetensors file',
    value: { __metadata__: { a: 'b' }, x: { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] } },
    read: (text) => readSafetensors(safetensorsFile(text, new Uint8Array(8)), 'fuzz'),
  },
  {
    name: 'kept run',
    value: lines,
    read: (text) => {
      const value = JSON.parse(text) as unknown;
      const all = Array.isArray(value) ? (value as unknown[]) : [value];
      return readRunFile(Buffer.from(`${all.map((line) => JSON.stringify(line)).join('\n')}\n`), 'fuzz');
    },
  },
  {
    name: 'arrays of a step',
    value: {
      network: everyKind,
      variant: 'paper',
      arrays: { output: { shape: [1, 2], data: [1, '0x1p-1'] } },
    },
    read: (text) => readSupplied(new Uint8Array(Buffer.from(text)), 'fuzz'),
  },
  {
    name: 'convention',
    value: { from: 'norse', reset: 'subtract', dt: 1e-3, LIF: { reset: 'zero' } },
    read: (text) => parseConvention(text, 'fuzz'),
  },
];

/** Replaces values of the document by the planted texts. A mark holds the place of each text. */
function textOf(document: unknown, planted: readonly { path: readonly number[]; text: string }[]): string {
  const marks = planted.map((_, k) => `mark ${k} of them`);
  let value = document;
  for (const [k, { path }] of planted.entries()) value = plant(value, path, () => marks[k]);
  return planted.reduce(
    (text, { text: given }, k) => text.replace(JSON.stringify(marks[k]), () => given),
    JSON.stringify(value),
  );
}

/** Throws unless each planted document is read, or is refused in one short line. Returns the share that is refused. */
function checkDocument({ value, read }: Document): number {
  let [drawn, refused] = [0, 0];
  const property = fc.property(places, (planted) => {
    drawn++;
    try {
      read(textOf(value, planted));
    } catch (error) {
      refused++;
      checkRefusal(error, 1000);
    }
  });
  fc.assert(property, { ...drawing(800), includeErrorInReport: true });
  return refused / drawn;
}

describe.each(documents)('$name', (document) => {
  it('is read', () => {
    expect(() => document.read(JSON.stringify(document.value))).not.toThrow();
  });

  it('returns or refuses in one line, whatever it says', { timeout: 600_000 }, () => {
    expect(checkDocument(document)).toBeGreaterThan(1 / 20);
  });
});

it('a careless reader is caught', () => {
  const careless: Document = {
    name: 'careless',
    value: { a: { b: 1 } },
    read: (text) => (JSON.parse(text) as { a: { b: number } }).a.b.toFixed(),
  };
  expect(() => checkDocument(careless)).toThrow(/not an InputError: TypeError/);
});
