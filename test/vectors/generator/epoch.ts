/** Ten steps of Algorithm 1, of which only the digest is given: for whoever claims the bits of `spec/`. */
import { binary32 } from '../../../spec/arithmetic.ts';
import type { Variant } from '../../../spec/variant.ts';
import { writeNpz } from '../../../src/formats/npz.ts';
import type { AnyTensor } from '../../../src/formats/tensor.ts';
import { digest } from '../../../src/network/network.ts';
import type { Interval, Values } from '../../../src/oracle/interval.ts';
import { exactly, runParts } from '../../../src/oracle/chain.ts';
import { carry, leftKeys, withDefaults } from '../../../src/oracle/stepInputs.ts';
import { placesOf, weightKeys } from '../../../src/oracle/keys.ts';
import { joined } from '../../../src/oracle/slices.ts';
import { tensorOf } from '../../../src/oracle/options.ts';
import { plainly } from '../../../src/oracle/stagePart.ts';
import { buildParts } from '../../../src/oracle/parts/parts.ts';
import { pathOf, type Draft } from './case.ts';
import { settingIn } from './certify.ts';
import { encode, sha256, wordsOfCase, type Files } from './files.ts';
import { worldOf } from './worlds.ts';

/** A draft with what enters each of its later steps: spikes and labels; the rest is left by the step before. */
export interface EpochDraft extends Draft {
  readonly later: readonly ReadonlyMap<string, Values>[];
}

const steps = 10;

/** An epoch of a stack. In `paper`, S is updated from its first batch, in `authors` from each. */
export function epochDraft(folder: string, variant: Variant, stack: string, seed: number): EpochDraft {
  const batch = (k: number): Map<string, Values> => {
    const { given } = worldOf(stack, seed + k, false, variant);
    const isUpdate = k === 0 || variant.scaleUpdate === 'everyBatch';
    return new Map<string, Values>([
      ['input.spikes', given.get('input.spikes')!],
      ['label', given.get('label')!],
      ['scale.update', Int32Array.of(isUpdate ? 1 : 0)],
    ]);
  };
  const world = worldOf(stack, seed, false, variant);
  const given = new Map<string, Values>([
    ...world.given,
    ...batch(0),
    ['learningRate', Float64Array.of(0.001)],
  ]);
  const later = Array.from({ length: steps - 1 }, (_, k) => batch(k + 1));
  const rest = { class: 'digest', version: 1, optimiser: 'adam' } as const;
  return { folder, name: `ten-${stack}-${seed}`, stage: 'epoch', variant, ...rest, ...world, given, later };
}

/** The weights after the last step, in the order of the layers. */
export function trainEpoch(draft: EpochDraft): Float32Array[] {
  const setting = settingIn(draft, binary32);
  const parts = buildParts(setting);
  const left = leftKeys(setting);
  let carried = new Map<string, Interval>();
  let intervals = new Map<string, Interval>();
  for (const given of [draft.given, ...draft.later]) {
    const there = withDefaults(new Map([...carried, ...exactly(given)]), setting);
    intervals = runParts(parts, there, plainly, () => true);
    carried = carry(intervals, left);
  }
  const learning = setting.network.layers.filter(({ weightShape }) => weightShape.length > 0);
  return learning.map(
    (layer) =>
      joined(
        weightKeys(layer).map((key) => intervals.get(`${key}.after`)!.value),
        binary32,
      ) as Float32Array,
  );
}

/** The files of an epoch: inputs of all steps, and in the manifest the digest. */
export async function certifyEpoch(draft: EpochDraft): Promise<Files> {
  const { network, B } = settingIn(draft, binary32);
  const places = placesOf(network, B);
  const meta: AnyTensor = { dtype: 'STR', shape: [], data: [JSON.stringify(wordsOfCase({ draft }))] };
  const arrays: [string, AnyTensor][] = [['meta', meta]];
  for (const [k, given] of [draft.given, ...draft.later].entries())
    for (const [key, value] of given)
      arrays.push([k === 0 ? key : `${key}_step${k + 1}`, tensorOf(value, places.get(key)!.shape)]);
  const bytes = writeNpz(arrays);
  const { case: id, ...words } = wordsOfCase({ draft });
  const manifest = {
    id,
    stage: 'epoch',
    class: draft.class,
    flags: [],
    ...(draft.pair && { pair: draft.pair }),
    equations: ['Alg. 1'],
    ...words,
    precision: 'binary32',
    samples: B,
    steps: draft.later.length + 1,
    inputs: Object.fromEntries(
      arrays.slice(1).map(([key, { shape, dtype }]) => [key, { shape, type: dtype }]),
    ),
    digest: await digest(trainEpoch(draft)),
    parts: { 'case.npz': await sha256(bytes) },
  };
  const path = pathOf(draft);
  return new Map([
    [`${path}/manifest.json`, encode(`${JSON.stringify(manifest, null, 1)}\n`)],
    [`${path}/case.npz`, bytes],
  ]);
}
