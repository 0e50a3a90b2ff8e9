/**
 * The wasm backend: AssemblyScript SIMD kernels behind the interface. Buffers stay in the kernels' memory; a layer runs
 * its whole window in one call a sample.
 */
import { weightsOf, type Network } from '../../../spec/network.ts';
import { keyOf } from '../../../spec/random.ts';
import { reportRow, type Backend, type Buffer, type Input, type Role } from '../backend.ts';
import { wasmKinds, type Geometry, type WasmKind } from './kinds.ts';
import { cellsOf, padded, unpackMap, type Cells } from './layout.ts';
import { Memory } from './memory.ts';
import { instantiate } from './module.ts';
import { belowOf, modes, windowFields, writeWindow } from './window.ts';

/** A buffer at an address; sample s is `stride` bytes further than sample s − 1. */
interface Block extends Buffer {
  readonly at: number;
  readonly stride: number;
  /** Weights laid out for going backward; 0 where they are not needed. */
  readonly backward: number;
}

/** Pixels of an image that can fire: place, last random word that still fires, value. */
interface Pixels {
  readonly count: number;
  readonly places: Uint32Array;
  readonly lasts: Uint32Array;
  readonly values: Float32Array;
}

/** Steps that are worked on together: as many as leave the current of a row in a part of the first cache. */
function blockOf({ columns, channels }: Cells, T: number): number {
  const bytes = 24 * 1024;
  return Math.min(T, 16, Math.max(1, Math.floor(bytes / (4 * columns * channels))));
}

