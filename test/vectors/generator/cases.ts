/** The cases of the small set: stages of random networks, and hand-made cases for points that these do not show. */
import { real } from '../../../spec/arithmetic.ts';
import { buildNetwork } from '../../../spec/dictionary.ts';
import { authors, paper, type Variant } from '../../../spec/variant.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import { pathOf, type CaseClass, type Draft, type VectorStage } from './case.ts';
import { keyOf } from '../../../src/oracle/keys.ts';
import { epochDraft, type EpochDraft } from './epoch.ts';
import { fixedDrafts, type FixedDraft } from './fixed.ts';
import { handDrafts } from './byHand.ts';
import { choiceDrafts, otherAnswer } from './choices.ts';
import { stacks, worldOf, type World } from './worlds.ts';

const presets: Readonly<Record<string, Variant>> = { paper, authors };

/** The stages for which a network has cases, by its kind of weights. Exact cases have no update, because Adam divides and takes roots. */
const dyadicStages: readonly VectorStage[] = ['current', 'neuron', 'flow', 'loss', 'backward', 'step'];
const anyStages: readonly VectorStage[] = [...dyadicStages.slice(0, -1), 'scale', 'update', 'step'];

/** The class of a stage of a network with any weights. */
const anyClass = (stage: VectorStage): CaseClass => (/neuron|step/.test(stage) ? 'margin' : 'interval');

/** Fixes S at a power of two, because the ratio of a window is seldom a power of two. */
function withDyadicScale({ inputs: given, ...world }: World, variant: Variant): World {
  const { layers } = buildNetwork(world.description, variant, real);
  const scales = layers
    .filter(({ spikes }) => spikes)
    .map(({ n }) => [keyOf(n, 'S.before'), Float64Array.of(0.5)] as const);
  const frozen = ['scale.update', Int32Array.of(0)] as const;
  return { ...world, inputs: new Map<string, Values>([...given, ...scales, frozen]) };
}

function withRate({ inputs: given, ...world }: World): World {
  return { ...world, inputs: new Map<string, Values>([...given, ['learningRate', Float64Array.of(0.001)]]) };
}

/** Drafts for all stages of a network in a variant, with dyadic weights and with any weights. */
function worldDrafts(folder: string, variant: Variant, stack: string, seed: number, suffix = ''): Draft[] {
  const draft = (world: World, kind: 'dyadic' | 'any', stage: VectorStage): Draft => ({
    folder,
    name: `${kind}-${stack}${suffix}`,
    stage,
    class: kind === 'dyadic' ? 'exact' : anyClass(stage),
    // The bounds of Adam changed in version 4.
    version: kind === 'any' && (stage === 'update' || stage === 'step') ? 4 : 3,
    variant,
    optimiser: 'adam',
    ...world,
  });
  const dyadic = withDyadicScale(worldOf(stack, seed, true, variant), variant);
  const any = withRate(worldOf(stack, seed, false, variant));
  return [
    ...dyadicStages.map((stage) => ({ ...draft(dyadic, 'dyadic', stage), without: ['ratio'] })),
    ...anyStages.map((stage) => draft(any, 'any', stage)),
  ];
}

/** Stages in which a bias matters. */
const biasStages: readonly VectorStage[] = ['current', 'backward', 'update', 'step'];

/** The small set, which is in the repository. */
export function smallSet(): Draft[] {
  const bases = Object.entries(presets).flatMap(([folder, variant]) => [
    ...worldDrafts(folder, variant, 'pools', 1),
    ...worldDrafts(folder, variant, 'dense', 1),
    ...worldDrafts(folder, variant, 'biased', 1)
      .filter(({ stage }) => biasStages.includes(stage))
      .map((draft) => ({ ...draft, version: draft.version - 1 })),
    ...handDrafts(folder, variant),
  ]);
  return [...bases, ...choiceDrafts(bases)];
}

export function smallEpochs(): EpochDraft[] {
  const other = otherAnswer('paper', paper, 'scaleUpdate', 'everyBatch');
  const bases = Object.entries(presets).map(([folder, variant]) => epochDraft(folder, variant, 'pools', 1));
  return [...bases, { ...epochDraft(other.folder, other.variant, 'pools', 1), pair: pathOf(bases[0]) }];
}

/** Additional seeds of the full set. */
const fullSeeds = Array.from({ length: 20 }, (_, k) => 100 + k);

/** The small set, and more networks of each stack. */
export function fullSet(): Draft[] {
  const more = Object.entries(presets).flatMap(([folder, variant]) =>
    Object.keys(stacks).flatMap((stack) =>
      fullSeeds.flatMap((seed) => worldDrafts(folder, variant, stack, seed, `-${seed}`)),
    ),
  );
  return [...smallSet(), ...more.map((draft) => ({ ...draft, isSurveyed: draft.class !== 'exact' }))];
}

export function fullEpochs(): EpochDraft[] {
  const more = Object.entries(presets).flatMap(([folder, variant]) =>
    fullSeeds
      .slice(0, 3)
      .flatMap((seed) => Object.keys(stacks).map((stack) => epochDraft(folder, variant, stack, seed))),
  );
  return [...smallEpochs(), ...more];
}

/** The cases in fixed point, which are in both sets. */
export function fixedSet(): FixedDraft[] {
  return Object.entries(presets).flatMap(([folder, variant]) => fixedDrafts(folder, variant));
}
