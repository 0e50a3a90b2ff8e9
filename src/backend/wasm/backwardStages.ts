/** Stages backward and slope: the gradient of a shard from its flows, or step by step back through time. */
import type { Backend, Buffer } from '../backend.ts';
import { rangesOf, type Call, type Growing, type Task, type Argument } from './executor.ts';
import type { Context } from './forward.ts';
import { biasCall, gradientOf, type WeightedGradient } from './gradients.ts';
import { rowCells, type Cells } from './layout.ts';
import { at, blockOf, each, further, layoutOf, type Plan } from './plan.ts';
import { planDerivatives } from './scratch.ts';
import type { TrainingPlan } from './trainingPlan.ts';
import { stageRuns, runWords } from './window.ts';
import { powersOf, silence } from '../../../spec/lee.ts';
import { weightsOf, type Layer } from '../../../spec/network.ts';
import { logarithm } from '../../../spec/random.ts';
import type { TimeRule } from '../../../spec/reverseTime.ts';
import type { SurrogateName } from '../../../spec/surrogate.ts';
import { listsOf } from './input.ts';

/** The context of the training stages. */
export interface TrainingContext extends Context {
  readonly plan: TrainingPlan;
}

/** The backward calls through one layer and to its weights, shared by `backward` and `reverse`. */
class LayerBack {
  private readonly context: TrainingContext;
  private readonly n: number;
  private readonly w: Buffer | null;
  /** Whether dFO is computed in slices of the inputs, after the derivatives of all samples. */
  private readonly isShared: boolean;
  /** Addresses of the samples' runs of dFO, whose input is dFI; undefined if no sample has one. */
  private readonly runs: Growing | undefined;

  constructor(
    context: TrainingContext,
    n: number,
    w: Buffer | null,
    { d, before, samples }: { readonly d: Buffer; readonly before: Buffer | null; readonly samples: number },
  ) {
    const { gradient, geometries } = context.plan;
    const weights = gradient(n);
    this.context = context;
    this.n = n;
    this.w = w;
    this.isShared = before !== null && weights?.sharesdFO(geometries[n - 1]) === true;
    if (before && weights && !this.isShared)
      this.runs = stageRuns(context, samples, this.wordsOfdFO(weights), { map: each(d) });
  }

  /** For each sample: lays dFI into its frame, and computes dFO of the layer before from it. */
  sampleCalls(
    dFI: Growing,
    dw: Buffer | null,
    before: { readonly dFO: Growing; readonly FOBefore: Growing } | null,
  ): Call[] {
    const { plan } = this.context;
    const { n } = this;
    const calls: Call[] = dw && plan.frameBytes(n) > 0 ? [this.frameCall(dFI)] : [];
    if (!before || this.isShared) return calls;
    if (this.runs) return [...calls, { kernel: 'convolutiondFO', address: this.runs, dFO: before.dFO }];
    const { dFO } = gradientOf(plan.network.layers[n - 1]);
    return [...calls, dFO!(plan.geometries[n - 1], { ...before, dFI })]; // every kind without weights has dFO
  }

  /** Computes dFO of the layer before for all samples, if it is shared. */
  share(d: Buffer, dFO: Buffer | null, samples: number): void {
    if (!this.isShared || !dFO) return;
    const { plan, executor } = this.context;
    const { from, to } = plan.geometries[this.n - 1];
    const bytes = plan.bytes.derivative;
    const derivatives = { dFO: at(dFO), dFOBytes: bytes(this.n - 1), dFI: at(d), dFIBytes: bytes(this.n) };
    const weights = { weights: this.derived, weightRow: 4 * rowCells(from.count), outputs: to.channels };
    const { at: lists, most } = planDerivatives(to.channels);
    const tasks = rangesOf(from.count / 4, plan.slices).map(([first, past]): Task => {
      return [
        { kernel: 'lineardFO', ...derivatives, samples, ...weights, from: first, to: past, lists, most },
      ];
    });
    executor.slices({ reads: [d, this.w], writes: [dFO] }, tasks);
  }

