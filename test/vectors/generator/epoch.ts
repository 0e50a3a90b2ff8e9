/** Ten training steps with only the digest of their result, for implementations that claim the bits of `spec/`. */
import { binary32 } from '../../../spec/arithmetic.ts';
import type { Variant } from '../../../spec/variant.ts';
import { writeNpz } from '../../../src/formats/npz.ts';
import type { AnyTensor } from '../../../src/formats/tensor.ts';
import { digest } from '../../../src/network/network.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import { arraysFrom, type Arrays } from '../../../src/oracle/asf/check.ts';
import { networkOf } from '../../../src/oracle/asf/model.ts';
import { leftKeys } from '../../../src/oracle/asf/steps.ts';
import { weightKeys } from '../../../src/oracle/keys.ts';
import { tensorOf } from '../../../src/oracle/options.ts';
import type { Draft } from './case.ts';
import { modelFor, placesFor } from './certify.ts';
import { folderOf, metaOf, type Files } from './files.ts';
import { worldOf } from './worlds.ts';

/** A draft with the spikes and labels of its later steps. The other inputs come from the step before. */
export interface EpochDraft extends Draft {
  readonly later: readonly ReadonlyMap<string, Values>[];
}

const steps = 10;

/** An epoch of a stack. `paper` updates S only at the first batch, `authors` at each batch. */
export function epochDraft(folder: string, variant: Variant, stack: string, seed: number): EpochDraft {
  const batch = (k: number): Map<string, Values> => {
    const { inputs: given } = worldOf(stack, seed + k, false, variant);
    const isUpdate = k === 0 || variant.scaleUpdate === 'everyBatch';
    return new Map<string, Values>([
      ['input.spikes', given.get('input.spikes')!],
      ['label', given.get('label')!],
      ['scale.update', Int32Array.of(isUpdate ? 1 : 0)],
    ]);
  };
  const world = worldOf(stack, seed, false, variant);
  const given = new Map<string, Values>([
    ...world.inputs,
    ...batch(0),
    ['learningRate', Float64Array.of(0.001)],
  ]);
  const later = Array.from({ length: steps - 1 }, (_, k) => batch(k + 1));
  const rest = { class: 'digest', version: 1, optimiser: 'adam' } as const;
  return {
    folder,
    name: `ten-${stack}-${seed}`,
    stage: 'epoch',
    variant,
    ...rest,
    ...world,
    inputs: given,
    later,
  };
}

export function trainEpoch(draft: EpochDraft): Float32Array[] {
  const model = modelFor(draft);
  const left = [['learningRate', 'learningRate'] as const, ...leftKeys(model)];
  let arrays: Arrays = new Map();
  for (const [k, given] of [draft.inputs, ...draft.later].entries()) {
    const carried = left.flatMap(([from, to]) => {
      const values = arrays.get(from);
      return values ? [[to, values] as const] : [];
    });
    arrays = arraysFrom(model, new Map([...carried, ['step', Int32Array.of(k + 1)], ...given]), binary32);
  }
  const learning = networkOf(model, binary32).layers.filter(({ weightShape }) => weightShape.length > 0);
  return learning.map(
    (layer) => Float32Array.from(weightKeys(layer).flatMap((key) => Array.from(arrays.get(`${key}.after`)!))), // the update computes it
  );
}

/** The files of an epoch: the inputs of all steps, and the digest in the manifest. */
export async function certifyEpoch(draft: EpochDraft): Promise<Files> {
  const places = placesFor(draft);
  const arrays: [string, AnyTensor][] = [];
  for (const [k, given] of [draft.inputs, ...draft.later].entries())
    for (const [key, value] of given)
      arrays.push([k === 0 ? key : `${key}_step${k + 1}`, tensorOf(value, places.get(key)!.shape)]);
  const after = {
    precision: 'binary32',
    samples: draft.B,
    steps: draft.later.length + 1,
    inputs: Object.fromEntries(arrays.map(([key, { shape, dtype }]) => [key, { shape, type: dtype }])),
    digest: await digest(trainEpoch(draft)),
  };
  const before = { flags: [], pair: draft.pair, equations: ['Alg. 1'] };
  return folderOf(draft, before, after, writeNpz([metaOf(draft), ...arrays]));
}
