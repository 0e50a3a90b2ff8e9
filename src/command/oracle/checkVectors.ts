/** `asf-bp check` of a folder of vectors to which an implementation has added its results. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { binary32 } from '../../../spec/arithmetic.ts';
import { buildNetwork } from '../../../spec/dictionary.ts';
import { refuse } from '../../errors.ts';
import { parseJsonBytes } from '../../formats/json.ts';
import { numbersOf, showShape, type AnyTensor } from '../../formats/tensor.ts';
import { checkNetwork, checkRecord, checkVariant } from '../../network/check.ts';
import { type NetworkFile } from '../../network/models.ts';
import { digest, network, weightedLayers } from '../../network/network.ts';
import {
  checkArrays,
  explainFixed,
  formatOf,
  ours,
  readSupplied,
  weightKeys,
  type FixedExplanation,
  type Supplied,
} from '../../oracle/files/index.ts';
import type { Verdict } from '../../oracle/index.ts';
import { isFolder, readFile } from '../files.ts';
import { endings, partsOfCase } from './oracleFiles.ts';

/** A case, and the file `result.npz`, `.safetensors` or `.json` beside its manifest, if there is one. */
export interface VectorCase {
  readonly id: string;
  /** Its `case.npz`. */
  readonly file: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly result: string | undefined;
}

/** The verdict on a case that only its own expected numbers can judge. */
export interface ExactVerdict {
  readonly verdict: Verdict;
  readonly says: string;
  /** Of what differs in fixed point: known mistakes of a layer, each of which explains its arrays. */
  readonly explanation?: FixedExplanation;
}

const parts = ['manifest.json', 'case.npz'];

/** The cases below a folder, sorted; none if it is not a folder of vectors. */
export function listCases(path: string): VectorCase[] {
  if (!isFolder(path)) return [];
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const folders = new Set([path, ...files.map((name) => join(path, dirname(name)))]);
  const isCase = (folder: string): boolean => parts.every((name) => existsSync(join(folder, name)));
  return [...folders]
    .filter(isCase)
    .sort()
    .map((folder) => caseOf(folder, path));
}

function caseOf(folder: string, root: string): VectorCase {
  const at = join(folder, 'manifest.json');
  const manifest = checkRecord(at, 'JSON', parseJsonBytes(readFile(at, 'check'), at));
  const results = endings.map((ending) => join(folder, `result${ending}`)).filter((file) => existsSync(file));
  if (results.length > 1) refuse('check', folder, 'one result', results.length);
  const { id = relative(root, folder) } = manifest;
  return { id: String(id), file: join(folder, 'case.npz'), manifest, result: results[0] };
}

/** Judges a case by its own expected numbers, where nothing else does: of fixed point, and of the digest of an epoch. */
export async function checkExactCase({
  file,
  manifest,
  result = '',
}: VectorCase): Promise<ExactVerdict | undefined> {
  const isEpoch = manifest['stage'] === 'epoch';
  if (!isEpoch && manifest['precision'] !== 'fixed') return undefined;
  const { arrays } = readSupplied(readFile(result, 'check'), result);
  if (!isEpoch) return judgeFixed(readSupplied(readFile(file, 'check'), file), arrays, result);
  const { plan } = network(manifest['network'] as NetworkFile, {}, file); // checked by `network`
  const weights = weightedLayers(plan).map((layer) => {
    const parts = weightKeys(layer).flatMap((own) => {
      const array = arrays.get(`${own}.after`);
      if (!array || array.dtype === 'STR')
        refuse(result, `${own}.after`, 'the weights after the last step', undefined);
      return Array.from(numbersOf(array.data));
    });
    return Float32Array.from(parts);
  });
  const [found, expected] = [await digest(weights), manifest['digest']];
  if (found === expected) return { verdict: 'agrees', says: `digest ${found} agrees` };
  return { verdict: 'differs', says: `digest DIFFERS: expected ${String(expected)}, got ${found}` };
}