export function createWasm(network: Network): Backend {
  const { layers, variant, T, inputScale } = network;
  const N = layers.length;
  const memory = new Memory();
  const kernels = instantiate(memory.wasm);
  const row = reportRow(network);
  const cells: Cells[] = Array.from({ length: N + 1 }, (_, n) => cellsOf(network, n));
  const geometry = (n: number): Geometry => ({ layer: layers[n - 1], from: cells[n - 1], to: cells[n] });
  const kindOf = (n: number): WasmKind => wasmKinds[layers[n - 1].kind.name];
  const asBlock = (buffer: Buffer): Block => buffer as Block;
  const place = (buffer: Buffer, sample: number): number => asBlock(buffer).at + sample * asBlock(buffer).stride;

  // Scratch, shared by all layers: the kernels leave x and touched zero.
  const most = (size: (map: Cells, n: number) => number): number => Math.max(...cells.map(size));
  const blocks = layers.map(({ n }) => blockOf(cells[n], T));
  const block = Math.max(...blocks);
  const record = memory.allocate(4 * windowFields.length);
  const events = memory.allocate(12 * block * most(({ count }) => count));
  const lines = memory.allocate(4 * block * (most(({ rows, columns }) => rows * columns) + 1));
  const x = memory.allocate(4 * most((map, n) => map.columns * padded(map.channels) * (blocks[n - 1] ?? 1)));
  const touched = memory.allocate(block * most(({ columns }) => columns));
  const inputs = cells[0].count;
  const pixels = memory.allocate(3 * 4 * padded(inputs));
  const pending = memory.allocate(8 * inputs);

  /** An input's event lists: starts, then indices, then values. */
  const lists = (at: number): { starts: number; indices: number; values: number } => {
    const indices = at + 4 * padded(T + 1);
    return { starts: at, indices, values: indices + 4 * T * inputs };
  };

  /** Bytes of one sample. */
  const bytes: Record<Role, (n: number) => number> = {
    spikes: (n) => (n === 0 ? 4 * padded(T + 1) + 8 * T * inputs : T * cells[n].bitRow),
    trace: (n) => 4 * T * cells[n].count,
    potential: (n) => 4 * cells[n].count,
    FI: (n) => 4 * cells[n].count,
    FO: (n) => 4 * cells[n].count,
    derivative: (n) => 4 * cells[n].count,
    weights: (n) => 4 * kindOf(n).weightCells(geometry(n)),
    gradient: (n) => 4 * kindOf(n).weightCells(geometry(n)),
    moment: (n) => 4 * kindOf(n).weightCells(geometry(n)),
    report: () => 8 * row.length,
  };

  function turn(n: number, w: Block): void {
    if (w.backward) kindOf(n).turn?.(kernels, geometry(n), w.backward, w.at);
  }

  function encodeImage(
    to: Block,
    FO: number,
    g: number,
    input: Extract<Input, { draw: unknown }>,
    t0: number,
    steps: number,
  ): void {
    const { count, places, lasts, values } = pixelsOf(input.intensities);
    const span = 4 * padded(inputs);
    memory.u32(pixels, count).set(places.subarray(0, count));
    memory.u32(pixels + span, count).set(lasts.subarray(0, count));
    memory.f32(pixels + 2 * span, count).set(values.subarray(0, count));
    const { seed, stream, epoch, sample } = input.draw;
    const { starts, indices, values: out } = lists(place(to, g));
    const at = [
      pixels,
      pixels + span,
      pixels + 2 * span,
      count,
      seed,
      keyOf(stream, epoch),
      sample,
      t0,
      steps,
    ];
    kernels.encode(...at, starts, indices, out, pending, FO);
  }

  /** The pixels of an image that can fire, in raster order: word ≤ last fires. p·2³² is taken in binary64. */
  const scratch: Pixels = {
    count: 0,
    places: new Uint32Array(inputs),
    lasts: new Uint32Array(inputs),
    values: new Float32Array(inputs),
  };
  function pixelsOf(intensities: ArrayLike<number>): Pixels {
    const { real, rows, columns, channels } = cells[0];
    const scale = variant.input === 'scaledIntensity' ? inputScale : 1;
    const positions = rows * columns;
    let count = 0;
    for (let position = 0; position < positions; position++) {
      for (let channel = 0; channel < real; channel++) {
        const intensity = intensities[channel * positions + position];
        if (intensity === 0) continue;
        const bound = Math.min(2 ** 32, Math.floor(Math.abs(intensity) * scale * 2 ** 32));
        if (!(bound > 0)) continue;
        scratch.places[count] = position * channels + channel;
        scratch.lasts[count] = bound - 1;
        scratch.values[count] = Math.sign(intensity);
        count++;
      }
    }
    return { ...scratch, count };
  }

  /** Given frames as event lists, in raster order. */
  function replay(to: Block, FO: number, g: number, frames: ArrayLike<number>, steps: number): void {
    const { real, rows, columns, channels } = cells[0];
    const at = lists(place(to, g));
    const starts = memory.u32(at.starts, steps + 1);
    const indices = memory.u32(at.indices, T * inputs);
    const values = memory.f32(at.values, T * inputs);
    const positions = rows * columns;
    let count = 0;
    starts[0] = 0;
    for (let step = 0; step < steps; step++) {
      const frame = step * positions * real;
      for (let position = 0; position < positions; position++) {
        for (let channel = 0; channel < real; channel++) {
          const value = frames[frame + channel * positions + position];
          if (value === 0) continue;
          indices[count] = position * channels + channel;
          values[count++] = value;
        }
      }
      starts[step + 1] = count;
    }
    kernels.accumulateInputFlow(FO, at.indices, at.values, count);
  }

  /** Spike bits or event lists → T maps (C,H,W). */
  function readSpikes(n: number, at: number): Float32Array {
    const map = cells[n];
    const size = map.rows * map.columns * map.real;
    const maps = new Float32Array(T * size);
    const step = new Float32Array(map.count);
    for (let t = 0; t < T; t++) {
      step.fill(0);
      if (n === 0) {
        const { starts, indices, values } = lists(at);
        const [from, to] = memory.u32(starts + 4 * t, 2);
        const list = memory.u32(indices, to);
        for (let e = from; e < to; e++) step[list[e]] = memory.f32(values, to)[e];
      } else {
        const bits = memory.bytes(at + t * map.bitRow, map.bitRow);
        for (let cell = 0; cell < map.count; cell++) step[cell] = (bits[cell >> 3] >> (cell & 7)) & 1;
      }
      unpackMap(map, (cell) => step[cell], maps.subarray(t * size, (t + 1) * size));
    }
    return maps;
  }

  function readMaps(n: number, at: number, count: number): Float32Array {
    const map = cells[n];
    const size = map.rows * map.columns * map.real;
    const maps = new Float32Array(count * size);
    for (let t = 0; t < count; t++) {
      const values = memory.f32(at + 4 * t * map.count, map.count);
      unpackMap(map, (cell) => values[cell], maps.subarray(t * size, (t + 1) * size));
    }
    return maps;
  }

  function readWeights(n: number, at: number): Float32Array {
    const values = memory.f32(at, bytes.weights(n) / 4);
    const w = new Float32Array(weightsOf(layers[n - 1]));
    kindOf(n)
      .weightPlaces?.(geometry(n))
      .forEach((cell, k) => (w[k] = values[cell]));
    return w;
  }

  function readSync(buffer: Buffer, sample = 0): Float32Array | Float64Array {
    const { role, n } = buffer;
    const at = place(buffer, sample);
    if (role === 'report') return memory.f64(at, row.length).slice();
    if (role === 'spikes') return readSpikes(n, at);
    if (role === 'trace') return readMaps(n, at, T);
    if (role === 'weights' || role === 'gradient' || role === 'moment') return readWeights(n, at);
    return readMaps(n, at, 1);
  }

  return {
    name: 'wasm',
    network,
    group: 1,

    allocate(role, n, samples) {
      const stride = bytes[role](n);
      const backward = role === 'weights' && n > 1 ? memory.allocate(stride) : 0;
      return { role, n, samples, at: memory.allocate(stride * samples), stride, backward } as Block;
    },
    free(buffer) {
      memory.release(asBlock(buffer).at);
      if (asBlock(buffer).backward) memory.release(asBlock(buffer).backward);
    },
    write(buffer, values) {
      const { role, n, at } = asBlock(buffer);
      if (role !== 'weights' && role !== 'moment')
        throw new Error(`wasm: nothing writes a buffer of ${role}`);
      const to = memory.f32(at, bytes.weights(n) / 4);
      kindOf(n)
        .weightPlaces?.(geometry(n))
        .forEach((cell, k) => (to[cell] = values[k]));
      turn(n, asBlock(buffer));
    },
    read: (buffer, sample) => Promise.resolve(readSync(buffer, sample)),
    readSync,

    encode(to, given, { first, t0, steps }) {
      for (const [g, input] of given.entries()) {
        const FO = place(to.FO, first + g);
        if (t0 === 0) memory.f32(FO, inputs).fill(0);
        if ('frames' in input) replay(asBlock(to.o), FO, g, input.frames, steps);
        else encodeImage(asBlock(to.o), FO, g, input, t0, steps);
      }
    },

    forward(n, before, w, to, { first, samples, t0, steps }) {
      const layer = layers[n - 1];
      const kind = kindOf(n);
      const [from, map] = [cells[n - 1], cells[n]];
      const mode =
        (variant.reset === 'nextStep' ? modes.resetNext : 0) |
        (layer.λ !== 1 ? modes.leaks : 0) |
        (variant.leak === 'sumThenDifference' ? modes.leakSum : 0);
      for (let g = 0; g < samples; g++) {
        const [u, FI, FO] = [place(to.u, g), place(to.FI, first + g), place(to.FO, first + g)];
        if (t0 === 0) for (const at of [u, FI, FO]) memory.f32(at, map.count).fill(0);
        const [input, output] = [place(before.o, g), place(to.o, g)];
        if (layer.spikes || layer.kind.silent) memory.bytes(output, steps * map.bitRow).fill(0);
        const list = n === 1 ? lists(input) : { starts: 0, indices: 0, values: 0 };
        writeWindow(memory, record, {
          steps,
          carried: Number(t0 > 0),
          ...list,
          inBits: n === 1 ? 0 : input,
          inRow: from.bitRow,
          ...kind.view(geometry(n)),
          rows: map.rows,
          columns: map.columns,
          outputs: map.channels,
          stride: layer.window.stride,
          padding: layer.window.padding,
          weights: w ? asBlock(w).at : 0,
          block: blocks[n - 1],
          events,
          lines,
          x,
          touched,
          u,
          FI,
          FO,
          outBits: output,
          outRow: map.bitRow,
          spikes: Number(layer.spikes),
          Vth: variant.fires === 'atThreshold' ? belowOf(layer.Vth) : layer.Vth,
          leak: layer.λ,
          mode,
          trace: to.trace ? place(to.trace, g) : 0,
        });
        kernels[kind.forward](record);
        // What goes into a maximum pool comes out of it: its FI is the count of its spikes too.
        if (layer.spikes) kernels.accumulateFO(FO, output, map.bitRow, steps, map.count);
        if (layer.kind.silent) kernels.accumulateFO(FI, output, map.bitRow, steps, map.count);
        if (layer.kind.silent) memory.f32(FO, map.count).set(memory.f32(FI, map.count));
        if (variant.maxPoolFlow === 'accumulated') {
          kind.windowEnd?.(kernels, geometry(n), FO, place(before.FO, first + g));
        }
      }
    },

    scale(n, FI, FO, report, samples) {
      const { rows, columns, channels } = cells[n];
      const all = Number(variant.scaleOver === 'all' || layers[n - 1].kind.isPool);
      for (let b = 0; b < samples; b++) {
        const out = place(report, b) + 8 * row.sums(n);
        kernels.flowSums(out, place(FI, b), place(FO, b), rows * columns, channels, all);
      }
    },

    loss(FI, labels, first, report, dFI) {
      const { Vth, output } = layers[N - 1];
      const window = network.precision.round(T * Vth);
      const half = Number(variant.loss === 'half');
      for (const [s, label] of labels.entries()) {
        const dmem = dFI ? place(dFI, s) : x;
        kernels.loss(
          place(report, first + s),
          dmem,
          place(FI, first + s),
          output.channels,
          label,
          window,
          half,
        );
      }
    },

    backward(n, { FI, FO, FOBefore }, w, { d, dw, dBefore }, S, { first, samples }) {
      const layer = layers[n - 1];
      const kind = kindOf(n);
      const size = 4 * cells[n].count;
      const gate = Number(variant.gate === 'positiveInput');
      const perNeuron = Number(variant.scale === 'neuron');
      const bound = network.precision.round(1 / layer.Vth);
      if (layer.spikes) {
        for (let s = 0; s < samples; s++) {
          const b = first + s;
          kernels.applydFI(place(d, s), place(FI, b), place(FO, b), size, S, bound, gate, perNeuron);
        }
      }
      if (dw) kind.dw?.(kernels, geometry(n), asBlock(dw).at, asBlock(d).at, place(FOBefore, first), samples);
      if (!dBefore) return;
      for (let s = 0; s < samples; s++) {
        const backward = w ? asBlock(w).backward : 0;
        const dFI = place(d, s);
        kind.dFO(kernels, geometry(n), place(dBefore, s), backward, dFI, place(FOBefore, first + s));
      }
    },

    accumulate(into, gradient) {
      kernels.accumulate(asBlock(into).at, asBlock(gradient).at, bytes.gradient(into.n));
    },

    update(n, w, dw, m, v, rule) {
      const { round } = network.precision;
      const [at, gradient] = [asBlock(w).at, asBlock(dw).at];
      const mean = Number(variant.batch === 'mean');
      const size = bytes.weights(n);
      if ('step' in rule) {
        const { weightDecay, β1, β2, ε } = rule.optimiser;
        const betas = [β1, 1 - β1, β2, 1 - β2].map(round);
        const constants = [...betas, rule.step.size, rule.step.correction, ε];
        const moments = [asBlock(m!).at, asBlock(v!).at];
        kernels.adam(at, gradient, ...moments, size, rule.samples, mean, weightDecay, ...constants);
      } else {
        kernels.sgd(at, gradient, size, rule.samples, mean, rule.optimiser.weightDecay, rule.η);
      }
      turn(n, asBlock(w));
    },

    dispose: () => {},
  };
}
