/** Reads a training step of a framework from a file: its layers and its arrays. */
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import {
  coveredAlone,
  defaultOf,
  neuronClasses,
  neuronOf,
  toldChoices,
  plainReadout,
  type NeuronClass,
  type TrainedNeuron,
} from '../../../spec/frameworks.ts';
import { namedSurrogates, type SurrogateTerms } from '../../../spec/surrogateForms.ts';
import { losses, type LossName } from '../../../spec/surrogateLoss.ts';
import { largest, type Values } from '../../engine/rounding.ts';
import { checkNumber, checkRecord, checkWhole, nearest, refuse, show } from '../../errors.ts';
import { numbersOf, type AnyTensor, type Tensor } from '../../formats/tensor.ts';
import type { Slot } from '../judge.ts';
import { oneLine } from '../../printable.ts';
import { once } from '../memo.ts';
import { tensorsOf, type ArraysByName } from '../options.ts';
import { placeOf, pointwise, positionsOf, type Pool, type Synapse } from './maps.ts';
import { keyOf, type SurrogateLayer, type SurrogateLoss, type SurrogateModel } from './model.ts';

/** A step: its model, its arrays, and the names that are not judged. */
export interface SurrogateStep {
  readonly model: SurrogateModel;
  readonly arrays: ReadonlyMap<string, Values>;
  /**
   * Names of arrays whose keys are unknown. The gradient of a recurrent weight that all neurons share also counts as
   * unknown.
   */
  readonly unknown: readonly string[];
  /** A description of each layer. */
  readonly says: readonly string[];
  /** For each layer, by its number: those operations before its neurons that no equation covers. */
  readonly uncovered: ReadonlyMap<number, readonly string[]>;
}

type Words = Readonly<Record<string, unknown>>;

/** Whether a file describes a training step of a framework. */
export const isSurrogateStep = ({ words }: { readonly words: Words }): boolean => Array.isArray(words['ops']);

const poolKinds: readonly string[] = ['maxpool', 'sumpool', 'avgpool'] satisfies Pool['kind'][];

/** Arrays by name, in the form of a file or as plain lists with their shapes. */
export type StepArrays = ArraysByName | ReadonlyMap<string, AnyTensor>;

/** Returns a text unchanged, and other values as messages show them. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : show(value));

/** The first note of a recorder, which may say why an array is missing. */
function noteOf({ notes }: Words): string | undefined {
  const note: unknown = Array.isArray(notes) ? notes[0] : undefined;
  return typeof note === 'string' ? oneLine(note.slice(0, 400)) : undefined;
}

/**
 * Opens a step that a caller supplies.
 *
 * @throws InputError if it is not a step, or if it has an operation that is not judged; the message names the operation
 */
