/**
 * Verification, option `--verify`: runs a batch on wasm too, from the weights, moments and S of the verified backend. Each
 * stage is compared from the numbers which that backend had before it: spikes from the same weights; sums, loss and
 * gradient from its flows; the update from its moments. So an error is reported at the stage that made it, and a spike
 * explained by rounding explains no other. Each stage has a file, with its bounds at the head.
 */
import type { Floats } from '../../../spec/arithmetic.ts';
import { synapticOf, type Network } from '../../../spec/network.ts';
import { openBackend } from '../../backend/open.ts';
import type { Backend, UpdateStep } from '../../backend/backend.ts';
import { weightedLayers } from '../../network/network.ts';
import { AsfGradient } from '../asfGradient.ts';
import type { ForwardPass, Sample } from '../forwardPass.ts';
import type { Moments } from '../gradientPass.ts';
import { checkMemory } from '../memory.ts';
import { GradientRadii, type Flows } from './backward.ts';
import { largestOf } from './bounds.ts';
import { addForward, BackendPair, type ForwardErrors } from './forward.ts';
import { compareReports, originOf, type Origin } from './report.ts';
import { compareUpdate, type Learnt, type Updated, type UpdateErrors } from './update.ts';

/** The differences of a batch between two backends; the largest are in units of their bounds. */
export interface Verified extends ForwardErrors, UpdateErrors {
  readonly samples: number;
  /** Of the sums of Eq. (12) and the losses; Infinity if a count differs. */
  readonly report: number;
  readonly gradient: number;
}

/** The current batch, between its backward pass and its update. */
export interface Situation {
  readonly samples: readonly Sample[];
  readonly S: readonly number[];
  readonly shard: number;
  readonly isAdam: boolean;
}

/** Whether something differs by more than its bound. */
export function isBroken({ outside, FI, report, gradient, moments, weights }: Verified): boolean {
  return outside > 0 || Math.max(FI, report, gradient, moments, weights) > 1;
}

/** Verifies the work of `pass` so far; the returned function verifies the update once it is done. */
export async function verifyBatch(
  pass: AsfGradient,
  situation: Situation,
  other: Backend = openBackend('wasm', pass.backend.network, 'train'),
): Promise<(rule: UpdateStep) => Promise<Verified>> {
  const { samples, S, shard, isAdam } = situation;
  checkMemory('train', other, { batch: samples.length, shard, moments: isAdam });
  const before = await readLearnt(pass, isAdam);
  const text = new AsfGradient(other, { batch: samples.length, shard });
  text.writeWeights(before.weights);
  if (isAdam) text.writeMoments(before.moments);
  text.forward(samples);
  const [forward, origins] = await compareForward(pass, text, samples, before.weights);
  text.measure();
  const report = compareReports(other.network, origins, await pass.readReport(), await text.readReport());
  text.backward(S);
  const dw = [await pass.readGradient(), await text.readGradient()] as const;
  const gradient = await compareGradients(pass, situation, before.weights, dw);
  return async (rule) => {
    text.update(rule);
    const after = [await readLearnt(pass, isAdam), await readLearnt(text, isAdam)] as const;
    other.dispose();
    const update = compareUpdates(other.network, rule, before, dw, after);
    return { samples: samples.length, ...forward, report, gradient, ...update };
  };
}

/** Compares the forward passes, and gives `text` the flows of `pass`. */
async function compareForward(
  pass: AsfGradient,
  text: AsfGradient,
  samples: readonly Sample[],
  weights: readonly Floats[],
): Promise<readonly [ForwardErrors, readonly Origin[]]> {
  const pair = new BackendPair(pass.backend, text.backend, weights);
  let forward: ForwardErrors = { spikes: 0, flipped: 0, outside: 0, FI: 0 };
  const origins: Origin[] = [];
  for (const [b, sample] of samples.entries()) {
    const flows = await readFlows(pass, b);
    origins.push(originOf(flows, sample.label));
    forward = addForward(forward, await pair.compare(sample, flows));
    writeFlows(text, b, flows);
  }
  pair.free();
  return [forward, origins];
}

/** Arrays of both backends. */
type Both<A> = readonly [A, A];

/** Bounds are computed only if something differs: they take longer than the batch. */
async function compareGradients(
  pass: AsfGradient,
  { samples, S }: Situation,
  learnt: readonly Floats[],
  dw: Both<readonly Floats[]>,
): Promise<number> {
  const { network } = pass.backend;
  const learning = weightedLayers(network).filter(
    ({ isOutput }) => !isOutput || network.variant.outputWeights === 'trained',
  );
  if (learning.every((_, place) => largestOf(dw[0][place], dw[1][place], () => 0) === 0)) return 0;
  const places = weightedLayers(network).map(({ n }) => n);
  const weights = network.layers.map(({ n }) => learnt[places.indexOf(n)] ?? new Float32Array(0));
  const bounds = new GradientRadii(network, weights, S, samples.length);
  for (const [b, { label }] of samples.entries()) bounds.add(await readFlows(pass, b), label);
  const errors = learning.map(({ n }, place) =>
    largestOf(dw[0][place], dw[1][place], (k) => 2 * bounds.radii[n - 1][k]),
  );
  return Math.max(...errors);
}

/** The largest differences of all layers after the update. */
function compareUpdates(
  network: Network,
  rule: UpdateStep,
  before: LearntOfAll,
  dw: Both<readonly Floats[]>,
  after: Both<LearntOfAll>,
): UpdateErrors {
  const updates = weightedLayers(network).map((layer, place) => {
    const of = ({ weights, moments }: LearntOfAll): Learnt => ({
      w: weights[place],
      m: moments.m[place],
      v: moments.v[place],
    });
    const updated: Updated = {
      synaptic: synapticOf(layer),
      before: of(before),
      dw: [dw[0][place], dw[1][place]],
      after: [of(after[0]), of(after[1])],
    };
    return compareUpdate(updated, rule, network.variant.batch === 'mean');
  });
  return {
    moments: Math.max(...updates.map(({ moments }) => moments)),
    weights: Math.max(...updates.map(({ weights }) => weights)),
  };
}

interface LearntOfAll {
  readonly weights: Floats[];
  readonly moments: Moments;
}

async function readLearnt(pass: AsfGradient, isAdam: boolean): Promise<LearntOfAll> {
  const weights = await pass.readWeights();
  return { weights, moments: isAdam ? await pass.readMoments() : { m: [], v: [] } };
}

/** FI and FO of a sample, of the input and each layer. */
function readFlows(pass: ForwardPass, b: number): Promise<Flows> {
  const { layers } = pass.backend.network;
  return Promise.all([0, ...layers.map(({ n }) => n)].map((n) => pass.readFlows(n, b)));
}

/** Replaces the pass's flows of a sample. */
function writeFlows(pass: ForwardPass, b: number, flows: Flows): void {
  for (const [n, { FI, FO }] of flows.entries()) {
    const to = pass.buffersOf(n);
    pass.backend.write(to.FO, FO, b);
    if (n > 0) pass.backend.write(to.FI, FI, b);
  }
}
