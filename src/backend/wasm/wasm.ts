/**
 * The wasm backend: AssemblyScript SIMD kernels behind the interface. Buffers stay in the kernels' memory; a layer runs
 * its whole window in one call a sample. Each operation is work for an executor, one thread or a pool. What belongs to a
 * sample is a lane, what goes into dw and the update is shared out by weights: the split cannot show in the bits.
 */
import type { Network } from '../../../spec/network.ts';
import { reportRow, type Backend, type Buffer, type Role } from '../backend.ts';
import { createSerial, rangesOf, type Call, type Executor, type Task } from './executor.ts';
import { inputCall, listBytes, listsAt } from './input.ts';
import { geometryOf, kindOf, type Frame, type WeightedKind } from './kinds.ts';
import { cellsOf, rowCells } from './layout.ts';
import { Memory } from './memory.ts';
import { createPool } from './pool.ts';
import { readMaps, readSpikes, readWeights } from './reader.ts';
import { duCall, lanesOf, mapCall, slopeCalls } from './reverse.ts';
import { Schedule } from './schedule.ts';
import { planDerivatives, planFlows, planLists } from './scratch.ts';
import { belowOf, modes, windowFields, writeWindow } from './window.ts';

/** A buffer at an address; sample s is `stride` bytes further than sample s − 1. */
interface Block extends Buffer {
  readonly at: number;
  readonly stride: number;
  /** Weights laid out for going backward, those of the first layer with their signs turned; 0: no weights. */
  readonly turned: number;
  /** With du of layer n: what layer n − 1 sent at the step, a map a sample. */
  readonly before: number;
}

/** Lanes for each thread: enough to even out their different times, as long as their spike trains take little memory. */
const lanesPerThread = { most: 32, least: 2, bytes: 2 ** 27 };

/** Parts of work that is shared out by weights, for each thread. */
const partsPerThread = 4;