export function openStep(supplied: StepArrays, words: Words, where: string): SurrogateStep {
  if (typeof where !== 'string') refuse('check', 'where', 'a text', where);
  checkRecord(where, 'arrays', supplied);
  const arrays = tensorsOf(supplied as ArraysByName, where); // texts are read as numbers
  checkRecord(where, 'words', words);
  const framework = textOf(words['framework']);
  const input = arrays.get('input');
  if (!input) refuse(where, 'input', 'an array (T,B,…)', input, noteOf(words));
  const [T, B, ...dims] = input.shape;
  if (dims.length !== 1 && dims.length !== 3)
    refuse(
      where,
      'input',
      'the shape (T,B,n) or (T,B,C,H,W)',
      `(${input.shape.join(',')})`,
      framework === 'spikingjelly'
        ? "its modules take all steps at once with step_mode='m'"
        : "if a module of yours takes all steps at once, its description needs layout='time' or 'batch'",
    );
  for (const side of input.shape) checkWhole(where, 'input: shape', side, 1, 2 ** 31);
  let shape: Shape = { channels: dims[0], height: dims[1] ?? 1, width: dims[2] ?? 1 };
  const layers: SurrogateLayer[] = [];
  let [pools, synapse]: [Pool[], Synapse | undefined] = [[], undefined];
  let [isDirect, isHeard] = [false, false];
  let before: readonly Pool[] = [];
  const says: string[] = [];
  const uncovered = new Map<number, string[]>();
  const addLayer = (
    fields: Pick<SurrogateLayer, 'name' | 'synapse' | 'layer'> & Partial<SurrogateLayer>,
  ): void => {
    const n = layers.length + 1;
    const has = (what: string): boolean => arrays.has(keyOf(n, what));
    const heard = { hasBias: has('bias'), isHeard: has('input'), isOpen: false, isTraining: true };
    layers.push({ n, before, within: pools, ...heard, ...fields });
  };
  const { ops } = words;
  if (!Array.isArray(ops) || ops.length > 4096) refuse(where, 'ops', 'a list of at most 4096', ops);
  for (const each of ops) {
    const op = checkRecord(where, 'ops', each);
    const kind = textOf(op['op']);
    const n = layers.length + 1;
    if (kind === 'unknown') {
      if (typeof op['name'] === 'string') uncovered.set(n, [...(uncovered.get(n) ?? []), op['name']]);
      // The output of such operations was recorded as the layer's input, or as the input of its neurons.
      const heard = arrays.get(keyOf(n, synapse ? 'current' : 'input'));
      if (!heard)
        refuse(where, `layer ${n}`, 'what an equation here covers', textOf(op['name']), 'it is not judged');
      if (synapse) isDirect = true;
      else if (neuronsOf(shape) !== neuronsOf(shapeOf(heard))) pools = [];
      if (!synapse) [shape, isHeard] = [shapeOf(heard), true];
    } else if (kind === 'flatten') {
      if (!synapse) shape = placeOf(neuronsOf(shape));
    } else if (poolKinds.includes(kind) && isHeard && !synapse) {
      // The output of these pools was recorded as well.
      pools = [];
    } else if (poolKinds.includes(kind)) {
      const [side] = [op['size']].flat();
      if (!isAll(op['size'], Number(side)))
        refuse(where, `${kind}.size`, 'one number', op['size'], 'it is not judged');
      const size = checkWhole(where, `${kind}.size`, side, 1, 64);
      for (const [key, value] of [
        ['stride', size],
        ['padding', 0],
      ] as const)
        if (op[key] !== undefined && !isAll(op[key], value))
          refuse(where, `${kind}.${key}`, `${value}`, op[key], 'it is not judged');
      const to = { ...shape, height: Math.floor(shape.height / size), width: Math.floor(shape.width / size) };
      pools.push({ kind: kind as Pool['kind'], size, from: shape, to }); // it is one of `poolKinds`
      shape = to;
    } else if (kind === 'linear' || kind === 'conv') {
      if (synapse) refuse(where, `layer ${n}`, 'neurons', `${kind} after ${kind}`, 'it is not judged');
      const heard = n > 1 ? arrays.get(keyOf(n, 'input')) : undefined;
      if (heard && neuronsOf(shapeOf(heard)) !== neuronsOf(shape)) [shape, pools] = [shapeOf(heard), []];
      synapse = synapseOf(op, shape, arrays.get(keyOf(n, 'weight')), keyOf(n, 'weight'), where);
      [before, pools, shape, isHeard] = [pools, [], synapse.to, false];
    } else if (kind === 'neuron') {
      if (!synapse) refuse(where, 'ops', 'a linear or conv before each neuron', 'a neuron without one');
      if (isDirect) {
        synapse = hearCurrents(arrays, n, where);
        [before, pools, shape] = [[], [], synapse.to];
      }
      const { layer, text } = neuronsAt(op, framework, neuronsOf(shape), where);
      addLayer({
        name: `${frameworkOf(op, framework)}.${textOf(op['neuron'])}`,
        synapse,
        isTraining: op['training'] !== false || frameworkOf(op, framework) !== 'spikingjelly',
        ...(isDirect && { isDirect }),
        recurrent: recurrentOf(op, frameworkOf(op, framework), n, arrays),
        layer,
      });
      says.push(text);
      [pools, synapse, isDirect] = [[], undefined, false];
    } else refuse(where, 'ops', 'linear, conv, neuron, maxpool, sumpool, avgpool or flatten', kind);
  }
  if (layers.length === 0) refuse(where, 'ops', 'at least one neuron', 'none');
  if (synapse)
    addLayer({
      name: 'nothing',
      synapse,
      isOpen: true,
      layer: { neuron: plainReadout, size: neuronsOf(shape), surrogate: [] },
    });
  const loss = synapse ? undefined : lossOf(words['loss'], layers, { T, arrays }, where);
  const bare: SurrogateModel = { layers, T, B, loss, recorded: new Set() };
  const read = readArrays(arrays, bare, where);
  const recorded = new Set(read.arrays.keys());
  // If a loss reads the hidden state of a module, the recorded gradient of the spikes is 0 and says nothing.
  const gradient = keyOf(layers.length, 'dspikes');
  if (!loss && !recorded.has(keyOf(layers.length, 'dmem')) && largest(read.arrays.get(gradient) ?? []) === 0)
    recorded.delete(gradient);
  return { model: { ...bare, recorded }, ...read, says, uncovered };
}

