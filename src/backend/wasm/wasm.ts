/**
 * The wasm backend: AssemblyScript SIMD kernels behind the contract. Buffers stay in the kernels' memory; one call runs a
 * layer over the whole window of one sample.
 *
 * Each operation becomes work for an executor. Work on one sample is a *lane*, which never waits for another lane; work on
 * gradients and weights is divided by weights into *parts*. A thread takes the next free lane or part. The division cannot
 * change the bits.
 */
import type { Network } from '../../../spec/network.ts';
import { isSummedWhole } from '../../../spec/scale.ts';
import { reportRow, type Backend, type Buffer, type Role } from '../backend.ts';
import { core } from './core.ts';
import { createSerial, rangesOf, type Call, type Task } from './executor.ts';
import { forwardStages, negation, turn, withReadSync, type Ground, type Turning } from './forward.ts';
import { biasCall, gradientOf, type WeightedGradient } from './gradients.ts';
import { rowCells } from './layout.ts';
import { Memory } from './memory.ts';
import { at, planOf, trainBytes, type Block, type Plan } from './plan.ts';
import { createPool } from './pool.ts';
import { duCall, lanesOf, mapCall, slopeCalls } from './reverse.ts';
import { Schedule } from './schedule.ts';
import { planDerivatives, planFlows, planLists, type Frame } from './scratch.ts';
import { programBytes, SharedMemory } from './sharedMemory.ts';
import { windowFields, writeWindow } from './window.ts';

/** Lanes for each thread: enough to even out their different times, as long as their spike trains take little memory. */
const lanesPerThread = { most: 32, least: 2, bytes: 2 ** 27 };

/** Parts of work that is shared out by weights, for each thread. */
const partsPerThread = 4;

/** Where kernels run. */
type Place = Pick<Ground, 'memory' | 'executor'>;

function serial(scratchBytes: number): Place {
  const memory = new Memory();
  return { memory, executor: createSerial(memory, scratchBytes, core.instantiate(memory.wasm)) };
}

function pooled(threads: number, scratchBytes: number): Place {
  const memory = new SharedMemory();
  return { memory, executor: createPool(memory, threads, scratchBytes) };
}

