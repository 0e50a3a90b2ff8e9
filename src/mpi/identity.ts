/** Checks that all ranks have the same options and data. */
import { createHash } from 'node:crypto';
import type { Dataset } from '../data/dataset.ts';
import { InputError, show } from '../errors.ts';

/** The values that all ranks must share, by name. If several differ, the first of them is reported. */
export type Identity = Readonly<Record<string, string>>;

/** The number of recordings that the digest covers. */
const looked = 64;

/**
 * The digest of a split of the data. It covers all labels, and all images in memory. Recordings are read on request, so it covers only the
 * first, the last and some in between.
 */
export function dataDigest(data: Dataset): string {
  const hash = createHash('sha256');
  const { channels, height, width } = data.shape;
  hash.update(JSON.stringify([data.length, channels, height, width]));
  hash.update(Int32Array.from({ length: data.length }, (_, i) => data.label(i)));
  const count = data.bytes ? data.length : Math.min(looked, data.length);
  for (let k = 0; k < count; k++) {
    const i = count === 1 ? 0 : Math.round((k * (data.length - 1)) / (count - 1));
    if (data.bytes) hash.update(data.bytes(i));
    else hash.update(Float64Array.from(valuesOf(data, i)));
  }
  return hash.digest('hex');
}

function valuesOf(data: Dataset, sample: number): ArrayLike<number> {
  const input = data.input(sample, { seed: 0, stream: 'test', epoch: 0, sample });
  return 'frames' in input ? input.frames : input.intensities;
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/**
 * Compares the identity of each rank with that of rank 0.
 *
 * @param texts the identity of each rank, as JSON
 * @throws InputError with the first difference
 */
export function checkSame(where: string, texts: readonly string[]): void {
  const [first, ...others] = texts.map((text): Identity => JSON.parse(text));
  for (const [k, other] of others.entries()) {
    for (const name of new Set([...Object.keys(first), ...Object.keys(other)])) {
      if (first[name] === other[name]) continue;
      const text = `${where}: "${name}" expected ${show(first[name])}, as rank 0 has, got ${show(other[name])} at rank ${k + 1}`;
      throw new InputError(`${text}; start all ranks with the same package, data and options`);
    }
  }
}
