/** `asf-bp check` of a folder of vectors to which an implementation has added its results. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { binary32 } from '../../../spec/arithmetic.ts';
import { InputError, refuse } from '../../errors.ts';
import { parseJsonBytes } from '../../formats/json.ts';
import { numbersOf, type AnyTensor } from '../../formats/tensor.ts';
import { type NetworkFile } from '../../network/models.ts';
import { digest, network, weightedLayers } from '../../network/network.ts';
import type { Verdict } from '../../oracle/findings.ts';
import { readSupplied } from '../../oracle/files/supplied.ts';
import { weightKeys } from '../../oracle/keys.ts';
import { joined } from '../../oracle/slices.ts';
import { readFile } from '../files.ts';

const endings = ['.npz', '.safetensors', '.json'];

/** A case, and the file `result.npz`, `.safetensors` or `.json` beside its manifest, if there is one. */
export interface VectorCase {
  readonly id: string;
  readonly folder: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly result?: string;
}

/** A case that somebody has answered. */
export interface AnsweredCase extends VectorCase {
  readonly result: string;
}

/** The verdict on a case that only its own expected numbers can judge. */
export interface ExactVerdict {
  readonly verdict: Verdict;
  readonly says: string;
}

/** The cases below a folder, sorted; empty if it is not a folder of vectors. */
export function listCases(path: string): VectorCase[] {
  if (!existsSync(path) || !statSync(path).isDirectory()) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .concat('manifest.json')
    .filter((name) => /(^|[\\/])manifest\.json$/.test(name))
    .map((name) => join(path, dirname(name)))
    .filter((folder) => existsSync(join(folder, 'manifest.json')) && existsSync(join(folder, 'case.npz')))
    .filter((folder, at, all) => all.indexOf(folder) === at)
    .sort()
    .map((folder) => caseOf(folder, path));
}

function caseOf(folder: string, root: string): VectorCase {
  const at = join(folder, 'manifest.json');
  const manifest = parseJsonBytes(readFile(at, 'check'), at) as VectorCase['manifest']; // checked next
  if (typeof manifest !== 'object' || manifest === null) refuse(at, 'JSON', 'an object', manifest);
  const results = endings.map((ending) => join(folder, `result${ending}`)).filter((file) => existsSync(file));
  if (results.length > 1) refuse('check', folder, 'one result', results.length);
  const { id } = manifest;
  return {
    id: typeof id === 'string' ? id : relative(root, folder),
    folder,
    manifest,
    ...(results[0] && { result: results[0] }),
  };
}

/** Cases with a result, and the names of those without. */
export function splitCases(
  cases: readonly VectorCase[],
  path: string,
): { there: AnsweredCase[]; missing: string[] } {
  const there = cases.filter((one): one is AnsweredCase => one.result !== undefined);
  if (there.length === 0)
    throw new InputError(
      `check: "${path}" expected result.npz, .safetensors or .json beside a manifest.json, got none; put what you made of case.npz there`,
    );
  return { there, missing: cases.filter(({ result }) => result === undefined).map(({ id }) => id) };
}

/** Whether a case is judged by its own expected numbers: fixed point, and the digest of an epoch. */
export function isExactCase({ manifest }: VectorCase): boolean {
  return manifest['precision'] === 'fixed' || manifest['stage'] === 'epoch';
}

/** Judges such a case. */
export async function checkExactCase(one: AnsweredCase): Promise<ExactVerdict> {
  const { arrays } = readSupplied(readFile(one.result, 'check'), one.result);
  return one.manifest['stage'] === 'epoch' ? checkDigest(one, arrays) : checkNumbers(one, arrays);
}

async function checkDigest(one: AnsweredCase, arrays: ReadonlyMap<string, AnyTensor>): Promise<ExactVerdict> {
  const file = one.manifest['network'] as NetworkFile; // checked by `network`
  const { plan } = network(file, {}, join(one.folder, 'manifest.json'));
  const weights = weightedLayers(plan).map((layer) => {
    const parts = weightKeys(layer).map((own) => {
      const key = `${own}.after`;
      const array = arrays.get(key);
      if (!array || array.dtype === 'STR')
        refuse(one.result, key, 'the weights after the last step', undefined);
      return Float32Array.from(numbersOf(array.data));
    });
    return joined(parts, binary32) as Float32Array; // the array of `binary32`
  });
  const [found, expected] = [await digest(weights), one.manifest['digest']];
  return found === expected
    ? { verdict: 'agrees', says: `digest ${found} agrees` }
    : { verdict: 'differs', says: `digest DIFFERS: expected ${String(expected)}, got ${found}` };
}

function checkNumbers(
  { folder, result }: AnsweredCase,
  arrays: ReadonlyMap<string, AnyTensor>,
): ExactVerdict {
  const file = join(folder, 'case.npz');
  return compareNumbers(readSupplied(readFile(file, 'check'), file).arrays, arrays, result);
}

/** Compares arrays with the `expected.` ones of a case, number by number. */
export function compareNumbers(
  expected: ReadonlyMap<string, AnyTensor>,
  arrays: ReadonlyMap<string, AnyTensor>,
  where: string,
): ExactVerdict {
  let compared = 0;
  const off: string[] = [];
  let says = '';
  for (const [name, { data, shape }] of expected) {
    const key = name.replace(/^expected\./, '');
    const mine = arrays.get(key);
    if (key === name || !mine) continue;
    if (mine.data.length !== data.length) refuse(where, key, `${data.length} numbers`, mine.data.length);
    compared += data.length;
    const at = Array.from<unknown>(data).findIndex((value, i) => Number(value) !== Number(mine.data[i]));
    if (at < 0) continue;
    off.push(key);
    const place = `[${placeIn(shape, at).join(', ')}]`;
    says ||= `${key} DIFFERS first at ${place}: expected ${String(data[at])}, got ${String(mine.data[at])}`;
  }
  if (compared === 0) refuse(where, 'arrays', 'some that are expected of the case', 'none');
  if (off.length === 0) return { verdict: 'agrees', says: `${compared} numbers agree` };
  const others = off.length > 1 ? `; so do ${off.slice(1).join(', ')}` : '';
  return { verdict: 'differs', says: says + others };
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
