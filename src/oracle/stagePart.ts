/**
 * Parts: a training step taken apart. A part is one stage of one layer, a function from arrays under keys to arrays under
 * keys. Whoever runs it says where its inputs come from; a mistake is another part in its place.
 */
import type { Precision } from '../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import type { Layer, Network } from '../../spec/network.ts';
import type { Variant } from '../../spec/variant.ts';
import type { Arrays, Interval, Intervals } from './interval.ts';
import type { Crop } from './crop.ts';
import type { Stage } from './keys.ts';
import { semantics, type Semantics } from './semantics.ts';
import { withLists } from './synapseLists.ts';

export interface StagePart {
  /** `stage.n`, or `stage.n.what` where a stage of a layer has several. Unique in a step. */
  readonly id: string;
  readonly stage: Stage;
  /** The layer it belongs to; 0 is the input or the whole network. */
  readonly n: number;
  /** Keys without which it cannot run. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Keys that it makes use of where they are there. */
  readonly hints?: readonly string[];
  run(inputs: Intervals, manner: Arithmetic): Map<string, Interval>;
}

/** All that a part reads, where it is there. */
export const readsOf = ({ inputs, hints = [] }: StagePart): string[] => [...inputs, ...hints];

/** Whether a part is one of a window: what it makes of a sample depends on that sample alone. */
export function isOfWindow({ stage }: StagePart): boolean {
  return stage === 'encode' || stage === 'current' || stage === 'neuron' || stage === 'flow';
}

/** Whether a part makes of each sample what it would make of it alone. */
export function isBySample({ stage, outputs }: StagePart): boolean {
  if (stage === 'scale' || stage === 'update') return false;
  return !outputs.some((key) => key === 'loss' || /\.d[wb]$/.test(key));
}

/** How a part is run. */
export interface Arithmetic {
  /** Whether radii are wanted; without them it is `spec/` in its own precision, bit by bit. */
  readonly bounds: boolean;
  /** What the implementation made of the part's outputs: branches are taken from it. */
  readonly follow: Arrays;
  /** Take its branch only where rounding leaves both open, or at every decision. */
  readonly branch: 'open' | 'all';
}

export const plainly: Arithmetic = { bounds: false, follow: new Map(), branch: 'open' };

/** What a step is a step of. */
export interface StageSetting {
  readonly description: NetworkDescription;
  readonly variant: Variant;
  readonly precision: Precision;
  /** Samples of the batch. */
  readonly B: number;
  /** Of the batch that these are one sample of, where a diagnosis looks at that one alone. */
  readonly wholeB?: number;
  readonly optimiser: 'adam' | 'sgd';
  /** Numbers of a window that are made at once; a test makes it small. */
  readonly atOnce?: number;
  /** Whether gradients were taken of the mean over the batch, and are here that times B. */
  readonly wasMean?: boolean;
  readonly semantics: Semantics;
  /** Which of a layer's numbers are made, where not all are. */
  readonly crop?: Crop | undefined;
}

/** A situation with its network. */
export interface Setting extends StageSetting {
  readonly network: Network;
}

export function settingOf(situation: StageSetting): Setting {
  const { description, variant, precision } = situation;
  const network = buildNetwork(description, variant, precision);
  return { ...situation, network: { ...network, layers: withLists(network.layers, description) } };
}

/** A situation in which nothing is replaced. */
export function situationOf(
  description: NetworkDescription,
  variant: Variant,
  precision: Precision,
  B: number,
  optimiser: 'adam' | 'sgd' = 'adam',
): StageSetting {
  return { description, variant, precision, B, optimiser, semantics };
}

/** Whether weights of this layer are learnt. */
export function learns(layer: Layer, { variant }: { variant: Variant }): boolean {
  return !layer.isOutput || variant.outputWeights === 'trained';
}
