/** Reads the network and its weights from a model file. `model.ts` reads the records of a training. */
import { biasesOf, neuronsOf, outputLayer, type Layer } from '../../spec/network.ts';
import { ruleNames } from '../../spec/rule.ts';
import { choices } from '../../spec/variant.ts';
import { checkNumber, checkOneOf, checkRecord, checkWhole, refuse } from '../errors.ts';
import { bytesOf, type AnyBytes } from '../formats/bytes.ts';
import { parseJson } from '../formats/json.ts';
import type { NetworkFile } from '../network/models.ts';
import {
  checkWeights,
  network,
  weightedLayers,
  type SpikingNetwork,
  type TrainedOn,
} from '../network/network.ts';
import { readSafetensors, safetensorsParts, type Safetensors } from '../formats/safetensors.ts';
import type { Tensor } from '../formats/tensor.ts';
import { sha256 } from '../formats/sha256.ts';

/** Version of the metadata. Version 1 has no digest. */
export const version = '2';

/** Metadata keys of version 1. */
const keys = ['asf-bp', 'network', 'variant', 'scale', 'seed', 'rule', 'epochs', 'grid', 'training'];

/**
 * Loads the network of a model file or a checkpoint, with its weights.
 *
 * @param bytes a safetensors file as `encodeModel`, `asf-bp train` and `asf-bp export` write it
 * @param where name of the file in error messages
 * @returns a network with weights, S, seed and rule
 * @throws InputError if it is not a model file, or is damaged
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { loadModel } from 'asf-bp/infer';
 * const net = loadModel(readFileSync('node_modules/asf-bp/models/tiny.safetensors'));
 * console.log(net.plan.T); // 16
 * ```
 */
export function loadModel(bytes: AnyBytes, where = 'model'): SpikingNetwork {
  return readModel(bytes, where).net;
}

export function readModel(value: AnyBytes, where: string): { file: Safetensors; net: SpikingNetwork } {
  const bytes = bytesOf(where, 'file', value);
  const file = readSafetensors(bytes, where);
  const { metadata } = file;
  if (metadata['asf-bp'] === '1') checkRecord(where, 'metadata', metadata, keys);
  else if (metadata['asf-bp'] === version) checkDigest(bytes, metadata, where);
  else refuse(where, 'asf-bp', 'version 1 or 2 in the metadata', metadata['asf-bp']);
  const description = parse(where, 'network', metadata) as NetworkFile; // `network` checks it
  const variant = checkRecord(where, 'variant', parse(where, 'variant', metadata));
  for (const question of Object.keys(choices)) {
    // Older files have no `output`; their output layer integrates.
    if (!Object.hasOwn(variant, question) && question !== 'output')
      refuse(where, `variant.${question}`, 'a choice', undefined);
  }
  const net = network(description, { variant: variant as NetworkFile['variant'] }, where); // `network` checks both
  net.weights = weightsIn(file, net, where);
  checkWeights(where, net.plan, net.weights);
  net.S = checkScales(where, parse(where, 'scale', metadata), net.plan.layers.length);
  net.seed = checkWhole(where, 'seed', parse(where, 'seed', metadata), 0, 2 ** 32 - 1);
  if (metadata['rule'] !== undefined)
    net.rule = checkOneOf(where, 'rule', parse(where, 'rule', metadata), ruleNames);
  if (metadata['nir'] !== undefined) net.nir = checkNir(parse(where, 'nir', metadata), where);
  if (metadata['classes'] !== undefined)
    net.classes = checkClasses(parse(where, 'classes', metadata), where, net);
  if (metadata['trainedOn'] !== undefined)
    net.trainedOn = checkTrainedOn(parse(where, 'trainedOn', metadata, mostOfColumns), where, net);
  return { file, net };
}

export function checkNir(value: unknown, where: string): NonNullable<SpikingNetwork['nir']> {
  const { as, dt } = checkRecord(where, 'nir', value, ['as', 'dt']);
  if (typeof as !== 'string') refuse(where, 'nir.as', 'a text', as);
  return { as, dt: checkNumber(where, 'nir.dt', dt, { low: 0, above: true }) };
}

/** Checks names of classes: at most one per output, and at most 2¹⁷ characters in all, so that the file can be read again. */
export function checkClasses(value: unknown, where: string, { plan }: SpikingNetwork): string[] {
  const most = neuronsOf(outputLayer(plan).output);
  const isName = (name: unknown): boolean => typeof name === 'string' && name.length < 256;
  if (!Array.isArray(value) || value.length > most || !value.every(isName) || value.join('').length > 2 ** 17)
    refuse(where, 'classes', `at most ${most} names of less than 256 characters, 131072 in all`, value);
  return value;
}

/** Limit on the characters of `trainedOn`, which has two numbers per column of a table. */
const mostOfColumns = 2 ** 23;

