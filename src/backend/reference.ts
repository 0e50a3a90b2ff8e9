/** The reference backend: implements the contract with the functions of `spec/` in binary32, without other arithmetic. */
import { applyStep, applyWindowEnd, poissonSample, replayedSample } from '../../spec/algorithm1.ts';
import type { Floats } from '../../spec/arithmetic.ts';
import {
  accumulatedb,
  accumulatedw,
  applyBatch,
  applydFI,
  biasesIn,
  computedmem,
  computeTreeSum,
} from '../../spec/backward.ts';
import { accumulateFlow } from '../../spec/flow.ts';
import { computePseudoDerivative } from '../../spec/lee.ts';
import { computeLabelVector, computeLoss, computeOutputError } from '../../spec/loss.ts';
import { neuronsOf, weightsOf, type Layer, type Network } from '../../spec/network.ts';
import { isFiring } from '../../spec/neuron.ts';
import { applydu } from '../../spec/reverseTime.ts';
import { computeFlowSums } from '../../spec/scale.ts';
import { applyAdam, applySGD, updateRanges } from '../../spec/update.ts';
import { isAsWeights, reportRow, type Backend, type Buffer, type Role } from './backend.ts';

/** A buffer in public layout: one array per sample. */
interface Arrays extends Buffer {
  readonly values: Floats[];
  /** Only for role `potential`: x and the spikes of the last step. */
  readonly x: Floats[];
  readonly o: Floats[];
}

const arraysOf = (buffer: Buffer): Arrays => buffer as Arrays; // this backend allocated it

const at = (buffer: Buffer | null): Floats[] => (buffer ? arraysOf(buffer).values : []);

/** Number of neurons of layer n; n = 0 is the input. */
function mapSize({ input, layers }: Network, n: number): number {
  return neuronsOf(n === 0 ? input : layers[n - 1].output);
}

/** Numbers per sample of a buffer. */
function lengthOf(network: Network, role: Role, n: number): number {
  if (role === 'report') return reportRow(network).length;
  if (isAsWeights(role)) return weightsOf(network.layers[n - 1]);
  return mapSize(network, n) * (role === 'spikes' || role === 'potentials' ? network.T : 1);
}

export function createReference(network: Network): Backend {
  return {
    name: 'reference',
    network,
    chunk: 1,
    ...buffersOf(network),
    ...forwardStages(network),
    ...backwardStages(network),
    dispose: () => {},
  };
}

type BufferOperations = 'allocate' | 'write' | 'read' | 'readSync' | 'cells' | 'bytesOf';

function buffersOf(network: Network): Pick<Backend, BufferOperations> {
  const readSync = (buffer: Buffer, sample = 0): Floats => at(buffer)[sample].slice();
  return {
    allocate(role, n, samples) {
      const make = (length: number): Floats[] =>
        Array.from({ length: samples }, () =>
          role === 'report' ? new Float64Array(length) : network.precision.array(length),
        );
      const neurons = role === 'potential' ? mapSize(network, n) : 0;
      const values = make(lengthOf(network, role, n));
      const arrays: Arrays = { role, n, samples, values, x: make(neurons), o: make(neurons) };
      return arrays;
    },
    bytesOf: (role, n) =>
      (role === 'report' ? 8 : role === 'potential' ? 12 : 4) * lengthOf(network, role, n),
    write(buffer, values, sample = 0) {
      at(buffer)[sample].set(values);
      if (buffer.role !== 'potential') return;
      // If u is stored before its reset, the next step needs to know which neurons fired.
      const { o } = arraysOf(buffer);
      const { spikes, Vth } = network.layers[buffer.n - 1];
      const isKept = spikes && network.variant.reset === 'nextStep';
      o[sample].set(Float32Array.from(values, (u) => Number(isKept && isFiring(u, Vth, network.variant))));
    },
    read: (buffer, sample) => Promise.resolve(readSync(buffer, sample)),
    readSync,
    cells: (gradient) => Promise.resolve(at(gradient)[0] as Float32Array), // gradients are binary32
  };
}