/**
 * Limit on the channels of a layer with unknown weights. The identity matrix that replaces the weights has one number for each
 * pair of channels.
 */
const mostChannels = 4096;

const shapeOf = ({ shape: [, , channels, height = 1, width = 1] }: Tensor): Shape => ({
  channels,
  height,
  width,
});

/**
 * Replaces the weights of a layer by the identity matrix, and its input by the recorded currents, if something unknown lies
 * between weights and neurons.
 */
function hearCurrents(arrays: Map<string, Tensor>, n: number, where: string): Synapse {
  const current = arrays.get(keyOf(n, 'current'))!; // `isDirect` is set only if it exists
  const shape = shapeOf(current);
  const channels = checkWhole(where, `${keyOf(n, 'current')}: channels`, shape.channels, 1, mostChannels);
  for (const what of ['current', 'bias', 'dw', 'db']) arrays.delete(keyOf(n, what));
  arrays.set(keyOf(n, 'input'), current);
  if (n === 1) arrays.set('input', current);
  const one = Float32Array.from({ length: channels ** 2 }, (_, k) => Number(k % (channels + 1) === 0));
  arrays.set(keyOf(n, 'weight'), { dtype: 'F32', shape: [channels, channels], data: one });
  return pointwise(shape, shape);
}

function synapseOf(op: Words, from: Shape, weight: Tensor | undefined, name: string, where: string): Synapse {
  if (!weight) refuse(where, name, 'an array', undefined);
  const { shape } = weight;
  const pairOf = (what: string, most: number, usual: number): [number, number] => {
    const value = op[what] ?? usual;
    const [rows, columns] = Array.isArray(value) ? value : [value, value];
    return [rows, columns].map((each) => checkWhole(where, what, each, 0, most)) as [number, number]; // there are two numbers
  };
  for (const key of ['dilation', 'groups'])
    if (op[key] !== undefined && !isAll(op[key], 1)) refuse(where, key, '1', op[key], 'it is not judged');
  if (op['op'] === 'linear') {
    const inputs = neuronsOf(from);
    if (shape.length !== 2 || shape[1] !== inputs)
      refuse(where, name, `the shape (out,${inputs})`, `(${shape.join(',')})`);
    return pointwise(placeOf(inputs), placeOf(shape[0]));
  }
  if (shape.length !== 4 || shape[1] !== from.channels)
    refuse(where, name, `the shape (out,${from.channels},rows,columns)`, `(${shape.join(',')})`);
  const kernel = [shape[2], shape[3]] as const;
  const [stride, padding] = [pairOf('stride', 64, 1), pairOf('padding', 64, 0)];
  const side = (size: number, d: 0 | 1): number =>
    Math.floor((size + 2 * padding[d] - kernel[d]) / stride[d]) + 1;
  const to = { channels: shape[0], height: side(from.height, 0), width: side(from.width, 1) };
  if (to.height < 1 || to.width < 1)
    refuse(where, name, `a kernel of at most ${from.height} × ${from.width}`, kernel.join(' × '));
  return { from, to, kernel, stride, padding };
}

/** Whether a number, or each number of a list, equals `one`. */
const isAll = (value: unknown, one: number): boolean => [value].flat().every((each) => each === one);

/** The names in a framework; for an unknown framework, the names in all frameworks. */
function ofFramework(all: Readonly<Record<string, unknown>>, name: string): string {
  const matching = Object.keys(all).filter((each) => each.startsWith(`${name.split('.')[0]}.`));
  return (matching.length > 0 ? matching : Object.keys(all)).join(', ');
}

const frameworkOf = (op: Words, framework: string): string => textOf(op['framework'] ?? framework);

