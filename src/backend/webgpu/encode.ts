/** Stage `encode` on the device. A chunk may contain images and frames. Images are encoded; frames are copied. */
import type { Network } from '../../../spec/network.ts';
import type { Input, Span } from '../backend.ts';
import { arrayUsage, checkBinding, viewOf, type DeviceBlock } from './blocks.ts';
import { frameWords, imageWords, isSigned, writeImage, aligned, cellsOf } from './layout.ts';
import type { BufferView } from './pages.ts';
import type { Params } from './params.ts';
import type { Recorder } from './recorder.ts';

export function encodeInputs(
  recorder: Recorder,
  network: Network,
  { o, FO }: { readonly o: DeviceBlock; readonly FO: BufferView },
  inputs: readonly Input[],
  { t0, steps }: Span,
): void {
  const cells = cellsOf(network, 0);
  const { sample: valuesSample, step: valuesStep, gpu } = prepareValues(recorder, network, o, inputs);
  recorder.clear(viewOf(o), inputs.length);
  const shared: Params = {
    t0,
    steps,
    words: cells.words,
    channels: cells.channels,
    mapBefore: cells.map,
    train: cells.train,
    valuesSample,
    valuesStep,
  };
  for (const { first, members } of runsOf(inputs)) {
    const frames = 'frames' in members[0];
    const pixels = frames ? frameWords(network, steps) : imageWords(network);
    const shown = recorder.upload(members.length, 4 * pixels, (bytes, at) => {
      for (const [g, input] of members.entries()) {
        const length = 'frames' in input ? steps * cells.count : 4 + 2 * cells.count;
        const address = at + 4 * pixels * g;
        if ('frames' in input) new Float32Array(bytes, address, length).set(input.frames);
        else writeImage(input, network, new Uint32Array(bytes, address, length));
      }
    });
    const stride = 4 * valuesSample;
    const views = {
      shown,
      bits: viewOf(o, first),
      values: { buffer: gpu, offset: first * stride, stride, size: stride },
      FO: { ...FO, offset: FO.offset + first * FO.stride },
    };
    const extent = { items: cells.count, samples: members.length };
    recorder.run(frames ? 'replay' : 'poisson', views, { ...shared, pixels }, extent);
  }
}

/** Ensures a buffer for the values of input spikes. It has one map per sample, or one per step if a sample has frames. */
function prepareValues(
  recorder: Recorder,
  network: Network,
  o: DeviceBlock,
  inputs: readonly Input[],
): NonNullable<DeviceBlock['values']> {
  const cells = cellsOf(network, 0);
  const hasFrames = inputs.some((input) => 'frames' in input);
  const step = hasFrames ? cells.count : 0;
  o.hasValues = inputs.some((input) => 'frames' in input || isSigned(input));
  const sample = hasFrames ? aligned(network.T * cells.count) : cells.map;
  if (o.values && o.values.step >= step) return o.values;
  const most = recorder.held.device.limits.maxStorageBufferBindingSize;
  checkBinding('webgpu', 'a recording', 4 * sample, most, 'take a shorter window or backend wasm');
  // The recorded commands use the old buffer, so they must be submitted before it is destroyed.
  recorder.submit();
  o.values?.gpu.destroy();
  o.values = { gpu: recorder.allocate(4 * sample * o.samples, arrayUsage), sample, step };
  return o.values;
}

/** Groups consecutive inputs of one form. */
function runsOf(inputs: readonly Input[]): { first: number; members: Input[] }[] {
  const runs: { first: number; members: Input[] }[] = [];
  for (const [g, input] of inputs.entries()) {
    const last = runs.at(-1);
    if (last && 'frames' in last.members[0] === 'frames' in input) last.members.push(input);
    else runs.push({ first: g, members: [input] });
  }
  return runs;
}
