/**
 * Commands for folders of test vectors: they compare an implementation's results with a vector, write a vector as text, and
 * create a vector from a fixed-point network.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { FixedFormat } from '../../../spec/fixed.ts';
import { checkRecord, refuse } from '../../errors.ts';
import { parseJsonBytes, numbersOf, type Tensor } from '../../formats/index.ts';
import {
  checkVariant,
  type NetworkFile,
  digest,
  network,
  variantText,
  weightedLayers,
} from '../../network/index.ts';
import {
  describeUnits,
  expectedFixed,
  fixedArrays,
  fixedConstants,
  headerText,
  judgeFixed,
  memoryFiles,
  nameOfFormat,
  readSupplied,
  weightKeys,
  type ExactVerdict,
  type Manifest,
  type Options,
} from '../../oracle/index.ts';
import { isFolder, prepareFolder, readFile, writeAtomic } from '../files.ts';
import { endings } from './oracleFiles.ts';

/** A vector. `result` is the path of its `result.npz`, `result.safetensors` or `result.json`; empty if none of them exists. */
type VectorCase = ReturnType<typeof caseOf>;

const parts = ['manifest.json', 'case.npz'];

/** The vectors below a folder, sorted; none if the path is not a folder. */
export function listCases(path: string): VectorCase[] {
  if (!isFolder(path)) return [];
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const folders = new Set(files.map((name) => join(path, dirname(name))));
  const isCase = (folder: string): boolean => parts.every((name) => existsSync(join(folder, name)));
  return [...folders]
    .filter(isCase)
    .sort()
    .map((folder) => caseOf(folder, path));
}

function caseOf(folder: string, root: string) {
  const at = join(folder, 'manifest.json');
  const manifest = checkRecord(at, 'JSON', parseJsonBytes(readFile(at, 'check'), at));
  const results = endings.map((ending) => join(folder, `result${ending}`)).filter((file) => existsSync(file));
  if (results.length > 1) refuse('check', folder, 'one result', results.length);
  const { id = relative(root, folder) } = manifest;
  return { id: String(id), file: join(folder, 'case.npz'), manifest, result: results[0] ?? '' };
}

/**
 * Compares the result for a fixed-point vector with the expected numbers, and the result of an epoch with the expected digest. Returns
 * undefined for other vectors.
 */
export async function checkExactCase({
  file,
  manifest,
  result,
}: VectorCase): Promise<ExactVerdict | undefined> {
  const isEpoch = manifest['stage'] === 'epoch';
  if (!isEpoch && manifest['precision'] !== 'fixed') return undefined;
  const { arrays } = readSupplied(readFile(result, 'check'), result);
  if (!isEpoch) return judgeFixed(readSupplied(readFile(file, 'check'), file), arrays, result);
  const { plan } = network(manifest['network'] as NetworkFile, {}, file); // `network` checks it
  const weights = weightedLayers(plan).map((layer) => {
    const numbers = weightKeys(layer).flatMap((key) => {
      const array = arrays.get(`${key}.after`);
      if (!array || array.dtype === 'STR')
        refuse(result, `${key}.after`, 'the weights after the last step', undefined);
      return Array.from(numbersOf(array.data));
    });
    return Float32Array.from(numbers);
  });
  const [found, expected] = [await digest(weights), manifest['digest']];
  if (found === expected) return { verdict: 'agrees', says: `digest ${found} agrees` };
  return { verdict: 'differs', says: `digest DIFFERS: expected ${String(expected)}, got ${found}` };
}

/** The reasons why no mistake is named. */
const whyNone: Readonly<Record<string, string>> = {
  evidence: 'too little differs to tell why',
  inputs: 'what enters it is not in the vector, so that no mistake was tried',
  work: 'no mistake was found in some seconds; fewer steps or samples tell more',
};

/** A verdict as text. The explanation of a difference is on a second line. */
export function exactText({ says, explanation }: ExactVerdict): string {
  if (!explanation) return says;
  const { n, explains, limit } = explanation;
  const why = explains.map((each) => `${each.says} (${each.id})`).join(' Or: ');
  return `${says}\nlayer ${n}: ${why || (limit ? whyNone[limit] : 'no known mistake that is tried explains it')}`;
}

const whereVectorsLie =
  'vectors lie in spec/vectors of a clone, and packed in dist/vectors.zip of the package; `asf-bp oracle run --precision fixed-…` makes others';

/** Writes a vector as memory files for `$readmemh`, or as a C header. Returns the paths. */
export function exportVector(folder: string, format: 'hex' | 'h', out: string): string[] {
  const [about, file] = ['manifest.json', 'case.npz'].map((name) => join(folder, name));
  const expected = 'the folder of a vector, with a manifest.json';
  if (!existsSync(about)) refuse('oracle', folder, expected, undefined, whereVectorsLie);
  const manifest = parseJsonBytes(readFile(about, 'oracle'), about) as Manifest; // `id` is checked next
  if (typeof manifest?.id !== 'string') refuse('oracle', about, 'the manifest of a vector', manifest?.id);
  const { arrays } = readSupplied(readFile(file, 'oracle'), file);
  const values = new Map([...arrays].map(([key, array]) => [key, numbersOf((array as Tensor).data)])); // a vector has no texts
  const header = { ...manifest, variant: checkVariant(about, manifest.variant) };
  const files =
    format === 'hex' ? memoryFiles(manifest, values) : new Map([['case.h', headerText(header, values)]]);
  prepareFolder(out, 0, 'oracle');
  return [...files].map(([name, content]) => {
    const path = join(out, name);
    writeAtomic(path, new TextEncoder().encode(content));
    return path;
  });
}

/**
 * Writes a fixed-point network as the folder of a vector, for `oracle export` and `check --inputs`. Returns the number of expected arrays,
 * and the number of weights, biases and intensities beyond the range of the format.
 */
export function writeFixedVector(
  options: Options,
  format: FixedFormat,
  out: string,
): { arrays: number; beyond: number; variant: string } {
  const { fixedCase, inputs: inputUnits, expected: expectedUnits, beyond } = expectedFixed(options, format);
  const { description, variant, B: samples } = fixedCase;
  const id = `${basename(resolve(out))}/window/${nameOfFormat(format)}`;
  const head = { id, stage: 'window', class: 'exact', network: description, variant, precision: 'fixed' };
  const fixed = { ...format, scale: 2 ** -format.fraction };
  const [inputs, expected] = [inputUnits, expectedUnits].map((arrays) => describeUnits(fixedCase, arrays));
  const manifest = { ...head, fixed, constants: fixedConstants(fixedCase), samples, inputs, expected };
  prepareFolder(out, 0, 'oracle');
  writeAtomic(
    join(out, 'case.npz'),
    fixedArrays(fixedCase, { case: id, network: description, variant }, inputUnits, expectedUnits),
  );
  writeAtomic(join(out, 'manifest.json'), new TextEncoder().encode(`${JSON.stringify(manifest, null, 1)}\n`));
  return { arrays: expectedUnits.size, beyond, variant: variantText(variant) };
}
