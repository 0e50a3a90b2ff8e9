/** Files of `check` and `oracle`: their arrays, and the network, step and names that they belong to. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, refuse } from '../../errors.ts';
import type { ByteSource } from '../../formats/bytes.ts';
import type { AnyTensor, Tensor } from '../../formats/tensor.ts';
import { parseJson } from '../../formats/json.ts';
import { checkNetwork, checkVariant } from '../../network/check.ts';
import type { NetworkFile } from '../../network/models.ts';
import { authorsNames, authorsNetwork } from '../../oracle/files/authors.ts';
import { checkNames, type NameMap } from '../../oracle/files/names.ts';
import { readSupplied, type Supplied } from '../../oracle/files/supplied.ts';
import { checkKind } from '../fileKind.ts';
import { readFile, reasonOf, withFile } from '../files.ts';
import { openAnyDescription, openModelDescription } from '../models.ts';

/** Options that name the network and the step of the arrays. */
export interface CaseOptions {
  readonly network?: string;
  readonly model?: string;
  readonly variant?: NetworkFile['variant'];
  readonly window?: number;
  readonly threshold?: number;
  readonly leak?: number;
  readonly keys?: string;
  readonly inputs?: string;
  readonly optimiser?: 'adam' | 'sgd';
  readonly lr?: number;
  readonly weightDecay?: number;
}

/** A file with its network. */
export interface Case {
  readonly arrays: ReadonlyMap<string, Tensor>;
  readonly network: NetworkFile;
  readonly names: NameMap;
  readonly optimiser?: 'adam' | 'sgd';
  /** The keys that a vector in `--inputs` expects: only these can be missing. */
  readonly expected?: ReadonlySet<string>;
  /** A vector in fixed point in `--inputs`, whose own expected numbers judge. */
  readonly fixed?: Supplied;
}

const endings = ['.npz', '.safetensors', '.json'];

/** The named files, and the files with arrays in named folders. */
export function listFiles(paths: readonly string[], where: string): string[] {
  return paths.flatMap((path) => {
    if (!isFolder(path, where)) return [path];
    const names = readdirSync(path).filter((name) => endings.some((ending) => name.endsWith(ending)));
    if (names.length === 0)
      throw new InputError(`${where}: "${path}" expected files ${endings.join(', ')}, got none`);
    return names.sort().map((name) => join(path, name));
  });
}

