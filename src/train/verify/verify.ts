/**
 * Verification, option `--verify`: also runs a batch on wasm and compares each stage. Each stage on wasm starts from numbers of the
 * verified backend: spikes from weights; sums, loss and gradient from flows and S; the update from weights and moments. An error is thus
 * reported at its stage. A spike may differ within rounding without hiding other differences.
 */
import type { Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, type Layer, type Network } from '../../../spec/network.ts';
import { applyLayerNeuron } from '../../../spec/neuron.ts';
import { updateRanges } from '../../../spec/update.ts';
import type { Backend, Update } from '../../backend/backend.ts';
import { openBackend } from '../../backend/open.ts';
import { weightedLayers } from '../../network/network.ts';
import { GradientPass } from '../gradientPass.ts';
import { ForwardPass, type Sample } from '../forwardPass.ts';
import { checkMemory } from '../memory.ts';
import type { Verified } from '../report.ts';
import { flowBounds, gradientBounds, reportBounds, updateBounds, type Flows, type Reals } from './bounds.ts';

/** Verifies a batch between its backward pass and its update. Call the returned function after the update to verify the update too. */
export async function verifyBatch(
  pass: GradientPass,
  { samples, S, shard }: { samples: readonly Sample[]; S: readonly number[]; shard: number },
  other: Backend = openBackend('wasm', pass.backend.network, 'train'),
): Promise<(rule: Update) => Promise<Verified>> {
  const { network } = other;
  const weighted = weightedLayers(network);
  const before = await readLearnt(pass);
  const [learnt, m, v] = before;
  checkMemory('train', other, { batch: samples.length, shard, moments: before.length > 1 });
  const weights = network.layers.map((layer) => learnt[weighted.indexOf(layer)] ?? new Float32Array(0));
  const text = new GradientPass(other, { batch: samples.length, shard });
  text.writeWeights(learnt);
  if (before.length > 1) text.writeMoments({ m, v });
  text.runForward(samples);
  const reports = [await pass.readReport()];
  const forward = await compareForward([pass, text], samples, weights);
  text.measure();
  reports.push(await text.readReport());
  text.backward(S);
  const dw = [await pass.readGradient(), await text.readGradient()] as const;
  const bounds = dw[1].map(({ length }) => new Float64Array(length));
  const gradient = (): number => Math.max(...unitsOf(...dw, () => bounds));
  const isSame = gradient() === 0;
  let report = 0;
  for (const [b, { label }] of samples.entries()) {
    const flows = await readFlows(text, b);
    const [found, expected] = reports.map(({ potentials, losses, sums, spikes }) => [
      Float64Array.of(losses[b], ...sums.map((layer) => layer[b].FI)),
      Float64Array.of(
        ...potentials[b],
        ...sums.map((layer) => layer[b].FO),
        ...spikes.map((layer) => layer[b]),
      ),
    ]);
    const boundsOf = (): Reals => [reportBounds(network, { flows, label }), expected[1].map(() => 0)];
    report = Math.max(report, ...unitsOf(found, expected, boundsOf));
    // These bounds take longer than the batch, so they are computed only if the gradients differ.
    const added = isSame ? [] : gradientBounds(network, weights, S, samples.length, { flows, label });
    added.forEach((each, index) => each.forEach((bound, k) => (bounds[index][k] += bound)));
  }
  return async (rule) => {
    text.update(rule);
    const after = [await readLearnt(pass), await readLearnt(text)];
    other.dispose();
    const [units, ...moments] = compareUpdate(network, rule, [before, dw, ...after]);
    const update = { moments: Math.max(0, ...moments), weights: units };
    return { samples: samples.length, ...forward, report, gradient: gradient(), ...update };
  };
}