/** Checks the record of the training data: its name, and if present, names and ranges of columns, and sizes of recordings. */
export function checkTrainedOn(value: unknown, where: string, { plan }: SpikingNetwork): TrainedOn {
  const words = checkRecord(where, 'trainedOn', value, ['dataset', 'names', 'columns', 'recording']);
  if (typeof words['dataset'] !== 'string') refuse(where, 'trainedOn.dataset', 'a text', words['dataset']);
  const count = neuronsOf(plan.input);
  const { names } = words;
  const isNames = Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (names !== undefined && (!isNames || names.length !== count))
    refuse(where, 'trainedOn.names', `${count} texts, one per column`, names);
  const checkList = (what: string, list: unknown): void => {
    if (!Array.isArray(list) || list.length !== count || !list.every(Number.isFinite))
      refuse(where, what, `${count} finite numbers, one per column`, list);
  };
  const checkSize = (what: string, size: unknown): void => void checkWhole(where, what, size, 1, 2 ** 32);
  const checks = [
    ['columns', ['low', 'high'], checkList],
    ['recording', ['width', 'height', 'ms'], checkSize],
  ] as const;
  for (const [field, known, check] of checks) {
    const entry = words[field];
    if (entry === undefined) continue;
    const record = checkRecord(where, `trainedOn.${field}`, entry, known);
    for (const what of known) check(`trainedOn.${field}.${what}`, record[what]);
  }
  return words as unknown as TrainedOn; // checked above
}

/** Reads weights, either in binary32 or as 8-bit integers times the step of their grid (`grid.ts`). */
function weightsIn(file: Safetensors, net: SpikingNetwork, where: string): Float32Array[] {
  if (file.metadata['grid'] === undefined) return tensorsOf(file, net, 'weight', where, 'F32');
  const wholes = tensorsOf(file, net, 'weight', where, 'I8');
  const steps = parse(where, 'grid', file.metadata);
  if (!Array.isArray(steps) || steps.length !== wholes.length)
    refuse(where, 'grid', `a list of ${wholes.length} steps`, steps);
  return wholes.map((w, index) => {
    const step = checkNumber(where, 'grid', steps[index], { low: 2 ** -40, high: 2 ** 40 });
    if (!Number.isInteger(Math.log2(step))) refuse(where, 'grid', 'powers of two', step);
    return Float32Array.from(w, (k) => k * step);
  });
}

/** The names and shapes of a layer's tensors: its weights, and its biases if it has any. */
export function arrayNames(
  layer: Layer,
  suffix: 'weight' | 'm' | 'v',
): { name: string; shape: readonly number[] }[] {
  const prefix = `layer${layer.n}`;
  const biases = biasesOf(layer);
  const bias = { name: suffix === 'weight' ? `${prefix}.bias` : `${prefix}.bias.${suffix}`, shape: [biases] };
  return [{ name: `${prefix}.${suffix}`, shape: layer.weightShape }, ...(biases > 0 ? [bias] : [])];
}

/** The arrays of all layers with weights. Checks the tensors `layerN.suffix` against the shapes of the network. */
export function tensorsOf<D extends 'F32' | 'I8'>(
  { tensors }: Safetensors,
  { plan }: SpikingNetwork,
  suffix: 'weight' | 'm' | 'v',
  where: string,
  dtype: D,
): (D extends 'F32' ? Float32Array : Int8Array)[] {
  const arrayOf = ({ name, shape }: { name: string; shape: readonly number[] }): ArrayLike<number> => {
    // `tensors` has no prototype, so any name is safe.
    const tensor: Tensor | undefined = tensors[name];
    const fits = tensor?.dtype === dtype && String(tensor.shape) === String(shape);
    const got = tensor && `${tensor.dtype} of ${tensor.shape.join(' × ')}`;
    if (!fits) refuse(where, name, `a tensor ${dtype} of ${shape.join(' × ')}`, got);
    return tensor.data as ArrayLike<number>; // `fits` excludes 64-bit integers
  };
  return weightedLayers(plan).map((layer) => {
    const [weights, biases] = arrayNames(layer, suffix).map(arrayOf);
    // The compiler cannot see that the array's type follows from `D`.
    if (!biases) return weights as never;
    const all = new (dtype === 'F32' ? Float32Array : Int8Array)(weights.length + biases.length);
    all.set(weights);
    all.set(biases, weights.length);
    return all as never; // the type follows from `D`
  });
}

function checkScales(where: string, value: unknown, layers: number): number[] {
  if (!Array.isArray(value) || value.length !== layers)
    refuse(where, 'scale', `a list of ${layers} numbers`, value);
  return value.map((S) => Math.fround(checkNumber(where, 'scale', S, { low: 0, high: 2 ** 40 })));
}

export function parse(
  where: string,
  key: string,
  metadata: Readonly<Record<string, string>>,
  most?: number,
): unknown {
  const text: string | undefined = metadata[key];
  if (text === undefined) refuse(where, key, 'an entry in the metadata', undefined);
  return parseJson(text, `${where}: ${key}`, most);
}

/**
 * Bytes 35 to 98 of a model file are the 64 digits of its digest. They follow the length of the header and `{"__metadata__":{"digest":"`.
 * The digest is the SHA-256 of all other bytes. It detects damage, not deliberate changes.
 */
const [first, end] = [35, 99];

/** The parts of a file with its digest: the header, and views of the tensors' data. */
export function partsWithDigest({ tensors, metadata }: Safetensors): Uint8Array[] {
  const [head, ...data] = safetensorsParts(tensors, { digest: '0'.repeat(end - first), ...metadata });
  head.set(new TextEncoder().encode(digestOf(head, ...data)), first);
  return [head, ...data];
}

function checkDigest(bytes: Uint8Array, { digest }: Safetensors['metadata'], where: string): void {
  const found = digestOf(bytes);
  if (found !== digest) refuse(where, 'digest', found, digest, 'the file is damaged');
}

function digestOf(head: Uint8Array, ...data: readonly Uint8Array[]): string {
  return sha256(head.subarray(0, first), head.subarray(end), ...data);
}
