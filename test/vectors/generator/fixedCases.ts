/** Vectors in fixed point: encode, current, neuron and flow of a window, as whole numbers in units of 2^−fraction. */
import type { FixedFormat } from '../../../spec/fixed.ts';
import { neuronsOf } from '../../../spec/network.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import { runFixedWindow } from '../../../src/oracle/asf/fixed.ts';
import { nameOfFormat } from '../../../src/oracle/files/fixedCase.ts';
import { keyOf } from '../../../src/oracle/keys.ts';
import type { Draft } from './case.ts';
import { stream, worldOf } from './worlds.ts';

/** The stages that fixed point is for. */
const fixedStages = ['encode', 'current', 'neuron', 'flow'] as const;
export type FixedStage = (typeof fixedStages)[number];

export interface FixedDraft extends Draft {
  readonly stage: FixedStage;
  readonly format: FixedFormat;
}

export const fixedFlags = [
  { name: 'Rounding', stages: fixedStages, catches: 'fixed point: nearest for truncation, or the reverse' },
  { name: 'Overflow', stages: fixedStages, catches: 'fixed point: wrapping for saturation, or the reverse' },
] as const;

const formats: readonly FixedFormat[] = [
  { width: 8, fraction: 4, rounding: 'truncate', overflow: 'saturate' },
  { width: 8, fraction: 4, rounding: 'nearest', overflow: 'wrap' },
];

/** The cases of a preset: each stage in each format. Weights are four times as large as usual, so that sums overflow. */
export function fixedDrafts(folder: string, variant: Variant): FixedDraft[] {
  const { description, B, given } = worldOf('pools', 3, false, variant);
  const next = stream(11);
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
  const draft = { folder, class: 'exact', variant, B, optimiser: 'adam', given: inputs } as const;
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

/** The window of a case. What enters its neurons is changed so that one of layer 1, which fires, overflows at both ends. */
export function windowOf(draft: FixedDraft): Map<string, Float64Array> {
  const window = runFixedWindow(draft);
  if (draft.stage !== 'neuron') return window;
  const { description, B, format } = draft;
  const currents = new Map([...window].filter(([key]) => key.endsWith('.current')));
  const first = currents.get(keyOf(1, 'current'))!.slice();
  const size = first.length / description.timeWindow;
  const most = 2 ** (format.width - 1) - 1;
  // Below the threshold, then as much as there is, then down.
  const units = [8, most, -100, -100, -100];
  for (let t = 0; t < description.timeWindow; t++)
    for (let b = 0; b < B; b++) first[t * size + (b * size) / B] = units[t] / 2 ** format.fraction;
  return runFixedWindow(draft, currents.set(keyOf(1, 'current'), first));
}