  /**
   * dw needs the derivatives of all samples, and nothing in this shard needs dw, so it is deferred.
   *
   * @param flow the address of FO of the layer before, or of its o at a step
   * @param carried whether to add to dw
   */
  weightCalls(d: Buffer, dw: Buffer, flow: number, samples: number, carried: boolean): Call[] {
    const { plan } = this.context;
    const { n } = this;
    const frameBytes = plan.bytes.derivative(n);
    const frames = at(d) + (plan.frameBytes(n) > 0 ? plan.mapBytes(n) : 0);
    const addresses = { dw: at(dw), frames, frameBytes, FO: flow };
    const { geometries, slices } = plan;
    return plan.gradient(n)?.dw(geometries[n - 1], addresses, samples, slices, carried) ?? [];
  }

  private frameCall(dFI: Growing): Call {
    const { cells, frame, mapBytes } = this.context.plan;
    const { border, rows: frameRows, columns: frameColumns, lane: frameLane } = frame(this.n)!; // the caller has checked that it has bytes
    const { rows, columns, channels: outputs } = cells[this.n];
    const sizes = { rows, columns, outputs, border, frameRows, frameColumns, frameLane };
    return { kernel: 'convolutionFrame', frame: further(dFI, mapBytes(this.n)), dFI, ...sizes };
  }

  /** dFO through a layer with weights is a convolution with input dFI: its run without that input. */
  private wordsOfdFO(weights: WeightedGradient): Uint32Array {
    const { plan } = this.context;
    const view = weights.backward(plan.geometries[this.n - 1]);
    return runWords({
      stride: 1,
      weights: this.derived,
      weightRow: 4 * rowCells(view.outputs),
      ...view,
      ...plan.backwardLists(this.n),
    });
  }

  /** The weights laid out for the backward pass. */
  private get derived(): number {
    return this.w ? blockOf(this.w).derived : 0;
  }
}

const tasksOf = (calls: readonly Call[]): Task[] => calls.map((call) => [call]);

export function backwardStages(context: TrainingContext): Pick<Backend, 'backward' | 'slope' | 'reverse'> {
  return { backward: backwardStage(context), ...timeStages(context) };
}

function backwardStage(context: TrainingContext): Backend['backward'] {
  const { plan, executor } = context;
  const { network, mapBytes } = plan;
  const { layers, variant } = network;
  return (n, { FI, FO, FOBefore, w, S }, { d, dw, dBefore }, { first, samples }) => {
    const layer = layers[n - 1];
    const back = new LayerBack(context, n, w, { d, before: dBefore, samples });
    const gate = Number(variant.gate === 'positiveInput');
    const perNeuron = Number(variant.scale === 'neuron');
    const bound = network.precision.round(1 / layer.Vth);
    const flows = { d: each(d), FI: each(FI, first), FO: each(FO, first), bytes: mapBytes(n) };
    const gated: Call[] = layer.spikes ? [{ kernel: 'applydFI', ...flows, S, bound, gate, perNeuron }] : [];
    const before = dBefore && { dFO: each(dBefore), FOBefore: each(FOBefore, first) };
    const calls = [...gated, ...back.sampleCalls(each(d), dw, before)];
    const use = { reads: [FI, FO, FOBefore, w], writes: [d, dBefore] };
    executor.queue(use, { first: 0, samples, calls });
    back.share(d, dBefore, samples);
    if (!dw) return;
    const sums = back.weightCalls(d, dw, at(FOBefore, first), samples, false);
    if (layer.bias.length > 0) sums.push(biasOf(context, n, d, dw, samples));
    executor.defer({ reads: [d, FOBefore], writes: [dw] }, tasksOf(sums));
  };
}

/** dw of biases: each is the weight of an input that fires at every step. */
function biasOf(context: TrainingContext, n: number, d: Buffer, dw: Buffer, samples: number): Call {
  const { plan, memory, executor } = context;
  const always = executor.stage(4);
  memory.f32(always, 1)[0] = plan.network.T;
  const biases = at(dw) + 4 * layoutOf(plan, n).synaptic;
  const to = { dw: biases, dFI: at(d), dFIBytes: plan.bytes.derivative(n), T: always };
  return biasCall(plan.geometries[n - 1], to, samples);
}