/** Neurons by their class; each argument is one number for all, or one per neuron. */
function neuronsAt(
  op: Words,
  framework: string,
  size: number,
  where: string,
): { layer: SurrogateLayer['layer']; text: string } {
  const name = `${frameworkOf(op, framework)}.${textOf(op['neuron'])}`;
  const known = Object.hasOwn(neuronClasses, name) ? neuronClasses[name] : undefined;
  if (!known)
    refuse(
      where,
      'neuron',
      `one of ${ofFramework(neuronClasses, name)}`,
      name,
      'record(…, neurons={MyNeuron: dict(…)}) says which class one’s own is like',
    );
  const said = checkRecord(where, 'args', op['args'] ?? {});
  const threshold = known.takes.find(
    (key) => /^(spike_|v_)?threshold$|^v_th$/.test(key) && said[key] === 'Infinity',
  );
  const args = threshold ? { ...said, [threshold]: 1 } : said;
  for (const [key, value] of Object.entries(args))
    checkArgument(known, key, value, size, `${where}: ${name}`);
  // No potential is above an infinite threshold: the neuron is a readout.
  const mute = threshold && ({ output: 'potential', reset: 'none' } as const);
  const at = (i: number): TrainedNeuron => ({
    ...neuronOf(
      known,
      Object.fromEntries(
        Object.entries(args).map(([key, value]) => [
          key,
          Array.isArray(value) ? value[value.length > 1 ? i : 0] : value,
        ]),
      ),
      Object.fromEntries(Object.entries(args).filter(([key]) => Object.hasOwn(toldChoices, key))),
    ),
    ...mute,
  });
  const neuron = at(0);
  const lacking = known.takes.filter((key) => Number.isNaN(defaultOf(known, key)) && args[key] === undefined);
  if (!(['λ', 'g', 'θ', 'α'] as const).every((key) => Number.isFinite(neuron[key])))
    refuse(where, name, `finite ${lacking.join(', ') || 'arguments'}`, undefined);
  const isEach = Object.values(args).some((value) => Array.isArray(value) && value.length > 1);
  const { terms, text } = surrogateIn(op, neuron, where);
  const others = isEach ? Array.from({ length: size }, (_, i) => surrogateIn(op, at(i), where).terms) : [];
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(terms)))
    refuse(
      where,
      name,
      'one threshold, where the surrogate is in units of it',
      'several',
      'it is not judged',
    );
  return {
    layer: {
      neuron,
      size,
      ...(isEach && { each: Array.from({ length: size }, (_, i) => at(i)) }),
      surrogate: terms,
    },
    text: `${name}${argumentText(known, said)}${text}`,
  };
}

/** Checks that a class has an argument, and the type of its value. */
function checkArgument(known: NeuronClass, key: string, value: unknown, size: number, where: string): void {
  const answers = Object.hasOwn(toldChoices, key) ? toldChoices[key] : undefined;
  if (answers) {
    if (!answers.includes(textOf(value))) refuse(where, key, `one of ${answers.join(', ')}`, value);
    return;
  }
  const argument = known.takes.find((each) => each === key);
  if (!argument) {
    const takes = [...known.takes, ...Object.keys(toldChoices)];
    const like = nearest(key, takes);
    refuse(where, 'args', `one of ${takes.join(', ')}`, key, like && `did you mean ${like}?`);
  }
  if (Array.isArray(value) && value.length !== 1 && value.length !== size)
    refuse(where, key, `one number, or ${size}`, value.length);
  const usual = defaultOf(known, argument);
  const kind = usual === null ? 'number' : typeof usual;
  const mayLack = usual === null || argument === 'v_reset' || argument === 'spike_fn';
  for (const each of [value].flat()) {
    if (typeof each !== kind && !(each === null && mayLack)) refuse(where, key, `a ${kind}`, each);
    if (coveredAlone.includes(argument) && each !== usual)
      refuse(where, key, String(usual), each, 'it is not judged');
  }
}

/** The arguments that differ from the class's defaults. */
function argumentText(known: NeuronClass, args: Words): string {
  const said = known.takes
    .filter((key) => args[key] !== undefined && args[key] !== defaultOf(known, key))
    .map((key) => `${key} ${Array.isArray(args[key]) ? 'of each' : String(args[key])}`);
  for (const key of Object.keys(toldChoices)) if (key in args) said.push(`${key} ${textOf(args[key])}`);
  return said.length > 0 ? ` (${said.join(', ')})` : '';
}

