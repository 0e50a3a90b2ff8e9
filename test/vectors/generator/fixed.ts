/** Vectors in fixed point, in units of 2^−fraction: the stages `encode`, `current`, `neuron` and `flow` of a window. */
import type { FixedFormat } from '../../../spec/fixed.ts';
import { neuronsOf } from '../../../spec/network.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import { runFixedCase } from '../../../src/oracle/asf/fixed.ts';
import {
  describeUnits,
  fixedArrays,
  fixedConstants,
  nameOfFormat,
  unitsOf,
  type Units,
} from '../../../src/oracle/files/fixedCase.ts';
import { keyOf, keys } from '../../../src/oracle/keys.ts';
import { fail, type Draft } from './case.ts';
import { folderOf, wordsOfCase, type Files } from './files.ts';
import { congruence } from '../../support.ts';
import { worldOf } from './worlds.ts';

/** The stages that fixed point supports. */
const fixedStages = ['encode', 'current', 'neuron', 'flow'] as const;
type FixedStage = (typeof fixedStages)[number];

export interface FixedDraft extends Draft {
  readonly stage: FixedStage;
  readonly format: FixedFormat;
}

const formats: readonly FixedFormat[] = [
  { width: 8, fraction: 4, rounding: 'truncate', overflow: 'saturate' },
  { width: 8, fraction: 4, rounding: 'nearest', overflow: 'wrap' },
];

/** The cases of a preset: each stage in each format. Weights are 4 times the usual weights, so that sums overflow. */
export function fixedDrafts(folder: string, variant: Variant): FixedDraft[] {
  const { description, B, inputs: given } = worldOf('pools', 3, false, variant);
  const next = congruence(11);
  const inputs = new Map<string, Values>(
    [...given]
      .filter(([key]) => key !== 'label')
      .map(([key, value]) => [key, key.endsWith('weight') ? Float64Array.from(value, (w) => 4 * w) : value]),
  );
  const size = neuronsOf(description.input);
  inputs.set(
    'image',
    Float64Array.from({ length: B * size }, () => next() * 2 - 1),
  );
  const words = { length: description.timeWindow * B * size };
  inputs.set(
    'encode.word',
    Uint32Array.from(words, () => next() * 2 ** 32),
  );
  const draft = { folder, class: 'exact', variant, B, optimiser: 'adam', inputs } as const;
  return formats.flatMap((format): FixedDraft[] => {
    const name = nameOfFormat(format);
    return [
      ...fixedStages.map((stage) => ({
        ...draft,
        name,
        stage,
        version: stage === 'neuron' || (stage === 'flow' && variant.maxPoolFlow === 'accumulated') ? 3 : 2,
        description,
        format,
      })),
      {
        ...draft,
        name: `${name}-if`,
        stage: 'neuron',
        version: 1,
        description: { ...description, leak: 1 },
        format,
      },
    ];
  });
}

/**
 * The window of a case. For stage `neuron`, changed currents move the potential of a firing neuron of layer 1 beyond both ends
 * of the format.
 */
export function windowOf(draft: FixedDraft): Map<string, Float64Array> {
  const window = runFixedCase(draft);
  if (draft.stage !== 'neuron') return window;
  const { description, B, format } = draft;
  const currents = new Map([...window].filter(([key]) => key.endsWith('.current')));
  const first = currents.get(keyOf(1, 'current'))!.slice();
  const size = first.length / description.timeWindow;
  const most = 2 ** (format.width - 1) - 1;
  // Currents: one below the threshold, then the greatest number, then negative ones. u exceeds both ends of the format.
  const units = [8, most, -100, -100, -100];
  for (let t = 0; t < description.timeWindow; t++)
    for (let b = 0; b < B; b++) first[t * size + (b * size) / B] = units[t] / 2 ** format.fraction;
  return runFixedCase(draft, currents.set(keyOf(1, 'current'), first));
}

/** The inputs of each stage. The table of keys gives the results. */
const inputs: Readonly<Record<FixedStage, RegExp>> = {
  encode: /^(image|encode\.word)$/,
  current: /(weight|spikes)$/,
  neuron: /current$/,
  flow: /(current|spikes)$/,
};

/** The files of a case. The manifest has the format and the constants. */
export function certifyFixed(draft: FixedDraft): Promise<Files> {
  const { given, made } = split(draft);
  if (made.size === 0) fail(draft, 'nothing is expected');
  const { format } = draft;
  const after = {
    precision: 'fixed',
    fixed: { ...format, scale: 2 ** -format.fraction },
    constants: fixedConstants(draft),
    samples: draft.B,
    inputs: describeUnits(draft, given),
    expected: describeUnits(draft, made),
  };
  const bytes = fixedArrays(draft, wordsOfCase(draft), given, made);
  return folderOf(draft, { flags: flagsOf(draft, made) }, after, bytes);
}

/** The inputs and the expected arrays of the stage. */
function split(
  draft: FixedDraft,
  window = windowOf(draft),
): { given: Map<string, Units>; made: Map<string, Units> } {
  const { stage, format } = draft;
  const [given, made] = [new Map<string, Units>(), new Map<string, Units>()];
  for (const [key, values] of window) {
    const name = key === 'encoded.spikes' ? 'input.spikes' : key;
    const isEncoded = key === 'encoded.spikes' || key === 'image' || key === 'encode.word';
    if (isEncoded !== (stage === 'encode')) continue;
    const row = keys.find((one) => one.name === name.replace(/\d+/, '{n}'));
    if (row?.stage === stage && key !== 'encode.word') made.set(name, unitsOf(key, values, format));
    else if (inputs[stage].test(name)) given.set(name, unitsOf(key, values, format));
  }
  return { given, made };
}

/** The flags `Rounding` and `Overflow`: each is set if the other rounding, or the other overflow, changes the results. */
function flagsOf(draft: FixedDraft, made: ReadonlyMap<string, Units>): string[] {
  const others: [string, Partial<FixedFormat>][] = [
    ['Rounding', { rounding: draft.format.rounding === 'nearest' ? 'truncate' : 'nearest' }],
    ['Overflow', { overflow: draft.format.overflow === 'wrap' ? 'saturate' : 'wrap' }],
  ];
  const inputsOfStage = inputs[draft.stage];
  const pinned = new Map([...windowOf(draft)].filter(([key]) => inputsOfStage.test(key)));
  // For stage `neuron`, only arrays of firing neurons count, because an output layer only sums.
  const asked = [...made.keys()].filter((key) => draft.stage !== 'neuron' || /compared|spikes$/.test(key));
  const differs = (change: Partial<FixedFormat>): boolean => {
    const changed = { ...draft, format: { ...draft.format, ...change } };
    const other = split(changed, runFixedCase(changed, pinned)).made;
    return asked.some((key) => made.get(key)!.some((value, i) => value !== other.get(key)![i]));
  };
  return others.filter(([, change]) => differs(change)).map(([name]) => name);
}
