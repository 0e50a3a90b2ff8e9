/**
 * The operations that compute a shard's gradient. `backward` works on flows; `slope` and `reverse` go back through time step by
 * step.
 */
import type { Backend, Buffer } from '../backend.ts';
import { rangesOf, type Argument, type Call, type Growing, type Task } from './executor.ts';
import type { Context } from './forward.ts';
import { biasCall, dFOCall, frameBytes, frameCall, runOfdFO, sharesdFO, weightCalls } from './gradients.ts';
import { listsOf } from './input.ts';
import { rowCells, type Cells } from './layout.ts';
import { at, blockOf, each, further, layoutOf } from './plan.ts';
import { planDerivatives } from './scratch.ts';
import type { TrainingPlan } from './trainingPlan.ts';
import { runWords, stageRuns } from './window.ts';
import { powersOf, silence } from '../../../spec/lee.ts';
import { weightsOf, type Layer } from '../../../spec/network.ts';
import { logarithm } from '../../../spec/random.ts';
import type { TimeRule } from '../../../spec/reverseTime.ts';
import type { SurrogateName } from '../../../spec/surrogate.ts';

export interface TrainingContext extends Context {
  readonly plan: TrainingPlan;
}

/** The arguments of the backward pass through one layer. */
interface Back {
  readonly w: Buffer | null;
  readonly d: Buffer;
  readonly dw: Buffer | null;
  readonly dBefore: Buffer | null;
  readonly samples: number;
  /** For each sample, the address in the buffer `holder` where the layer before has its FO, or its spikes of one step. */
  readonly flow: Growing;
  readonly holder: Buffer;
  /** Whether to add to dw instead of overwriting it. */
  readonly carried: boolean;
  /** `calls` compute dFI of one sample. They read the buffers `reads`, besides `w`. */
  readonly calls: readonly Call[];
  readonly reads: readonly (Buffer | null)[];
}

/** For each sample, computes dFI, the frame of dFI, and dFO of the layer before. Then computes dw of the shard. */
function passBack(context: TrainingContext, n: number, back: Back): void {
  const { plan, executor } = context;
  const { w, d, dw, dBefore, samples, flow, holder, carried, calls, reads } = back;
  const geometry = plan.geometries[n - 1];
  const isShared = dBefore !== null && sharesdFO(geometry);
  const isFramed = frameBytes(geometry) > 0;
  const dFI = each(d);
  const frame = isFramed ? further(dFI, plan.mapBytes(n)) : dFI;
  /** Address of the weights that are laid out for the backward pass. */
  const weights = w ? blockOf(w).derived : 0;
  const all = [...calls];
  if (dw && isFramed) all.push(frameCall(geometry, frame, dFI));
  if (dBefore && !isShared) {
    const fields = w && { ...runOfdFO(geometry).fields, weights };
    const address = fields ? stageRuns(context, samples, runWords(fields), { map: dFI }) : 0;
    all.push(dFOCall(geometry, { dFO: each(dBefore), dFI, FOBefore: flow }, address));
  }
  executor.queue({ reads: [...reads, w], writes: [d, dBefore] }, { first: 0, samples, calls: all });
  // Each slice of inputs needs dFI of all samples, so dFO is computed after dFI of the last sample.
  if (isShared) {
    const { from, to } = geometry;
    const dFO = each(dBefore);
    const derivatives = { dFO: dFO.first, dFOBytes: dFO.by, dFI: dFI.first, dFIBytes: dFI.by };
    const matrix = { weights, weightRow: 4 * rowCells(from.count), outputs: to.channels };
    const { at: lists, most } = planDerivatives(to.channels);
    const args = { ...derivatives, ...matrix, samples, lists, most };
    const slices = rangesOf(from.count / 4, plan.slices).map(([first, past]): Task => {
      return [{ kernel: 'lineardFO', ...args, from: first, to: past }];
    });
    executor.slices({ reads: [d, w], writes: [dBefore] }, slices);
  }
  if (!dw) return;
  // dw needs dFI of all samples, and nothing else in this shard needs dw. Therefore dw is deferred.
  const addresses = { dw: at(dw), frames: frame.first, frameBytes: frame.by, FO: flow.first };
  const sums = weightCalls(geometry, addresses, samples, plan.slices, carried);
  executor.defer({ reads: [d, holder], writes: [dw] }, tasksOf(sums));
}

const tasksOf = (calls: readonly Call[]): Task[] => calls.map((call) => [call]);

export function backwardStages(context: TrainingContext): Pick<Backend, 'backward' | 'slope' | 'reverse'> {
  return { backward: backwardStage(context), ...timeStages(context) };
}