/** Compares arrays with those of a vector in fixed point, and names the mistakes that explain a difference. */
export function judgeFixed(
  vector: Supplied,
  arrays: ReadonlyMap<string, AnyTensor>,
  where: string,
  tell?: Parameters<typeof explainFixed>[2],
): ExactVerdict {
  const found = compareNumbers(vector.arrays, arrays, where);
  const format = formatOf((partsOfCase(vector)[2] ?? '').replace(/-if$/, ''));
  if (found.verdict !== 'differs' || !format) return found;
  const description = checkNetwork(where, vector.words['network']);
  const variant = checkVariant(where, (vector.words['variant'] ?? 'paper') as NetworkFile['variant']); // checked so
  // What is tried is in proportion to arrays that the vector has, each of the shape that its network says.
  const own = [...vector.arrays].flatMap(([key, array]) =>
    array.dtype === 'STR' || !/layer\d|input\.spikes/.test(key)
      ? []
      : [[key.replace('expected.', ''), array] as const],
  );
  const { B } = checkArrays(buildNetwork(description, variant, binary32), new Map(own), ours, where);
  const numbers = (list: ReadonlyMap<string, AnyTensor>): Map<string, ArrayLike<number>> =>
    new Map([...list].flatMap(([key, { dtype, data }]) => (dtype === 'STR' ? [] : [[key, numbersOf(data)]])));
  const one = { description, variant, B, format, arrays: numbers(vector.arrays) };
  const explanation = explainFixed(one, numbers(arrays), tell);
  return { ...found, ...(explanation && { explanation }) };
}

/** Why no mistake is named. */
const whyNone: Readonly<Record<NonNullable<FixedExplanation['limit']>, string>> = {
  evidence: 'too little differs to tell why',
  inputs: 'what enters it is not in the vector, so that no mistake was tried',
  work: 'no mistake was found in some seconds; fewer steps or samples tell more',
};

/** A verdict in words; what explains a difference is on a line of its own. */
export function exactText({ says, explanation }: ExactVerdict): string {
  if (!explanation) return says;
  const { n, explains, limit } = explanation;
  const why = explains.map((each) => `${each.says} (${each.id})`).join(' Or: ');
  return `${says}\nlayer ${n}: ${why || (limit ? whyNone[limit] : 'no known mistake that is tried explains it')}`;
}

/**
 * Compares arrays with the `expected.` ones of a case, number by number. Undecided where one is of a layer that expects none of its name.
 *
 * @param given the arrays of the case
 */
function compareNumbers(
  given: ReadonlyMap<string, AnyTensor>,
  arrays: ReadonlyMap<string, AnyTensor>,
  where: string,
): ExactVerdict {
  const sizes = (shape: readonly number[]): string => shape.filter((size) => size !== 1).join();
  const [off, missing]: string[][] = [[], []];
  let [compared, first] = [0, ''];
  for (const [name, { data, shape }] of given) {
    const key = name.replace(/^expected\./, '');
    if (key === name) continue;
    const mine = arrays.get(key);
    if (!mine) {
      missing.push(key);
      continue;
    }
    // What a simulation of hardware writes is flat.
    const isFlat = mine.shape.length === 1 && mine.data.length === data.length;
    if (!isFlat && sizes(mine.shape) !== sizes(shape))
      refuse(where, key, `a shape ${showShape(shape)}, or so many numbers`, showShape(mine.shape));
    compared += data.length;
    const at = Array.from<unknown>(data).findIndex((value, i) => Number(value) !== Number(mine.data[i]));
    if (at < 0) continue;
    off.push(key);
    const place = `[${placeIn(shape, at).join(', ')}]`;
    first ||= `${key} DIFFERS first at ${place}: expected ${String(data[at])}, got ${String(mine.data[at])}`;
  }
  if (compared === 0) refuse(where, 'arrays', 'some that are expected of the case', 'none');
  const unknown = [...arrays.keys()].filter((name) => !given.has(name) && !given.has(`expected.${name}`));
  const says = [
    first || `${compared} numbers agree`,
    ...(off.length > 1 ? [`so do ${off.slice(1).join(', ')}`] : []),
    ...(unknown.length > 0 ? [`not judged, as the case has none of these: ${unknown.join(', ')}`] : []),
    ...(missing.length > 0 ? [`not supplied: ${missing.join(', ')}`] : []),
  ].join('; ');
  if (off.length > 0) return { verdict: 'differs', says };
  return { verdict: unknown.some((name) => /^layer\d/.test(name)) ? 'undecided' : 'agrees', says };
}

/** The indices of a number in an array of a shape. */
function placeIn(shape: readonly number[], at: number): number[] {
  const place: number[] = [];
  let rest = at;
  for (const side of [...shape].reverse()) {
    place.unshift(rest % side);
    rest = Math.floor(rest / side);
  }
  return place;
}