/** @param threads 1: every operation is done when it returns, and `readSync` reads */
export function createWasm(network: Network, threads = 1): Backend {
  const { layers, variant, T } = network;
  const N = layers.length;
  const parts = threads > 1 ? partsPerThread * threads : 1;
  const row = reportRow(network);
  const cells = Array.from({ length: N + 1 }, (_, n) => cellsOf(network, n));
  const geometries = layers.map(({ n }) => geometryOf(network, n));
  const forwardLists = layers.map((layer, k) =>
    planLists(kindOf(layer).view(geometries[k]), cells[k + 1], cells[k].bitRow, T),
  );
  const backwardLists = layers.map((layer, k) => {
    const view = kindOf(layer).weights?.backward(geometries[k]);
    return view && planLists(view, { columns: view.columns, channels: view.outputs }, 0, 1);
  });
  const frames = layers.map(({ n }) => kindOf(layers[n - 1]).weights?.frame(geometries[n - 1]));
  const scratchBytes = Math.max(
    ...forwardLists.map(({ bytes }) => bytes),
    ...backwardLists.map((lists) => lists?.bytes ?? 0),
    ...frames.map((frame, k) => (frame ? planFlows(geometries[k], frame).bytes : 0)),
    ...geometries.map(({ to }) => planDerivatives(to.channels).bytes),
  );
  const memory = new Memory(threads > 1);
  const executor =
    threads > 1 ? createPool(memory, threads, scratchBytes) : createSerial(memory, scratchBytes);
  const schedule = new Schedule(executor);
  const at = (buffer: Buffer, sample = 0): number => (buffer as Block).at + sample * (buffer as Block).stride;

  const weightsOf = (n: number): WeightedKind | undefined => kindOf(layers[n - 1]).weights;
  const cellsOfWeights = layers.map(({ n }) => weightsOf(n)?.cells(geometries[n - 1]) ?? 0);
  const weightBytes = (n: number): number => 4 * cellsOfWeights[n - 1];
  const turnedBytes = (n: number): number =>
    n === 1 ? weightBytes(n) : 4 * weightsOf(n)!.turnedCells(geometries[n - 1]);
  const mapBytes = (n: number): number => 4 * cells[n].count;
  const frameOf = (n: number): Frame | undefined => frames[n - 1];
  /** Bytes of a frame that is not the map itself. */
  const frameBytes = (n: number): number => {
    const frame = frameOf(n);
    return !frame || frame.isMap ? 0 : frame.rows * frame.columns * frame.lane;
  };
  /** Bytes of one sample. */
  const bytes: Record<Role, (n: number) => number> = {
    spikes: (n) => (n === 0 ? listBytes(T, cells[0].count) : T * cells[n].bitRow),
    trace: (n) => T * mapBytes(n),
    potential: mapBytes,
    FI: mapBytes,
    FO: mapBytes,
    derivative: (n) => mapBytes(n) + frameBytes(n),
    du: (n) => mapBytes(n) + frameBytes(n),
    slope: mapBytes,
    weights: weightBytes,
    gradient: weightBytes,
    moment: weightBytes,
    report: () => 8 * row.length,
  };

  const trains = cells.reduce((sum, _, n) => sum + bytes.spikes(n), 0);
  const { most: perThread, least } = lanesPerThread;
  const lanes = Math.min(perThread * threads, Math.floor(lanesPerThread.bytes / trains));
  const group = threads > 1 ? Math.max(least * threads, lanes) : 1;

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

  function turn(n: number, w: Block): void {
    if (!w.turned) return;
    const calls: Call[] =
      n === 1
        ? [['convolutionNegate', w.turned, w.at, weightBytes(n)]]
        : weightsOf(n)!.turn(geometries[n - 1], w.turned, w.at, parts);
    schedule.defer(
      { reads: [w], writes: [w] },
      calls.map((call) => [call]),
    );
  }

  function readNow(buffer: Buffer, sample: number): Float32Array | Float64Array {
    const { role, n } = buffer;
    const address = at(buffer, sample);
    if (role === 'report') return memory.f64(address, row.length).slice();
    if (role === 'spikes') return readSpikes(network, memory, n, address);
    if (role === 'weights' || role === 'gradient' || role === 'moment') {
      return readWeights(network, memory, n, address);
    }
    return readMaps(network, memory, n, address, role === 'trace' ? T : 1);
  }

  const backend: Backend = {
    name: 'wasm',
    network,
    group,
    bytesOf(role, n) {
      const beside = role === 'weights' ? turnedBytes(n) : role === 'du' ? mapBytes(n - 1) : 0;
      return bytes[role](n) + beside;
    },
    scratchBytes: threads * scratchBytes,
    mostBytes: 2 ** 32 - 2 ** 26, // addresses, less room for programs and what is staged

    allocate(role, n, samples) {
      const stride = bytes[role](n);
      const turned = role === 'weights' ? memory.allocate(turnedBytes(n)) : 0;
      const before = role === 'du' ? memory.allocate(mapBytes(n - 1) * samples) : 0;
      return { role, n, samples, at: memory.allocate(stride * samples), stride, turned, before } as Block;
    },
    free(buffer) {
      executor.release(at(buffer));
      const { turned, before } = buffer as Block;
      for (const beside of [turned, before]) if (beside) executor.release(beside);
    },
    write(buffer, values) {
      const { role, n } = buffer;
      if (role !== 'weights' && role !== 'moment')
        throw new Error(`wasm: nothing writes a buffer of ${role}`);
      const staged = executor.stage(weightBytes(n));
      const cell = memory.f32(staged, weightBytes(n) / 4);
      const places = weightsOf(n)?.places(geometries[n - 1]) ?? [];
      for (let k = 0; k < places.length; k++) cell[places[k]] = values[k];
      schedule.share({ writes: [buffer] }, [[['copy', at(buffer), staged, weightBytes(n)]]]);
      turn(n, buffer as Block);
    },
    async read(buffer, sample = 0) {
      await executor.flush();
      return readNow(buffer, sample);
    },

    encode({ o, FO }, inputs, { first, t0, steps }) {
      schedule.settle();
      schedule.lanes(
        { writes: [o, FO] },
        inputs.map((input, g) => {
          const to = { at: at(o, g), FO: at(FO, first + g) };
          return [inputCall(input, network, cells[0], { t0, steps }, to, memory, executor.stage)];
        }),
      );
    },

    forward(n, before, w, to, { first, samples, t0, steps }) {
      const layer = layers[n - 1];
      const kind = kindOf(layer);
      const [from, map] = [cells[n - 1], cells[n]];
      const mode =
        (variant.reset === 'nextStep' ? modes.resetNext : 0) |
        (layer.λ !== 1 ? modes.leaks : 0) |
        (variant.leak === 'sumThenDifference' ? modes.leakSum : 0) |
        (variant.maxPoolFlow === 'accumulated' ? modes.accumulated : 0);
      // An output layer that leaks is one of neurons that nothing makes fire.
      const leaks = layer.isOutput && variant.output === 'leaks';
      const spikes = layer.spikes || leaks;
      const Vth = leaks ? Infinity : variant.fires === 'atThreshold' ? belowOf(layer.Vth) : layer.Vth;
      const tasks: Task[] = [];
      for (let g = 0; g < samples; g++) {
        const input = at(before.o, g);
        const lists = n === 1 ? listsAt(input, T, from.count) : { starts: 0, indices: 0, values: 0 };
        const record = executor.stage(4 * windowFields.length);
        writeWindow(memory, record, {
          steps,
          carried: Number(t0 > 0),
          ...lists,
          inBits: n === 1 ? 0 : input,
          inRow: from.bitRow,
          map: 0,
          ...kind.view(geometries[n - 1]),
          rows: map.rows,
          columns: map.columns,
          outputs: map.channels,
          stride: layer.window.stride,
          spread: 1,
          padding: layer.window.padding,
          weights: w ? at(w) : 0,
          weightRow: 4 * rowCells(map.channels),
          negative: w && n === 1 ? (w as Block).turned - at(w) : 0,
          ...forwardLists[n - 1].at,
          u: at(to.u, g),
          FI: at(to.FI, first + g),
          FO: at(to.FO, first + g),
          FOBefore: at(before.FO, first + g),
          outBits: layer.isOutput && !spikes ? 0 : at(to.o, g),
          outRow: map.bitRow,
          spikes: Number(spikes),
          Vth,
          leak: layer.λ,
          mode,
          trace: to.trace ? at(to.trace, g) : 0,
          quarters: Number(countsInQuarters(network, n)),
        });
        tasks.push([[kind.forward, record]]);
      }
      schedule.lanes({ reads: [before.o, before.FO, w], writes: [to.o, to.u, to.FI, to.FO] }, tasks);
    },

    scale(n, FI, FO, report, samples) {
      const { rows, columns, channels } = cells[n];
      const all = Number(variant.scaleOver === 'all' || layers[n - 1].kind.isPool);
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
      const kind = kindOf(layer);
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
      const kind = kindOf(layer);
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
      const tasks = flat(weightBytes(n), (from, size): Task => {
        const arrays = [at(w) + from, at(dw) + from];
        if (!('step' in rule))
          return [['sgd', ...arrays, size, samples, mean, optimiser.weightDecay, rule.η]];
        const { weightDecay, β1, β2, ε } = rule.optimiser;
        const constants = [weightDecay, β1, 1 - β1, β2, 1 - β2, rule.step.size, rule.step.correction, ε];
        return [['adam', ...arrays, at(m!) + from, at(v!) + from, size, samples, mean, ...constants]];
      });
      schedule.share({ reads: [dw], writes: [w, m, v] }, tasks);
      turn(n, w as Block);
    },
    submit: () => executor.submit(),

    dispose: () => executor.dispose(),
  };
  return withReadSync(backend, executor, readNow);
}

/** Adds `readSync` where the executor works at once. */
function withReadSync(
  backend: Backend,
  { immediate }: Executor,
  readNow: (buffer: Buffer, sample: number) => Float32Array | Float64Array,
): Backend {
  return immediate ? { ...backend, readSync: (buffer, sample = 0) => readNow(buffer, sample) } : backend;
}

/** True for an average pool of IF neurons over 2 × 2 spikes, whose potentials are quarters below 4. */
function countsInQuarters({ layers, variant, T }: Network, n: number): boolean {
  const { kind, window, λ, Vth } = layers[n - 1];
  const before = layers[n - 2];
  if (kind.name !== 'averagePool' || !before || window.size !== 2 || λ !== 1) return false;
  // The sum of the flows before is that of the spikes, but for a pool that shows another one.
  if (before.kind.name === 'maxPool' && variant.maxPoolFlow === 'accumulated') return false;
  return Vth < 3 && T < 2 ** 21;
}