function surrogateIn(
  op: Words,
  { θ, output }: TrainedNeuron,
  where: string,
): { terms: SurrogateTerms; text: string } {
  if (output === 'potential') return { terms: [], text: '' };
  const said = checkRecord(where, 'surrogate', op['surrogate'] ?? {});
  const name = textOf(said['name']);
  const known = Object.hasOwn(namedSurrogates, name) ? namedSurrogates[name] : undefined;
  if (!known) {
    const like = nearest(name, Object.keys(namedSurrogates));
    const hint =
      like === undefined
        ? 'record(…, neurons={snn.Leaky: dict(surrogate={…})}) says which one’s own is like'
        : `did you mean ${like}?`;
    refuse(where, 'surrogate', `one of ${ofFramework(namedSurrogates, name)}`, name, hint);
  }
  const numbers: Record<string, number> = { ...known.defaults };
  for (const key of Object.keys(numbers))
    if (said[key] !== undefined)
      numbers[key] = checkNumber(where, `${name}: ${key}`, said[key], { low: -1e6, high: 1e6 });
  const texts = Object.entries(numbers).map(([key, value]) => `${key} ${value}`);
  return {
    terms: known.terms(numbers, θ),
    text: `, ${name}${texts.length > 0 ? ` (${texts.join(', ')})` : ''}`,
  };
}

function recurrentOf(
  op: Words,
  framework: string,
  n: number,
  arrays: ReadonlyMap<string, Tensor>,
): SurrogateLayer['recurrent'] {
  const weights = arrays.get(keyOf(n, 'recurrent'));
  if (!weights) return undefined;
  const args = checkRecord('args', 'args', op['args'] ?? {});
  return {
    // Norse's neurons have no weights to themselves by default.
    hasSelf:
      !/^LIFRecurrent(Cell)?$/.test(textOf(op['neuron'])) ||
      framework !== 'norse' ||
      args['autapses'] === true,
    isOneToOne: weights.shape.length < 2,
    hasBias: arrays.has(keyOf(n, 'recurrent_bias')),
  };
}

const isLoss = (name: string): name is LossName => Object.hasOwn(losses, name);

/** Whether some recorded gradient of layer n's potentials is not 0, while all gradients of its spikes are 0 or missing. */
function isReadOff(n: number, arrays: ReadonlyMap<string, Tensor>): boolean {
  const hasAny = (what: string): boolean => {
    const tensor = arrays.get(keyOf(n, what));
    return tensor !== undefined && largest(numbersOf(tensor.data)) > 0;
  };
  return hasAny('dmem') && !hasAny('dspikes');
}

function lossOf(
  said: unknown,
  layers: readonly SurrogateLayer[],
  { T, arrays }: { readonly T: number; readonly arrays: ReadonlyMap<string, Tensor> },
  where: string,
): SurrogateLoss | undefined {
  if (said === undefined || said === null) return undefined;
  const words = checkRecord(where, 'loss', said);
  const name = textOf(words['name']);
  if (!isLoss(name))
    refuse(
      where,
      'loss',
      `one of ${Object.keys(losses).join(', ')}`,
      name,
      'or none, with the gradients of the last layer recorded',
    );
  const form = losses[name];
  const { name: last, layer } = layers[layers.length - 1];
  const number = (key: string, usual: number): number =>
    typeof words[key] === 'number' ? words[key] : usual;
  const isSaid = words['on'] !== undefined;
  const isOfPotentials = isSaid ? words['on'] === 'mem' : isReadOff(layers.length, arrays);
  const on = isOfPotentials || layer.neuron.output === 'potential' ? 'potentials' : 'spikes';
  const isCount = name === 'mse_count';
  return {
    form,
    on,
    // snnTorch counts whole spikes.
    targets: isCount
      ? [Math.floor(T * number('correct_rate', 1)), Math.floor(T * number('incorrect_rate', 0))]
      : [number('on_target', 1), number('off_target', 0)],
    factor: 1,
    // The recorded potentials may begin with a row of those before the first step.
    hasZero: last === 'spytorch.readout' && arrays.get(keyOf(layers.length, 'mem'))?.shape[0] === T + 1,
  };
}

