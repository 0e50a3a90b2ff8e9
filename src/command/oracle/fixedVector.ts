/** Writes a user's network in fixed point as the folder of a vector, for `oracle export` and `check --inputs`. */
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { FixedFormat } from '../../../spec/fixed.ts';
import { variantText } from '../../network/network.ts';
import {
  describeUnits,
  expectedFixed,
  fixedArrays,
  fixedConstants,
  nameOfFormat,
  type Options,
} from '../../oracle/files/index.ts';
import { writeAtomic } from '../files.ts';

/** Writes the folder. Returns how many arrays follow from the inputs, and how many weights lie beyond the format. */
export function writeFixedVector(
  options: Options,
  format: FixedFormat,
  out: string,
): { arrays: number; beyond: number; variant: string } {
  const { window, given, made, beyond } = expectedFixed(options, format);
  const { description: network, variant, B: samples } = window;
  const id = `${basename(resolve(out))}/window/${nameOfFormat(format)}`;
  const head = { id, stage: 'window', class: 'exact', network, variant, precision: 'fixed' };
  const fixed = { ...format, scale: 2 ** -format.fraction };
  const [inputs, expected] = [given, made].map((arrays) => describeUnits(window, arrays));
  const manifest = { ...head, fixed, constants: fixedConstants(window), samples, inputs, expected };
  mkdirSync(out, { recursive: true });
  writeAtomic(join(out, 'case.npz'), fixedArrays(window, { case: id, network, variant }, given, made));
  writeAtomic(join(out, 'manifest.json'), new TextEncoder().encode(`${JSON.stringify(manifest, null, 1)}\n`));
  return { arrays: made.size, beyond, variant: variantText(variant) };
}
