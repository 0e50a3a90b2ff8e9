/** The names of the authors' reference arrays, and the networks that the arrays belong to. */
import { checkRecord, refuse, show } from '../../errors.ts';
import { countElements, type AnyTensor } from '../../formats/tensor.ts';
import { lenet, vgg7, type NetworkFile } from '../../network/models.ts';
import { keyOf } from '../keys.ts';
import type { NameMap } from './names.ts';

/**
 * Finds the network of an array file of the paper's authors: LeNet or VGG7, with the widths of the weights in the file.
 *
 * @param arrays arrays by the authors' names, such as `w_cnn1` and `in_spikes` (T,B,C,H,W)
 * @param words values of the file: `vth` and `leak`
 * @param where name of the file in error messages
 * @returns a network file, as for `network()`
 * @throws InputError if the file has neither network
 */
export function authorsNetwork(
  arrays: ReadonlyMap<string, AnyTensor>,
  words: Readonly<Record<string, unknown>>,
  where: string,
): NetworkFile {
  if (!(arrays instanceof Map)) refuse('authorsNetwork', 'arrays', 'a map of arrays', arrays);
  checkRecord('authorsNetwork', 'words', words);
  // A caller's map may hold anything.
  for (const [name, array] of arrays) countElements('authorsNetwork', show(name), array?.shape);
  const base = arrays.has('w_cnn1') ? lenet : arrays.has('w_cnn11') ? vgg7 : undefined;
  const spikes = arrays.get('in_spikes')?.shape;
  if (!base || spikes?.length !== 5)
    refuse(
      where,
      'network',
      'w_cnn1 or w_cnn11, and in_spikes (T,B,C,H,W)',
      [...arrays.keys()].join(),
      '--network names it',
    );
  const number = (name: string, byDefault: number): number =>
    typeof words[name] === 'number' ? words[name] : byDefault;
  const names = weightNames(base);
  const layers = base.layers.map((layer, index) => {
    const weights = names[index] === undefined ? undefined : arrays.get(`w_${names[index]}`)?.shape;
    if (!weights) return layer;
    const [out, , kernel] = weights;
    if (layer.kind === 'linear') return { ...layer, units: out };
    return { ...layer, channels: out, kernel: kernel ?? 1, padding: Math.floor((kernel ?? 1) / 2) };
  });
  const [timeWindow, , channels, height, width] = spikes;
  return {
    ...base,
    input: { channels, height, width, scale: base.input.scale ?? 1 },
    timeWindow,
    threshold: number('vth', base.threshold),
    leak: number('leak', 1),
    layers,
  };
}

/**
 * The authors' names of a network's layers, such as c1 and p1. If convolutions follow each other, their names are the block and
 * the place in the block: 12 is the second convolution of block 1.
 */
function layerNames({ layers }: NetworkFile): (string | undefined)[] {
  let [block, inBlock, pools, linears, convolutions] = [1, 0, 0, 0, 0];
  const isFlat = !layers.some(
    (layer, index) => layer.kind === 'convolution' && layers[index + 1]?.kind === 'convolution',
  );
  return layers.map(({ kind }, index) => {
    if (index === layers.length - 1) return undefined;
    if (kind === 'linear') return `f${linears++}`;
    if (kind === 'convolution') return isFlat ? `c${++convolutions}` : `${block}${++inBlock}`;
    [block, inBlock] = [block + 1, 0];
    return `p${++pools}`;
  });
}

function weightNames(file: NetworkFile): (string | undefined)[] {
  let linears = 0;
  const names = layerNames(file);
  return file.layers.map(({ kind }, index) => {
    if (kind === 'linear') return `fc${linears++}`;
    return kind === 'convolution' ? names[index]?.replace(/^c?/, 'cnn') : undefined;
  });
}

/**
 * Maps the names in an array file of the paper's authors to keys.
 *
 * @param file the network, as {@link authorsNetwork} returns it
 * @returns the option `names` of `check`
 * @throws InputError if `file` has no layers
 */
export function authorsNames(file: NetworkFile): NameMap {
  const { layers: supplied } = checkRecord('authorsNames', 'network', file);
  if (!Array.isArray(supplied) || !supplied.every((layer) => layer instanceof Object))
    refuse('authorsNames', 'layers', 'a list of layers', supplied);
  const names = new Map<string, string | readonly (string | undefined)[]>([
    ['labels', 'label'],
    ['in_spikes', 'input.spikes'],
    ['FO_in', 'input.FO'],
    ['sign', 'scale.update'],
  ]);
  const layers = layerNames(file);
  const firing = file.layers.flatMap(({ kind }, index) =>
    layers[index] === undefined || kind === 'maxPool' ? [] : [index + 1],
  );
  const each = (what: string) => firing.map((n) => keyOf(n, what));
  names.set('ratio', each('ratio')).set('scale_before', each('S.before')).set('scale_after', each('S'));
  const perLayer = { spk: 'spikes', FI: 'FI', FO: 'FO', mem: 'potential.end', gFO: 'dFO' };
  for (const [index, layer] of layers.entries()) {
    for (const [name, what] of Object.entries(perLayer))
      if (layer !== undefined) names.set(`${name}_${layer}`, keyOf(index + 1, what));
  }
  const perWeight = { w: 'weight', g: 'dw', wnew: 'weight.after', adam_m: 'm', adam_v: 'v' };
  for (const [index, weight] of weightNames(file).entries()) {
    for (const [name, what] of Object.entries(perWeight))
      if (weight !== undefined) names.set(`${name}_${weight}`, keyOf(index + 1, what));
  }
  return names;
}
