/** `asf-bp check` of a folder of vectors to which an implementation has added its results. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { refuse } from '../../errors.ts';
import { parseJsonBytes } from '../../formats/json.ts';
import { numbersOf } from '../../formats/tensor.ts';
import { checkRecord } from '../../network/check.ts';
import type { NetworkFile } from '../../network/models.ts';
import { digest, network, weightedLayers } from '../../network/network.ts';
import { judgeFixed, readSupplied, weightKeys, type ExactVerdict } from '../../oracle/files/index.ts';
import { isFolder, readFile } from '../files.ts';
import { endings } from './oracleFiles.ts';

/** A case, and the file `result.npz`, `.safetensors` or `.json` beside its manifest, if there is one. */
export interface VectorCase {
  readonly id: string;
  /** Its `case.npz`. */
  readonly file: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly result: string | undefined;
}

const parts = ['manifest.json', 'case.npz'];

/** The cases below a folder, sorted; none if it is not a folder of vectors. */
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

function caseOf(folder: string, root: string): VectorCase {
  const at = join(folder, 'manifest.json');
  const manifest = checkRecord(at, 'JSON', parseJsonBytes(readFile(at, 'check'), at));
  const results = endings.map((ending) => join(folder, `result${ending}`)).filter((file) => existsSync(file));
  if (results.length > 1) refuse('check', folder, 'one result', results.length);
  const { id = relative(root, folder) } = manifest;
  return { id: String(id), file: join(folder, 'case.npz'), manifest, result: results[0] };
}

/** Judges a case by its expected numbers, for fixed point and for the digest of an epoch: nothing else can judge these. */
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
    const numbers = weightKeys(layer).flatMap((own) => {
      const array = arrays.get(`${own}.after`);
      if (!array || array.dtype === 'STR')
        refuse(result, `${own}.after`, 'the weights after the last step', undefined);
      return Array.from(numbersOf(array.data));
    });
    return Float32Array.from(numbers);
  });
  const [found, expected] = [await digest(weights), manifest['digest']];
  if (found === expected) return { verdict: 'agrees', says: `digest ${found} agrees` };
  return { verdict: 'differs', says: `digest DIFFERS: expected ${String(expected)}, got ${found}` };
}

/** Why no mistake is named. */
const whyNone: Readonly<Record<string, string>> = {
  evidence: 'too little differs to tell why',
  inputs: 'what enters it is not in the vector, so that no mistake was tried',
  work: 'no mistake was found in some seconds; fewer steps or samples tell more',
};

/** A verdict in words; the explanation of a difference has a separate line. */
export function exactText({ says, explanation }: ExactVerdict): string {
  if (!explanation) return says;
  const { n, explains, limit } = explanation;
  const why = explains.map((each) => `${each.says} (${each.id})`).join(' Or: ');
  return `${says}\nlayer ${n}: ${why || (limit ? whyNone[limit] : 'no known mistake that is tried explains it')}`;
}