/** The stages of learning rules that go back through time. */
function timeStages(context: TrainingContext): Pick<Backend, 'slope' | 'reverse'> {
  const { plan, executor } = context;
  const { network, cells, mapBytes } = plan;
  const { layers, T } = network;
  return {
    slope(n, o, slope, samples) {
      const call = slopeCall(context, n, each(o), each(slope));
      if (!call) return;
      executor.queue({ reads: [o], writes: [slope] }, { first: 0, samples, calls: [call] });
    },

    reverse(n, t, { o, oBefore, potentials, slope, w, rule }, { dO, du, dw, dOBefore }, samples) {
      const back = new LayerBack(context, n, w, { d: du, before: dOBefore, samples });
      const { before } = blockOf(du);
      const to = {
        du: each(du),
        dO: each(dO),
        bits: further(each(o), t * cells[n].bitRow),
        u: potentials ? further(each(potentials), t * mapBytes(n)) : 0,
        slope: slope ? each(slope) : 0,
      };
      const map = { first: before, by: mapBytes(n - 1) };
      const calls = [
        duCall(layers[n - 1], cells[n], rule, to, t === T - 1),
        mapCall(plan, n - 1, t, each(oBefore), map),
        ...back.sampleCalls(to.du, dw, dOBefore && { dFO: each(dOBefore), FOBefore: map }),
      ];
      const use = { reads: [o, oBefore, potentials, slope, dO, w], writes: [du, dOBefore] };
      executor.queue(use, { first: 0, samples, calls });
      back.share(du, dOBefore, samples);
      if (!dw) return;
      const sums = back.weightCalls(du, dw, before, samples, t < T - 1);
      executor.defer({ reads: [du], writes: [dw] }, tasksOf(sums));
    },
  };
}

type Round = (value: number) => number;
type Slope = Record<'kind' | 'height' | 'width', number>;

/** Each surrogate in the form of the kernel; a missing surrogate is a type error. */
const slopes: Readonly<Record<SurrogateName, (width: number, round: Round) => Slope>> = {
  rectangle: (width, round) => ({ kind: 2, height: round(1 / width), width: round(width / 2) }),
  fastSigmoid: (width, round) => ({ kind: 3, height: round(0.5 / width), width: round(width) }),
};

/** The kind of slope, numbered as in the kernel, and its two constants, computed from the width. */
function slopeOf({ slope }: TimeRule, layer: Layer, round: Round): Slope {
  if (slope === 'window') return { kind: weightsOf(layer) === 0 ? 1 : 0, height: 0, width: 0 };
  return slopes[slope.surrogate](slope.width, round);
}

/** Addresses of du, dO, the spikes of the step and, if the rule needs them, u and the slope. */
type StepAt = Readonly<Record<'du' | 'dO' | 'bits' | 'u' | 'slope', Argument>>;

/** ∂L/∂u of a layer's neurons at one step; `first` marks the last step of the window. */
function duCall(layer: Layer, cells: Cells, rule: TimeRule, to: StepAt, first: boolean): Call {
  if (!layer.spikes) return { kernel: 'copy', to: to.du, from: to.dO, bytes: 4 * cells.count };
  const { Vth, λ } = layer;
  const terms = { Vth, leak: rule.keeps === 'leak' ? λ : 1, reset: Number(rule.reset) };
  const slope = slopeOf(rule, layer, Math.fround);
  return { kernel: 'applydu', ...to, cells: cells.count, first: Number(first), ...terms, ...slope };
}

/** The slope of a layer's neurons over the window, from their spikes; undefined for pools. */
function slopeCall(
  { plan, memory, executor }: Context,
  n: number,
  bits: Growing,
  slope: Growing,
): Call | undefined {
  const layer = plan.network.layers[n - 1];
  const { T } = plan.network;
  const { count, bitRow } = plan.cells[n];
  if (weightsOf(layer) === 0) return undefined; // the slope of pools is 1, see `slopeOf`
  const { Vth, λ } = layer;
  const powers = executor.stage(4 * T);
  memory.f32(powers, T).set(powersOf(λ, T, Math.fround));
  const constants = { powers, logarithm: Math.fround(logarithm(λ)), silence: Math.fround(silence), Vth };
  return { kernel: 'windowSlope', slope, bits, row: bitRow, steps: T, cells: count, ...constants };
}

/** Spikes of layer n at step t, as numbers at `map`. */
function mapCall({ network: { T }, cells }: Plan, n: number, t: number, o: Growing, map: Growing): Call {
  const { count, bitRow } = cells[n];
  if (n > 0) return { kernel: 'spikeMap', map, bits: further(o, t * bitRow), cells: count };
  return { kernel: 'eventMap', map, ...listsOf(o, T, T * count), t, inputs: count };
}