function isFolder(path: string, where: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw new InputError(`${where}: cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** Opens a file of arrays, together with those of `--inputs`. */
export function openCase(path: string, options: CaseOptions, where: string): Case {
  const { supplied, expected, fixed } = withInputs(readArrays(path, where), options.inputs, where);
  if (!fixed && isFixed(supplied))
    refuse(
      path,
      'case',
      'numbers of binary32',
      'a case in fixed point',
      'check MINE --inputs CASE judges one',
    );
  const isAuthors = options.keys === 'authors';
  const network = networkOf(supplied, isAuthors, options, path, where);
  const arrays = new Map(supplied.arrays) as Map<string, Tensor>; // texts are read as numbers
  const settings = {
    learningRate: options.lr ?? supplied.words['lr'],
    weightDecay: options.weightDecay ?? supplied.words['weight_decay'],
  };
  for (const [key, value] of Object.entries(settings)) {
    if (typeof value !== 'number' || (arrays.has(key) && options.lr === undefined)) continue;
    arrays.set(key, { dtype: 'F64', shape: [], data: Float64Array.of(value) });
  }
  const optimiser = options.optimiser ?? optimiserOf(supplied.words['optimiser'], path);
  return {
    arrays,
    network,
    names: isAuthors ? authorsNames(network) : namesOf(options.keys, where),
    ...(optimiser && { optimiser }),
    ...(expected.size > 0 && { expected }),
    ...(fixed && { fixed }),
  };
}

/** The parts of a vector's name, `variant/stage/case`. */
export const partsOfCase = ({ words }: Supplied): readonly string[] =>
  typeof words['case'] === 'string' ? words['case'].split('/') : [];

const isFixed = (supplied: Supplied): boolean => partsOfCase(supplied)[2]?.startsWith('fixed-') === true;

function readArrays(path: string, where: string): Supplied {
  if (/\.hex$/i.test(path))
    refuse(
      where,
      path,
      'arrays in .npz, .safetensors or .json',
      'words for $readmemh',
      'write what a simulation gives as .npz',
    );
  return withFile(path, where, (source) => {
    checkKind(source, ['zip', 'model', 'json', 'array'], where, path);
    if (isNetwork(source))
      refuse(
        where,
        path,
        'the arrays of a step',
        'the description of a network',
        'it belongs after --network',
      );
    return readSupplied(source, path);
  });
}

const mostOfNetwork = 2 ** 16;

/** Whether a file is JSON as `--network` takes it: layers, and no arrays. */
function isNetwork(source: ByteSource): boolean {
  if (source.length > mostOfNetwork) return false;
  const text = new TextDecoder().decode(source.subarray(0, source.length));
  if (!text.startsWith('{')) return false;
  return text.includes('"layers"') && !text.includes('"arrays"');
}

/** The arrays of a vector, in its folder. */
const caseName = 'case.npz';

function withInputs(
  supplied: Supplied,
  inputs: string | undefined,
  where: string,
): { supplied: Supplied; expected: Set<string>; fixed?: Supplied } {
  const expected = new Set<string>();
  if (inputs === undefined) return { supplied, expected };
  const more = readArrays(isFolder(inputs, where) ? join(inputs, caseName) : inputs, where);
  if (partsOfCase(more)[1] === 'epoch')
    refuse(
      where,
      inputs,
      'a case of one step',
      'an epoch',
      'put result.npz beside its manifest.json, and check the folder',
    );
  const arrays = new Map<string, AnyTensor>(supplied.arrays);
  for (const [name, array] of more.arrays) {
    // A vector contains expected results beside its inputs.
    const [, kind, key] = /^(expected|low|high)\.(.*)$/.exec(name) ?? [];
    if (kind === 'expected') expected.add(key);
    if (kind !== undefined) continue;
    if (arrays.has(name))
      refuse(
        where,
        name,
        'an array in one of the two files',
        'one in both',
        'leave it out of the one that you made',
      );
    arrays.set(name, array);
  }
  const both = { arrays, words: { ...more.words, ...supplied.words } };
  return { supplied: both, expected, ...(isFixed(more) && { fixed: more }) };
}

function networkOf(
  { arrays, words }: Supplied,
  isAuthors: boolean,
  options: CaseOptions,
  path: string,
  where: string,
): NetworkFile {
  // The network that the file names is checked with its arrays.
  const named = namedNetwork(options, where) ?? (words['network'] as NetworkFile | undefined);
  const found = named ?? (isAuthors ? authorsNetwork(arrays, words, path) : undefined);
  if (!found)
    throw new InputError(
      `${where}: "--network" expected a network, as ${path} names none, got nothing; --network FILE.json or --model NAME`,
    );
  if (typeof found !== 'object') refuse(where, `${path}: network`, 'a network description', found);
  const variant = words['variant'] as NetworkFile['variant']; // checked with the network
  const all = {
    variant: options.variant ?? (named === words['network'] ? variant : undefined),
    timeWindow: options.window,
    threshold: options.threshold,
    leak: options.leak,
  };
  const replaced = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const network: NetworkFile = { ...found, ...replaced };
  // A mistake in a file of its own is said of that file, and not of the arrays.
  if (options.network !== undefined) {
    checkNetwork(options.network, found, replaced);
    checkVariant(options.network, network.variant ?? 'paper');
  }
  return network;
}

function namedNetwork({ network, model }: CaseOptions, where: string): NetworkFile | undefined {
  if (network !== undefined && model !== undefined)
    refuse(where, '--network', 'one of --network and --model', 'both');
  if (network !== undefined) return openAnyDescription(network, where, '--network').file;
  return model === undefined ? undefined : openModelDescription(model, where).file;
}

function optimiserOf(word: unknown, path: string): 'adam' | 'sgd' | undefined {
  if (word === undefined || word === 'adam' || word === 'sgd') return word;
  refuse(path, 'optimiser', 'adam or sgd', word);
}

function namesOf(keys: string | undefined, where: string): NameMap {
  if (keys === undefined) return new Map();
  const text = new TextDecoder().decode(readFile(keys, where));
  return checkNames(parseJson(text, keys), where);
}