/** @param threads 1: every operation is done when it returns, and `readSync` reads */
export function createWasm(network: Network, threads = 1): Backend {
  const { layers, variant, T } = network;
  const plan = planOf(network);
  const { cells, geometries, weightBytes, mapBytes } = plan;
  const row = reportRow(network);
  const N = layers.length;
  const parts = threads > 1 ? partsPerThread * threads : 1;
  const weightsOf = (n: number): WeightedGradient | undefined => gradientOf(layers[n - 1]).weights;
  const backwardLists = layers.map((layer, k) => {
    const view = gradientOf(layer).weights?.backward(geometries[k]);
    return view && planLists(view, { columns: view.columns, channels: view.outputs }, 0, 1);
  });
  const frames = layers.map(({ n }) => weightsOf(n)?.frame(geometries[n - 1]));
  const scratchBytes = Math.max(
    ...plan.lists.map(({ bytes }) => bytes),
    ...backwardLists.map((lists) => lists?.bytes ?? 0),
    ...frames.map((frame, k) => (frame ? planFlows(geometries[k].from, frame).bytes : 0)),
    ...geometries.map(({ layer, to }) =>
      layer.bias.length > 0 ? planFlows(to, { ...to, lane: 4 * to.channels }).bytes : 0,
    ),
    ...geometries.map(({ to }) => planDerivatives(to.channels).bytes),
  );
  const { memory, executor } = threads > 1 ? pooled(threads, scratchBytes) : serial(scratchBytes);
  const schedule = new Schedule(executor);
  const turning = turningOf(plan, parts);
  const frameOf = (n: number): Frame | undefined => frames[n - 1];
  /** Bytes of a frame that is not the map itself. */
  const frameBytes = (n: number): number => {
    const frame = frameOf(n);
    return !frame || frame.isMap ? 0 : frame.rows * frame.columns * frame.lane;
  };
  /** Bytes of one sample. */
  const bytes: Record<Role, (n: number) => number> = {
    ...plan.bytes,
    derivative: (n) => mapBytes(n) + frameBytes(n),
    du: (n) => mapBytes(n) + frameBytes(n),
    slope: mapBytes,
    gradient: weightBytes,
    moment: weightBytes,
    report: () => 8 * row.length,
  };

  const { most: perThread, least } = lanesPerThread;
  const lanes = Math.min(perThread * threads, Math.floor(lanesPerThread.bytes / trainBytes(plan)));
  const group = threads > 1 ? Math.max(least * threads, lanes) : 1;
  const bytesOf = ({ role, n }: Pick<Buffer, 'role' | 'n'>): number => bytes[role](n);
  const ground: Ground = { plan, memory, executor, schedule, group, turning, bytesOf };

  function frameCall(n: number, d: number): Call {
    const { border, rows, columns, lane } = frameOf(n)!;
    const map = [cells[n].rows, cells[n].columns, cells[n].channels];
    return ['convolutionFrame', d + mapBytes(n), d, ...map, border, rows, columns, lane];
  }

  /** dFO through a layer with weights: the window of a convolution whose input is dFI. */
  function dFOCall(n: number, backward: number, d: number, dFO: number): Call {
    const record = executor.stage(4 * windowFields.length);
    const view = weightsOf(n)!.backward(geometries[n - 1]);
    writeWindow(memory, record, {
      map: d,
      stride: 1,
      weights: backward,
      weightRow: 4 * rowCells(view.outputs),
      ...view,
      ...backwardLists[n - 1]!.at,
    });
    return ['convolutiondFO', record, dFO];
  }

  /** dFO through a linear layer, in parts of its inputs. */
  function shareddFO(n: number, backward: number, d: Buffer, dFO: Buffer, samples: number): Call[] {
    const { from, to } = geometries[n - 1];
    const derivatives = [at(dFO), bytes.derivative(n - 1), at(d), bytes.derivative(n), samples, to.channels];
    const lists = planDerivatives(to.channels);
    return rangesOf(from.count / 4, parts).map((range) => {
      const weights = [backward, 4 * rowCells(from.count)];
      return ['lineardFO', ...derivatives, ...weights, ...range, lists.at, lists.most];
    });
  }

  /** Tasks on parts of flat arrays: ranges of bytes, multiples of 16. */
  function flat(length: number, task: (from: number, size: number) => Task): Task[] {
    return rangesOf(length / 16, parts).map(([from, to]) => task(16 * from, 16 * (to - from)));
  }

  const backend: Backend = {
    name: 'wasm',
    ...forwardStages(ground),
    bytesOf(role, n) {
      const beside = role === 'weights' ? turning.bytes(n) : role === 'du' ? mapBytes(n - 1) : 0;
      return bytes[role](n) + beside;
    },
    scratchBytes: threads * scratchBytes,
    mostBytes: 2 ** 32 - programBytes,

    async cells(gradient) {
      await executor.flush();
      return memory.f32(at(gradient), weightBytes(gradient.n) / 4);
    },

    scale(n, FI, FO, report, samples) {
      const { rows, columns, channels } = cells[n];
      const all = Number(isSummedWhole(layers[n - 1], variant));
      const task = (b: number): Task => {
        const out = at(report, b) + 8 * row.sums(n);
        return [['flowSums', out, at(FI, b), at(FO, b), rows * columns, channels, all]];
      };
      const use = { reads: [FI, FO], writes: [report] };
      for (let b = 0; b < samples; b++) schedule.lanes(use, [task(b)], b % group);
    },

    loss(result, labels, first, report, d) {
      const { Vth, output, spikes } = layers[N - 1];
      const window = network.precision.round(T * (spikes ? 1 : Vth));
      const half = Number(variant.loss === 'half');
      // Derivatives are those of a shard: its samples have lanes of their own.
      if (d) schedule.settle();
      const use = { reads: [result], writes: [report, d] };
      for (const [s, label] of labels.entries()) {
        const b = first + s;
        const to = [at(report, b), d ? at(d, s) : 0];
        const from = at(result, result.role === 'potential' ? s : b);
        schedule.lanes(
          use,
          [[['loss', ...to, from, output.channels, label, window, half]]],
          (d ? s : b) % group,
        );
      }
    },

    backward(n, { FI, FO, FOBefore }, w, { d, dw, dBefore }, S, { first, samples }) {
      const layer = layers[n - 1];
      const kind = gradientOf(layer);
      const gate = Number(variant.gate === 'positiveInput');
      const perNeuron = Number(variant.scale === 'neuron');
      const bound = network.precision.round(1 / layer.Vth);
      const shared = dBefore !== null && kind.weights?.sharesdFO(geometries[n - 1]) === true;
      const task = (s: number): Task => {
        const b = first + s;
        const calls: Call[] = [];
        if (layer.spikes) {
          calls.push(['applydFI', at(d, s), at(FI, b), at(FO, b), mapBytes(n), S, bound, gate, perNeuron]);
        }
        if (dw && frameBytes(n)) calls.push(frameCall(n, at(d, s)));
        if (!dBefore) return calls;
        if (kind.dFO) calls.push(kind.dFO(geometries[n - 1], at(dBefore, s), at(d, s), at(FOBefore, b)));
        else if (!shared) calls.push(dFOCall(n, (w as Block).turned, at(d, s), at(dBefore, s)));
        return calls;
      };
      const use = { reads: [FI, FO, FOBefore, w], writes: [d, dBefore] };
      for (let s = 0; s < samples; s++) schedule.lanes(use, [task(s)], s % group);
      if (shared) {
        const calls = shareddFO(n, (w as Block).turned, d, dBefore, samples);
        schedule.share(
          { reads: [d, w], writes: [dBefore] },
          calls.map((call) => [call]),
        );
      }
      if (!dw) return;
      // dw needs the derivatives of all samples, and nothing of this shard needs dw.
      const framed = at(d) + (frameBytes(n) ? mapBytes(n) : 0);
      const flows = at(FOBefore, first);
      const calls =
        kind.weights?.dw(geometries[n - 1], at(dw), framed, bytes.derivative(n), flows, samples, parts) ?? [];
      if (layer.bias.length > 0) {
        const always = executor.stage(4);
        memory.f32(always, 1)[0] = T;
        const biases = at(dw) + 4 * plan.weights(n)!.synaptic;
        calls.push(biasCall(geometries[n - 1], biases, at(d), bytes.derivative(n), always, samples));
      }
      schedule.defer(
        { reads: [d, FOBefore], writes: [dw] },
        calls.map((call) => [call]),
      );
    },

    slope(n, o, slope, samples) {
      const places = Array.from({ length: samples }, (_, s) => ({ o: at(o, s), slope: at(slope, s) }));
      const calls = slopeCalls(layers[n - 1], cells[n], T, places, memory, executor.stage);
      if (calls.length === 0) return;
      schedule.lanes(
        { reads: [o], writes: [slope] },
        lanesOf(samples, group, (s) => [calls[s]]),
      );
    },

    reverse(n, t, { o, oBefore, trace, slope }, w, { dO, du, dw, dOBefore }, rule, samples) {
      const layer = layers[n - 1];
      const kind = gradientOf(layer);
      const geometry = geometries[n - 1];
      const shared = dOBefore !== null && kind.weights?.sharesdFO(geometry) === true;
      const { before } = du as Block;
      const calls = (s: number): Call[] => {
        const to = {
          du: at(du, s),
          dO: at(dO, s),
          o: at(o, s) + t * cells[n].bitRow,
          u: trace ? at(trace, s) + t * mapBytes(n) : 0,
          slope: slope ? at(slope, s) : 0,
        };
        const map = before + s * mapBytes(n - 1);
        const all = [
          duCall(layer, cells[n], rule, to, t === T - 1),
          mapCall(network, n - 1, cells[n - 1], t, at(oBefore, s), map),
        ];
        if (dw && frameBytes(n)) all.push(frameCall(n, to.du));
        if (dOBefore && kind.dFO) all.push(kind.dFO(geometry, at(dOBefore, s), to.du, map));
        else if (dOBefore && !shared) all.push(dFOCall(n, (w as Block).turned, to.du, at(dOBefore, s)));
        return all;
      };
      const use = { reads: [o, oBefore, trace, slope, dO, w], writes: [du, dOBefore] };
      schedule.lanes(use, lanesOf(samples, group, calls));
      if (shared) {
        schedule.share(
          { reads: [du, w], writes: [dOBefore] },
          shareddFO(n, (w as Block).turned, du, dOBefore, samples).map((call) => [call]),
        );
      }
      if (!dw) return;
      const framed = at(du) + (frameBytes(n) ? mapBytes(n) : 0);
      const carried = t < T - 1;
      const sums =
        kind.weights?.dw(geometry, at(dw), framed, bytes.du(n), before, samples, parts, carried) ?? [];
      schedule.defer(
        { reads: [du], writes: [dw] },
        sums.map((call) => [call]),
      );
    },

    accumulate(into, gradient) {
      const tasks = flat(weightBytes(into.n), (from, size): Task => {
        return [['accumulate', at(into) + from, at(gradient) + from, size]];
      });
      schedule.share({ reads: [gradient], writes: [into] }, tasks);
    },

    update(n, w, dw, m, v, rule) {
      const mean = Number(variant.batch === 'mean');
      const { samples, optimiser } = rule;
      const update = (from: number, size: number, weightDecay: number): Task => {
        const arrays = [at(w) + from, at(dw) + from];
        if (!('step' in rule)) return [['sgd', ...arrays, size, samples, mean, weightDecay, rule.η]];
        const { β1, β2, ε } = rule.optimiser;
        const constants = [weightDecay, β1, 1 - β1, β2, 1 - β2, rule.step.size, rule.step.correction, ε];
        return [['adam', ...arrays, at(m!) + from, at(v!) + from, size, samples, mean, ...constants]];
      };
      const synaptic = 4 * plan.weights(n)!.synaptic;
      const biases = weightBytes(n) - synaptic;
      const tasks = [
        ...flat(synaptic, (from, size) => update(from, size, optimiser.weightDecay)),
        ...(biases > 0 ? [update(synaptic, biases, 0)] : []),
      ];
      schedule.share({ reads: [dw], writes: [w, m, v] }, tasks);
      turn(ground, n, w as Block);
    },
  };
  return withReadSync(backend, ground);
}

/** Beside its weights a layer has those for going backward; the first one, which goes no further, its negated ones. */
function turningOf(plan: Plan, parts: number): Turning {
  const forward = negation(plan);
  return {
    bytes(n) {
      const { weights } = gradientOf(plan.network.layers[n - 1]);
      return n > 1 && weights ? 4 * weights.turnedCells(plan.geometries[n - 1]) : forward.bytes(n);
    },
    calls(n, turned, w) {
      const { weights } = gradientOf(plan.network.layers[n - 1]);
      if (n === 1) return forward.calls(n, turned, w);
      return weights!.turn(plan.geometries[n - 1], turned, w, parts);
    },
  };
}
