/** Writes the files of a vector. */
import { writeNpz } from '../../../src/formats/npz.ts';
import type { AnyTensor } from '../../../src/formats/tensor.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import { isWhole } from '../../../src/oracle/files/vectorTexts.ts';
import { tensorOf } from '../../../src/oracle/options.ts';
import { pathOf, type Draft, type Vector } from './case.ts';

/** Files by their path below `spec/vectors/`. */
export type Files = Map<string, Uint8Array>;

/** The description inside a file of arrays, so that `asf-bp check` needs no options. */
export function wordsOfCase(draft: Draft): Record<string, unknown> {
  const { description, variant, optimiser } = draft;
  return { case: pathOf(draft), version: draft.version, network: description, variant, optimiser };
}

type Words = Readonly<Record<string, unknown>>;

/**
 * All files of a case, the manifest first. `before` and `after` are fields of the manifest around the common ones; `bytes` are the
 * arrays.
 */
export async function folderOf(draft: Draft, before: Words, after: Words, bytes: Uint8Array): Promise<Files> {
  const { case: id, ...own } = wordsOfCase(draft);
  const parts = { 'case.npz': await sha256(bytes) };
  const manifest = { id, stage: draft.stage, class: draft.class, ...before, ...own, ...after, parts };
  const path = pathOf(draft);
  return new Map([
    [`${path}/manifest.json`, encode(`${JSON.stringify(manifest, null, 1)}\n`)],
    [`${path}/case.npz`, bytes],
  ]);
}

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

export async function sha256(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes)));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The array `meta`, which describes a case. */
export const metaOf = (draft: Draft): [string, AnyTensor] => [
  'meta',
  { dtype: 'STR', shape: [], data: [JSON.stringify(wordsOfCase(draft))] },
];

/** Stores spikes and counts as bytes. */
function compact(key: string, value: Values): Values {
  if (!isWhole(key) || value instanceof Uint32Array || value.some((x) => Math.abs(x) > 127)) return value;
  return Int8Array.from(value);
}

/**
 * The files of a vector. Inputs are stored under their keys, results as `expected.KEY`, and intervals also as `low.KEY` and
 * `high.KEY`.
 *
 * @param apart how the second case of a pair differs from the first
 */
export function filesOf(vector: Vector, apart?: 'bounds' | 'bits'): Promise<Files> {
  const { draft, inputs, expected, certificate, flags } = vector;
  const arrays = [metaOf(draft)];
  const [given, wanted]: Record<string, object>[] = [{}, {}];
  for (const { key, shape, value } of inputs) {
    const tensor = tensorOf(compact(key, value), shape);
    given[key] = { shape, type: tensor.dtype };
    arrays.push([key, tensor]);
  }
  for (const { key, shape, value, low, high, class: kind } of expected) {
    const tensor = tensorOf(compact(key, value), shape);
    wanted[key] = { shape, type: tensor.dtype, class: kind };
    arrays.push([`expected.${key}`, tensor]);
    if (low) arrays.push([`low.${key}`, tensorOf(low, shape)], [`high.${key}`, tensorOf(high!, shape)]);
  }
  const equations = [...new Set(expected.map(({ equation }) => equation))].filter(Boolean);
  const pair = draft.pair && { pair: draft.pair, apart };
  const after = { precision: 'binary32', samples: draft.B, inputs: given, expected: wanted, certificate };
  return folderOf(draft, { flags, equations, ...pair }, after, writeNpz(arrays));
}