function backwardStage(context: TrainingContext): Backend['backward'] {
  const { plan, executor, memory } = context;
  const { network, geometries, mapBytes } = plan;
  const { layers, variant, T } = network;
  return (n, { FI, FO, FOBefore, w, S }, { d, dw, dBefore }, { first, samples }) => {
    const layer = layers[n - 1];
    const gate = Number(variant.gate === 'positiveInput');
    const perNeuron = Number(variant.scale === 'neuron');
    const bound = network.precision.round(1 / layer.Vth);
    const flows = { d: each(d), FI: each(FI, first), FO: each(FO, first), bytes: mapBytes(n) };
    const calls: Call[] = layer.spikes ? [{ kernel: 'applydFI', ...flows, S, bound, gate, perNeuron }] : [];
    const before = { flow: each(FOBefore, first), holder: FOBefore, carried: false };
    passBack(context, n, { w, d, dw, dBefore, samples, ...before, calls, reads: [FI, FO, FOBefore] });
    if (!dw || layer.bias.length === 0) return;
    const always = executor.stage(4);
    memory.f32(always, 1)[0] = T;
    const biases = at(dw) + 4 * layoutOf(plan, n).synaptic;
    const addresses = { dw: biases, frames: at(d), frameBytes: each(d).by, FO: always };
    const call = biasCall(geometries[n - 1], addresses, samples);
    executor.defer({ reads: [d], writes: [dw] }, [[call]]);
  };
}

/** The stages of learning rules that go back through time. */
function timeStages({ plan, memory, executor }: TrainingContext): Pick<Backend, 'slope' | 'reverse'> {
  const { network, cells, mapBytes } = plan;
  const { layers, T } = network;

  /** Writes the spikes of layer n at step t to `map`, as numbers. */
  const mapCall = (n: number, t: number, o: Growing, map: Growing): Call => {
    const { count, bitRow } = cells[n];
    if (n > 0) return { kernel: 'spikeMap', map, bits: further(o, t * bitRow), cells: count };
    return { kernel: 'eventMap', map, ...listsOf(o, T, T * count), t, inputs: count };
  };
  return {
    slope(n, o, slope, samples) {
      const layer = layers[n - 1];
      if (weightsOf(layer) === 0) return; // the slope of pools is 1 (`duCall`)
      const powers = executor.stage(4 * T);
      memory.f32(powers, T).set(powersOf(layer.λ, T, Math.fround));
      const constants = { logarithm: Math.fround(logarithm(layer.λ)), silence: Math.fround(silence) };
      const { count, bitRow } = cells[n];
      const trains = { bits: each(o), row: bitRow, steps: T, cells: count };
      const to = { slope: each(slope), powers, ...constants, Vth: layer.Vth };
      const calls: Task = [{ kernel: 'windowSlope', ...trains, ...to }];
      executor.queue({ reads: [o], writes: [slope] }, { first: 0, samples, calls });
    },

    reverse(n, t, { o, oBefore, potentials, slope, w, rule }, { dO, du, dw, dOBefore }, samples) {
      const to = {
        du: each(du),
        dO: each(dO),
        bits: further(each(o), t * cells[n].bitRow),
        u: potentials ? further(each(potentials), t * mapBytes(n)) : 0,
        slope: slope ? each(slope) : 0,
      };
      const flow = { first: blockOf(du).before, by: mapBytes(n - 1) };
      passBack({ plan, memory, executor }, n, {
        w,
        d: du,
        dw,
        dBefore: dOBefore,
        samples,
        flow,
        holder: du,
        carried: t < T - 1,
        calls: [
          duCall(layers[n - 1], cells[n], rule, to, t === T - 1),
          mapCall(n - 1, t, each(oBefore), flow),
        ],
        reads: [o, oBefore, potentials, slope, dO],
      });
    },
  };
}

/** The kernel's constants for each surrogate, by its width. */
const slopes: Readonly<
  Record<SurrogateName, (width: number) => Record<'kind' | 'height' | 'width', number>>
> = {
  rectangle: (width) => ({ kind: 2, height: Math.fround(1 / width), width: Math.fround(width / 2) }),
  fastSigmoid: (width) => ({ kind: 3, height: Math.fround(0.5 / width), width: Math.fround(width) }),
};

/** Addresses of du, dO, the spikes of the step and, if the rule needs them, u and the slope. */
type StepAt = Readonly<Record<'du' | 'dO' | 'bits' | 'u' | 'slope', Argument>>;

/** The call that computes ∂L/∂u of a layer at one step. `first`: whether this is the last step, where the backward pass begins. */
function duCall(layer: Layer, { count }: Cells, rule: TimeRule, to: StepAt, first: boolean): Call {
  if (!layer.spikes) return { kernel: 'copy', to: to.du, from: to.dO, bytes: 4 * count };
  const { Vth, λ } = layer;
  const terms = { Vth, leak: rule.keeps === 'leak' ? λ : 1, reset: Number(rule.reset) };
  const slope =
    rule.slope === 'window'
      ? { kind: weightsOf(layer) === 0 ? 1 : 0, height: 0, width: 0 }
      : slopes[rule.slope.surrogate](rule.slope.width);
  return { kernel: 'applydu', ...to, cells: count, first: Number(first), ...terms, ...slope };
}