/** The slots of the arrays of a step, by key. */
export const placesOf = once(({ layers, T, B }: SurrogateModel): ReadonlyMap<string, Slot> => {
  const places = new Map<string, Slot>();
  const put = (n: number, what: string, axes: string, shape: readonly number[], equation = ''): void => {
    const key = n === 0 ? what : keyOf(n, what);
    const own = axes.split(' ').slice(0, shape.length);
    places.set(key, { key, n, shape, axes: own, equation, isSpikes: what === 'spikes' });
  };
  /** Puts an array of maps. If each map has one position, the axis `neuron` replaces channel, row and column. */
  const putMaps = (
    n: number,
    what: string,
    map: Shape,
    equation?: string,
    isMap = positionsOf(map) > 1,
  ): void => {
    const [names, sides] = isMap ? ['channel row column', [map.height, map.width]] : ['neuron', []];
    put(n, what, `step sample ${names}`, [T, B, map.channels, ...sides], equation);
  };
  const weights = 'output input row column';
  const [first] = layers;
  putMaps(0, 'input', first.before[0]?.from ?? first.synapse.from);
  for (const layer of layers) {
    const { n, synapse, within, recurrent } = layer;
    const { from, to, kernel } = synapse;
    const out = within.at(-1)?.to ?? to;
    const isConv = positionsOf(to) > 1 || positionsOf(from) > 1;
    const weight = [to.channels, from.channels, ...(isConv ? kernel : [])];
    putMaps(n, 'spikes', out, 'e = u > θ');
    putMaps(n, 'dspikes', out, n === layers.length ? 'E = ∂L/∂z' : 'E = Wᵀ·dx');
    putMaps(n, 'dmem', out, '∂L/∂u');
    if (layer.isOpen || !neuronClasses[layer.name].isRecordedElse)
      putMaps(n, 'mem', out, 'u = λ·v + g·I + c');
    if (layer.isHeard) putMaps(n, 'input', from);
    putMaps(n, 'current', to, `x = W·o + b${recurrent && !layer.isFedAfter ? ' + V·e + c' : ''}`, isConv);
    putMaps(n, 'dcurrent', to, 'dx = a·dI', isConv);
    put(n, 'weight', weights, weight);
    put(n, 'dw', weights, weight, 'dW = Σ dx·oᵀ');
    put(n, 'bias', 'output', [to.channels]);
    put(n, 'db', 'output', [to.channels], 'db = Σ dx');
    if (!recurrent) continue;
    const size = neuronsOf(to);
    const shape = recurrent.isOneToOne ? [size] : [size, size];
    put(n, 'recurrent', weights, shape);
    put(n, 'drecurrent', weights, shape, 'dV = Σ dx·eᵀ');
    for (const what of ['recurrent_bias', 'drecurrent_bias']) put(n, what, 'output', [size]);
  }
  put(0, 'label', 'sample', [B]);
  put(0, 'loss', 'output', [1]);
  return places;
});

/** Checks the shape of each array; drops the first row of a readout of spytorch. */
function readArrays(
  arrays: ReadonlyMap<string, Tensor>,
  model: SurrogateModel,
  where: string,
): { arrays: Map<string, Values>; unknown: string[] } {
  const places = placesOf(model);
  const read = new Map<string, Values>();
  const unknown: string[] = [];
  const classes = model.layers[model.layers.length - 1].layer.size;
  for (const [key, tensor] of arrays) {
    const shape = places.get(key)?.shape;
    if (!shape) {
      unknown.push(key);
      continue;
    }
    const size = shape.reduce((all, side) => all * side, 1);
    let numbers: Values = numbersOf(tensor.data);
    if (numbers.length === size + size / model.T && key.endsWith('.mem'))
      numbers = numbers.slice(size / model.T);
    if (numbers.length === 1 && size > 1 && key.endsWith('.drecurrent')) {
      unknown.push(key); // the gradient of a weight that all neurons share
      continue;
    }
    if (numbers.length === 1 && key.endsWith('.recurrent')) numbers = new Float64Array(size).fill(numbers[0]);
    if (numbers.length !== size)
      refuse(
        where,
        key,
        `the shape (${shape.join(',')})`,
        `(${tensor.shape.join(',')})`,
        key === 'label' && numbers.length === model.T
          ? 'steps and samples may be exchanged: the input has the shape (T,B,…)'
          : undefined,
      );
    if (key === 'label') for (const label of numbers) checkWhole(where, key, label, 0, classes - 1);
    read.set(key, numbers);
  }
  return { arrays: read, unknown };
}