/** Compares the forward pass sample by sample, and copies the verified backend's flows of the batch to wasm. */
async function compareForward(
  [pass, text]: readonly GradientPass[],
  samples: readonly Sample[],
  weights: Reals,
): Promise<Pick<Verified, 'spikes' | 'flipped' | 'outside' | 'FI'>> {
  const { network } = text.backend;
  const alone = new ForwardPass(text.backend, { batch: 1 });
  alone.writeWeights(weights.filter(({ length }) => length > 0));
  const all = { spikes: 0, flipped: 0, outside: 0, FI: 0 };
  for (const [b, sample] of samples.entries()) {
    const batch = await readFlows(pass, b);
    for (const [n, { FI, FO }] of batch.entries()) {
      text.backend.write(text.buffersOf(n).FI, FI, b);
      text.backend.write(text.buffersOf(n).FO, FO, b);
    }
    const both = [pass, alone];
    for (const each of both) each.runForward([sample]);
    const [found, expected] = await Promise.all(both.map((each) => readFlows(each, 0)));
    const trains = await Promise.all(both.map(readTrains));
    for (const layer of network.layers) {
      const { n } = layer;
      const [before, after] = [n - 1, n].map((index) => trains.map((each) => each[index]));
      let bounds: Floats | undefined;
      const boundsOf = (): Floats => (bounds ??= flowBounds(layer, weights[n - 1], before, network.T));
      const isAlike = found[n].FI.every((value, i) => Object.is(value, batch[n].FI[i]));
      const [units] = unitsOf([found[n].FI], [expected[n].FI], () => [boundsOf()]);
      all.FI = Math.max(all.FI, isAlike ? units : Infinity);
      const gaps = gapsOf(network, layer, weights[n - 1], before[1], after);
      all.flipped += gaps.size;
      for (const [i, gap] of gaps) if (!(gap <= boundsOf()[i])) all.outside++;
      all.spikes += after[1].filter((o) => o !== 0).length;
    }
  }
  return all;
}

/** For each neuron whose spike trains differ: the distance of its potential from the threshold at the first difference. */
function gapsOf(
  network: Network,
  layer: Layer,
  w: Floats,
  before: Floats,
  after: Reals,
): Map<number, number> {
  const { T, variant, precision } = network;
  const [from, size] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const gaps = new Map<number, number>();
  const differs = (k: number): boolean => after[0][k] !== after[1][k];
  // A maximum pool has no threshold: its output may differ only if its inputs differ.
  for (const k of after[1].keys())
    if (differs(k)) gaps.set(k % size, layer.spikes ? Infinity : Number.MIN_VALUE);
  if (gaps.size === 0 || !layer.spikes) return gaps;
  const [x, u, o] = [0, 1, 2].map(() => precision.array(size));
  for (let t = 0; t < T; t++) {
    layer.kind.applyCurrent(x, w, before.subarray(t * from, (t + 1) * from), layer);
    applyLayerNeuron(u, o, x, layer, variant, (seen, i, fires) => {
      if (differs(t * size + i) && gaps.get(i) === Infinity) gaps.set(i, Math.abs(seen - layer.Vth));
      return fires;
    });
  }
  return gaps;
}

/** The largest difference of each list in units of its bound: 0 if all are equal, above 1 if rounding does not explain it. */
function unitsOf(found: Reals, expected: Reals, boundsOf: () => Reals): number[] {
  let bounds: Reals | undefined;
  return expected.map((list, index) => {
    let most = 0;
    for (let k = 0; k < list.length; k++) {
      const [a, b] = [found[index][k], list[k]];
      if (a === b || Object.is(a, b)) continue;
      const units = Math.abs(a - b) / (bounds ??= boundsOf())[index][k];
      most = Math.max(most, units >= 0 ? units : Infinity);
    }
    return most;
  });
}

/** The largest differences of weights and moments. `numbers`: values before, both backends' gradients, and their results. */
function compareUpdate(network: Network, rule: Update, numbers: readonly (readonly Reals[])[]): number[] {
  const most = numbers[0].map(() => 0);
  for (const [index, layer] of weightedLayers(network).entries())
    for (const { from, to, weightDecay } of updateRanges(layer, rule.optimiser.weightDecay))
      // Parts of 2¹⁶ numbers need little memory.
      for (let at = from; at < to; at += 2 ** 16) {
        const cut = (all: Floats): Floats => all.subarray(at, Math.min(to, at + 2 ** 16));
        const arrays = numbers.map((all) => all.map((each) => cut(each[index])));
        const bounds = (): Reals => updateBounds(arrays, weightDecay, rule, network);
        unitsOf(arrays[2], arrays[3], bounds).forEach((each, k) => (most[k] = Math.max(most[k], each)));
      }
  return most;
}

const mapsOf = ({ backend }: ForwardPass): number[] => [0, ...backend.network.layers.map(({ n }) => n)];

const readFlows = (pass: ForwardPass, b: number): Promise<Flows> =>
  Promise.all(mapsOf(pass).map((n) => pass.readFlows(n, b)));

/** The spike trains of the input and of each layer, for a sample that ran alone. */
const readTrains = (pass: ForwardPass): Promise<Reals> =>
  Promise.all(mapsOf(pass).map((n) => pass.backend.read(pass.buffersOf(n).o)));

async function readLearnt(pass: GradientPass): Promise<Floats[][]> {
  const [weights, { m, v }] = [await pass.readWeights(), await pass.readMoments()];
  return [weights, m, v].filter(({ length }) => length > 0);
}
