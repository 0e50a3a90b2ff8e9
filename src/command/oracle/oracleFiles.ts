/** Opens the files of `check` and `oracle`: their arrays, and the network, settings and names for these arrays. */
import { join } from 'node:path';
import { checkOneOf, refuse } from '../../errors.ts';
import { parseJsonBytes, type Tensor } from '../../formats/index.ts';
import { checkNetwork, checkVariant, type NetworkFile } from '../../network/index.ts';
import {
  checkNames,
  partsOfCase,
  readSupplied,
  type Layout,
  type NameMap,
  type Supplied,
  authorsNames,
  authorsNetwork,
} from '../../oracle/index.ts';
import { checkKind, kindOf } from '../fileKind.ts';
import { isFolder, namesIn, readFile, withFile } from '../files.ts';
import { openAnyDescription, openModelDescription } from '../models.ts';
import type { CaseOptions } from '../options/oracle.ts';

export const endings = ['.npz', '.safetensors', '.json'];

/** The named files, and the array files of the named folders. */
export function listFiles(paths: readonly string[], where: string): string[] {
  return paths.flatMap((path) => {
    if (!isFolder(path)) return [path];
    const names = namesIn(path, where).filter((name) => endings.some((ending) => name.endsWith(ending)));
    if (names.length === 0) refuse(where, path, `files ${endings.join(', ')}`, 'none');
    return names.map((name) => join(path, name));
  });
}

/** Opens a file of arrays, together with those of `--inputs`. */
export function openCase(path: string, options: CaseOptions, where: string, mine = readArrays(path, where)) {
  const { inputs, keys, layout: maps, weights } = options;
  const more = inputs === undefined ? noArrays : readArrays(inputs, where);
  const { arrays, words } = joined(mine, more, where);
  const hint = 'check MINE --inputs CASE judges one';
  if (!isFixed(more) && isFixed(mine))
    refuse(path, 'case', 'numbers of binary32', 'a case in fixed point', hint);
  const network = networkOf({ arrays, words }, options, path, where);
  const settings = {
    learningRate: options.lr ?? words['lr'],
    weightDecay: options.weightDecay ?? words['weight_decay'],
  };
  for (const [key, value] of Object.entries(settings))
    if (typeof value === 'number' && (!arrays.has(key) || options.lr !== undefined))
      arrays.set(key, { dtype: 'F64', shape: [], data: Float64Array.of(value) });
  const optimiser = options.optimiser ?? words['optimiser'];
  const named = (file: string): NameMap => checkNames(parseJsonBytes(readFile(file, where), file), where);
  const names: NameMap =
    keys === undefined ? new Map() : keys === 'authors' ? authorsNames(network) : named(keys);
  const layout: Partial<Layout> = { ...(maps && { maps }), ...(weights && { weights }) };
  return {
    where: path,
    arrays: arrays as Map<string, Tensor>, // `check` reads texts as numbers
    network,
    names,
    layout,
    optimiser:
      optimiser === undefined
        ? undefined
        : checkOneOf(path, 'optimiser', optimiser, ['adam', 'sgd'] as const),
    /** The keys that the vector in `--inputs` expects. Other keys are not reported as missing. */
    expected: new Set([...more.arrays.keys()].flatMap((name) => /(?<=^expected\.).*/.exec(name) ?? [])),
    /** The fixed-point vector of `--inputs`, if any. The file is compared with the expected numbers of this vector. */
    fixed: isFixed(more) ? more : undefined,
  };
}

const noArrays: Supplied = { arrays: new Map(), words: {} };

const isFixed = (supplied: Supplied): boolean => partsOfCase(supplied)[2]?.startsWith('fixed-') === true;

/** The arrays of a file, or of the folder of a vector. */
export function readArrays(named: string, where: string): Supplied {
  const path = isFolder(named) ? join(named, 'case.npz') : named;
  const hint = 'write what a simulation gives as .npz';
  if (/\.hex$/i.test(path))
    refuse(where, path, `arrays in ${endings.join(', ')}`, 'words for $readmemh', hint);
  return withFile(path, where, (source) => {
    const hasEnding = endings.some((ending) => path.toLowerCase().endsWith(ending));
    if (!hasEnding && kindOf(source) === undefined)
      refuse(where, path, `arrays in ${endings.join(', ')}`, 'another kind of file', hint);
    return readSupplied(checkKind(source, ['zip', 'model', 'json', 'array'], where, path), path);
  });
}

/** Joins results with the inputs from a second file. Expected arrays of that file are omitted, because they are not inputs. */
function joined(mine: Supplied, more: Supplied, where: string): Supplied {
  const epoch = 'put result.npz beside its manifest.json, and check the folder';
  if (partsOfCase(more)[1] === 'epoch') refuse(where, '--inputs', 'a case of one step', 'an epoch', epoch);
  const entered = [...more.arrays].filter(([name]) => !/^(expected|low|high)\./.test(name));
  const twice = entered.find(([name]) => mine.arrays.has(name));
  const hint = 'leave it out of the one that you made';
  if (twice) refuse(where, twice[0], 'an array in one of the two files', 'one in both', hint);
  return { arrays: new Map([...mine.arrays, ...entered]), words: { ...more.words, ...mine.words } };
}

function networkOf(
  { arrays, words }: Supplied,
  options: CaseOptions,
  path: string,
  where: string,
): NetworkFile {
  const { network: file, model, window: timeWindow, threshold, leak } = options;
  if (file !== undefined && model !== undefined)
    refuse(where, '--network', 'one of --network and --model', 'both');
  const chosen =
    file !== undefined
      ? openAnyDescription(file, where, '--network')
      : model !== undefined
        ? openModelDescription(model, where)
        : undefined;
  // If the network is from the file of arrays, it is checked together with them.
  const saved = words['network'] as NetworkFile | undefined;
  const found =
    chosen?.file ?? saved ?? (options.keys === 'authors' ? authorsNetwork(arrays, words, path) : undefined);
  const hint = '--network FILE.json or --model NAME; of a NIR graph --graph GRAPH.nir';
  if (!found) refuse(where, '--network', `a network, as ${path} names none`, undefined, hint);
  if (typeof found !== 'object') refuse(where, `${path}: network`, 'a network description', found);
  const said = chosen ? undefined : (words['variant'] as NetworkFile['variant']); // checked together with the network
  const all = { variant: options.variant ?? said, timeWindow, threshold, leak };
  const replaced = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  // Checks a separate network file first, so that errors name that file.
  if (file !== undefined) {
    checkNetwork(file, found, replaced);
    checkVariant(file, replaced['variant'] ?? found.variant ?? 'paper');
  }
  return { ...found, ...replaced };
}