function forwardStages(network: Network): Pick<Backend, 'encode' | 'forward' | 'scale' | 'loss'> {
  const { precision, variant, layers, T } = network;
  const row = reportRow(network);
  const size = (n: number): number => mapSize(network, n);
  return {
    encode(to, inputs, { first, t0, steps }) {
      for (const [g, input] of inputs.entries()) {
        const sample =
          'frames' in input
            ? replayedSample(Float32Array.from(input.frames), 0, network)
            : poissonSample(input.intensities, 0, input.draw, network);
        const FO = at(to.FO)[first + g];
        if (t0 === 0) FO.fill(0);
        const ignored = precision.array(size(0));
        for (let step = 0; step < steps; step++) {
          const o = at(to.o)[g].subarray(step * size(0), (step + 1) * size(0));
          sample.applyInput(o, 'frames' in input ? step : t0 + step);
          accumulateFlow(ignored, FO, ignored, o);
        }
      }
    },

    forward(n, before, w, to, { first, samples, t0, steps }) {
      const layer = layers[n - 1];
      for (let g = 0; g < samples; g++) {
        const carried = arraysOf(to.u);
        const [FI, FO] = [at(to.FI)[first + g], at(to.FO)[first + g]];
        const state = { x: carried.x[g], u: carried.values[g], o: carried.o[g], FI, FO };
        if (t0 === 0) for (const values of [state.u, state.o, FI, FO]) values.fill(0);
        for (let step = 0; step < steps; step++) {
          const o = at(before.o)[g].subarray(step * size(n - 1), (step + 1) * size(n - 1));
          applyStep(state, { o }, at(w)[0], layer, variant);
          at(to.o)[g].set(state.o, step * size(n));
          if (to.potentials) at(to.potentials)[g].set(state.u, step * size(n));
        }
        applyWindowEnd({ FO }, { FO: at(before.FO)[first + g] }, layer, variant);
      }
    },
    scale(n, FI, FO, report, { first, samples }) {
      for (let b = first; b < first + samples; b++) {
        const sums = computeFlowSums(at(FI)[b], at(FO)[b], layers[n - 1], variant, precision);
        const spikes = Array.from(at(FO)[b]).reduce((count, flow) => count + flow, 0);
        at(report)[b].set([sums.FI, sums.FO, spikes], row.sums(n));
      }
    },

    loss(result, labels, first, report, d) {
      const layer = layers[layers.length - 1];
      const Vth = layer.spikes ? 1 : layer.Vth;
      for (const [s, label] of labels.entries()) {
        const values = at(result)[result.role === 'potential' ? s : first + s];
        const Y = computeLabelVector(label, layer.output.channels, precision);
        const error = computeOutputError(values, Y, T, layer);
        at(report)[first + s].set([computeLoss(error, variant), ...values]);
        if (d) at(d)[s].set(computedmem(error, T, Vth, variant));
      }
    },
  };
}

type BackwardOperations = 'backward' | 'slope' | 'reverse' | 'accumulate' | 'update';

function backwardStages(network: Network): Pick<Backend, BackwardOperations> {
  const { variant, layers, T } = network;

  /** Step t of a train. */
  const stepOf = (train: Buffer, s: number, t: number): Floats => {
    const size = mapSize(network, train.n);
    return at(train)[s].subarray(t * size, (t + 1) * size);
  };

  /** Adds a sample's gradient of weights and biases to dw. `always` is the input of each bias: T for a flow, 1 for one step. */
  const accumulate = (dw: Floats, dFI: Floats, FO: Floats, always: number, layer: Layer): void => {
    accumulatedw(dw, dFI, FO, layer);
    accumulatedb(biasesIn(dw, layer), dFI, always, layer);
  };

  return {
    backward(n, { FI, FO, FOBefore, w, S }, { d, dw, dBefore }, { first, samples }) {
      const layer = layers[n - 1];
      at(dw)[0]?.fill(0);
      for (let s = 0; s < samples; s++) {
        const b = first + s;
        const dFI = at(d)[s];
        if (!layer.isOutput) applydFI(dFI, dFI, at(FI)[b], at(FO)[b], S, layer, variant);
        if (dw) accumulate(at(dw)[0], dFI, at(FOBefore)[b], T, layer);
        if (dBefore) layer.kind.applydFO(at(dBefore)[s], at(w)[0], dFI, at(FOBefore)[b], layer);
      }
    },

    slope(n, o, slope, samples) {
      for (let s = 0; s < samples; s++) {
        const train = Array.from({ length: T }, (_, t) => stepOf(o, s, t));
        at(slope)[s].set(computePseudoDerivative(train, layers[n - 1]));
      }
    },

    reverse(n, t, { o, oBefore, potentials, slope, w, rule }, { dO, du, dw, dOBefore }, samples) {
      const layer = layers[n - 1];
      if (t === T - 1) for (const zeroed of [...at(du), ...at(dw)]) zeroed.fill(0);
      for (let s = 0; s < samples; s++) {
        const [d, before] = [at(du)[s], stepOf(oBefore, s, t)];
        const state = { u: stepOf(potentials ?? o, s, t), o: stepOf(o, s, t) };
        applydu(d, at(dO)[s], state, at(slope)[s], layer, rule);
        if (dw) accumulate(at(dw)[0], d, before, 1, layer);
        if (dOBefore) layer.kind.applydFO(at(dOBefore)[s], at(w)[0], d, before, layer);
      }
    },
    accumulate(into, gradient) {
      at(into)[0].set(computeTreeSum([at(into)[0], at(gradient)[0]]));
    },

    update(n, { w, dw, m, v }, rule) {
      const gradient = at(dw)[0].slice();
      applyBatch(gradient, rule.samples, variant);
      const { optimiser } = rule;
      for (const { from, to, weightDecay } of updateRanges(layers[n - 1], optimiser.weightDecay)) {
        const of = (values: Floats): Floats => values.subarray(from, to);
        const [weights, g] = [of(at(w)[0]), of(gradient)];
        if ('constants' in rule)
          applyAdam(weights, g, of(at(m)[0]), of(at(v)[0]), rule.constants, {
            ...rule.optimiser,
            weightDecay,
          });
        else applySGD(weights, g, rule.η, weightDecay);
      }
    },
  };
}
