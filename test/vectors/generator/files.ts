/** A vector → the files of its folder. */
import { writeNpz } from '../../../src/formats/npz.ts';
import type { AnyTensor } from '../../../src/formats/tensor.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import { isWhole } from '../../../src/oracle/files/vectorTexts.ts';
import { tensorOf } from '../../../src/oracle/options.ts';
import { pathOf, type Vector } from './case.ts';

/** Files by their path below `spec/vectors/`. */
export type Files = Map<string, Uint8Array>;

/** What a file of arrays says of itself, so that `asf-bp check` needs no options. */
export function wordsOfCase({ draft }: Pick<Vector, 'draft'>): Record<string, unknown> {
  const { description, variant, optimiser } = draft;
  return { case: pathOf(draft), version: draft.version, network: description, variant, optimiser };
}

/**
 * All files of a case, its manifest first.
 *
 * @param apart of the second of a pair, how far it is from the first
 */
export async function filesOf(vector: Vector, apart?: 'bounds' | 'bits'): Promise<Files> {
  const path = pathOf(vector.draft);
  const parts = new Map<string, Uint8Array>([['case.npz', arraysFile(vector)]]);
  const manifest = await manifestOf(vector, parts, apart);
  return new Map(
    [['manifest.json', encode(`${JSON.stringify(manifest, null, 1)}\n`)] as const, ...parts].map(
      ([name, bytes]) => [`${path}/${name}`, bytes],
    ),
  );
}

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** SHA-256 in hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes)));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Inputs under their keys; `expected.KEY`, and for an interval `low.KEY` and `high.KEY`. */
function arraysFile(vector: Vector): Uint8Array {
  const meta: AnyTensor = { dtype: 'STR', shape: [], data: [JSON.stringify(wordsOfCase(vector))] };
  const arrays: (readonly [string, AnyTensor])[] = [['meta', meta]];
  for (const { key, shape, value } of vector.inputs) arrays.push([key, tensorOf(compact(key, value), shape)]);
  for (const { key, shape, value, low, high } of vector.expected) {
    arrays.push([`expected.${key}`, tensorOf(compact(key, value), shape)]);
    if (low) arrays.push([`low.${key}`, tensorOf(low, shape)], [`high.${key}`, tensorOf(high!, shape)]);
  }
  return writeNpz(arrays);
}

/** Spikes and counts as bytes. */
function compact(key: string, value: Values): Values {
  if (!isWhole(key) || value instanceof Uint32Array || value.some((x) => Math.abs(x) > 127)) return value;
  return Int8Array.from(value);
}

async function manifestOf(
  vector: Vector,
  parts: ReadonlyMap<string, Uint8Array>,
  apart: 'bounds' | 'bits' | undefined,
): Promise<Record<string, unknown>> {
  const { draft, inputs, expected, certificate, flags } = vector;
  const type = (key: string, value: Values): string => tensorOf(compact(key, value), [value.length]).dtype;
  const hashes = await Promise.all(
    [...parts].map(async ([name, bytes]) => [name, await sha256(bytes)] as const),
  );
  const { case: id, ...words } = wordsOfCase(vector);
  return {
    id,
    stage: draft.stage,
    class: draft.class,
    flags,
    equations: [...new Set(expected.map(({ equation }) => equation))].filter(Boolean),
    ...(draft.pair && { pair: draft.pair, apart }),
    ...words,
    precision: 'binary32',
    samples: draft.B,
    inputs: Object.fromEntries(
      inputs.map(({ key, shape, value }) => [key, { shape, type: type(key, value) }]),
    ),
    expected: Object.fromEntries(
      expected.map(({ key, shape, value, class: kind }) => [
        key,
        { shape, type: type(key, value), class: kind },
      ]),
    ),
    certificate,
    parts: Object.fromEntries(hashes),
  };
}
