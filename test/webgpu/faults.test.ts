/** A GPU fault gives one line, exit code 2 and a readable checkpoint. A device that is lost once is replaced. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DeviceLost } from '../../src/backend/webgpu/errors.ts';
import type { NetworkFile } from '../../src/network/models.ts';
import {
  digest,
  network as networkOf,
  type NetworkOptions,
  type SpikingNetwork,
} from '../../src/network/network.ts';
import { images } from '../../src/data/dataset.ts';
import { evaluate } from '../../src/train/evaluate.ts';
import { train } from '../../src/train/train.ts';
import {
  asfbp,
  checkpointOf,
  fresh,
  linesOf,
  namesIn,
  refusalOf,
  start,
  type Outcome,
} from '../processes/process.ts';
import { pictureOf, side, smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';
import { countBuffers, ownDevice } from './device.ts';

/** The folder that has the package `webgpu`. */
const here = fileURLToPath(new URL('.', import.meta.url));
const dataset = writeDataset('small', 24, 8);
const model = writeNetwork('small', smallNetwork);
const args = ['--dataset', dataset, '--model', model, '--batch', '8', '--epochs', '2', '--json'];

/** Trains on a device with a fault from `fault.mjs`. */
async function trainWith(FAULT: string, out: string, backend = 'webgpu'): Promise<Outcome> {
  const env = { FAULT, NODE_OPTIONS: '--import ./fault.mjs' };
  const command = ['train', ...args, '--backend', backend, '--out', out];
  const outcome = await start(command, { cwd: here, env }).ended;
  // Dawn prints warnings about lavapipe.
  return { ...outcome, err: outcome.err.replace(/^Warning: max.*\n/gm, '') };
}

const small = (options?: NetworkOptions): SpikingNetwork => networkOf(smallNetwork as NetworkFile, options);
const digestIn = (outcome: Outcome): string => linesOf(outcome).at(-1)!['digest'] as string;
const expected = digestIn(await asfbp(['train', ...args, '--out', fresh()]));

/** A submission in the second epoch, or in the evaluation before it. */
const lateSubmit = 30;

const [refused, full] = [
  /^webgpu: the device refused a command: .+; take --backend wasm, and report this line$/,
  /^webgpu: the device has no memory left; take a smaller batch or a shorter window$/,
];

describe('a fault before anything is written', () => {
  test.each([
    ['adapter', /^train: "backend" expected a GPU that WebGPU can use, got none; install a driver .*$/],
    ['denied', /^train: "backend" expected a device of the GPU, got none: .*limit.*; take backend wasm$/],
    ['shader', /^train: the shader of \w+ does not compile here: line \d+, .*: .*itemOf.*; take/],
    ['validation:3', refused],
    ['memory:3', full],
  ])('%s is one line', async (fault, line) => {
    const out = fresh();
    expect(refusalOf(await trainWith(fault, out))).toMatch(line);
    expect(namesIn(out)).toEqual([]);
  });

  test('the package that is missing is named', async () => {
    const out = fresh();
    const outcome = await asfbp(['train', ...args, '--backend', 'webgpu', '--out', out]);
    expect(refusalOf(outcome)).toBe('train: "backend" expected the package webgpu, got none; npm i webgpu');
    expect(namesIn(out)).toEqual([]);
  });

  test.each(['stbp', 'lee'])('rule %s', async (rule) => {
    const out = fresh();
    const command = ['train', ...args, '--rule', rule, '--backend', 'webgpu', '--out', out];
    expect(refusalOf(await start(command, { cwd: here }).ended)).toBe(
      `train: "--rule" expected asf with --backend webgpu, got ${rule}; use --backend wasm`,
    );
    expect(namesIn(out)).toEqual([]);
  });

  test('no driver is no adapter', async () => {
    const env = { VK_DRIVER_FILES: '/nowhere.json', VK_ICD_FILENAMES: '/nowhere.json' };
    const { code, err } = await start(['train', ...args, '--backend', 'webgpu'], { cwd: here, env }).ended;
    expect(code).toBe(2);
    // The Vulkan loader prints other lines before this one.
    expect(err.trimEnd().split('\n').at(-1)).toMatch(/^train: "backend" expected a GPU .* install a driver/);
  });
});

describe('a fault in the middle', () => {
  test.each([
    [`validation:${lateSubmit}`, refused],
    [`memory:${lateSubmit}`, full],
    [`gone:${lateSubmit}`, /^train: "backend" expected a GPU that WebGPU can use, got none/],
  ])('%s ends the run, and its checkpoint goes on to the same bits', async (fault, line) => {
    const out = fresh();
    const { code, err } = await trainWith(fault, out);
    expect(code, err).toBe(2);
    const lines = err.trimEnd().split('\n');
    expect(lines).toHaveLength(fault.startsWith('gone') ? 2 : 1);
    expect(lines.at(-1)).toMatch(line);
    expect(checkpointOf(out).training!.state.epoch).toBe(1);
    expect(digestIn(await asfbp(['train', ...args, '--out', out, '--resume']))).toBe(expected);
  });

  test.each([`lost:3`, `lost:${lateSubmit}`])('%s: goes on once, to the same bits', async (fault) => {
    const out = fresh();
    const outcome = await trainWith(fault, out);
    expect(digestIn(outcome)).toBe(expected);
    const from = fault === 'lost:3' ? 'the beginning' : 'the checkpoint after epoch 1';
    expect(outcome.err).toBe(
      `webgpu: the device was lost (destroyed: device was destroyed); resuming once from ${from} with a new device\n`,
    );
    expect(linesOf(outcome).map(({ epoch }) => epoch)).toEqual([1, 2, undefined]);
  });

  test('a device that is lost again ends the run, and its checkpoint goes on to the same bits', async () => {
    const out = fresh();
    const { code, err } = await trainWith(`lost:${lateSubmit}:always`, out);
    expect(code).toBe(2);
    const lines = err.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^webgpu: the device was lost \(.*\) for the second time; .*--resume/);
    expect(checkpointOf(out).training!.state.epoch).toBe(1);
    expect(digestIn(await asfbp(['train', ...args, '--out', out, '--resume']))).toBe(expected);
  });
});

describe('auto', () => {
  test('takes wasm where the GPU is a CPU, and says so', async () => {
    const outcome = await trainWith('', fresh(), 'auto');
    expect(outcome.err).toMatch(/^backend auto: wasm, since the only GPU is a software renderer, .+\n$/);
    expect(digestIn(outcome)).toBe(expected);
  });

  test('takes a GPU that is there, and says so', async () => {
    const outcome = await trainWith('gpu', fresh(), 'auto');
    expect(outcome.err).toBe('backend auto: webgpu, since there is a pretended GPU\n');
    expect(digestIn(outcome)).toBe(expected);
  });

  test('takes wasm where the package is missing, and says so', async () => {
    const outcome = await asfbp(['train', ...args, '--backend', 'auto', '--out', fresh()]);
    expect(outcome.err).toMatch(/^backend auto: wasm, since .*package webgpu, got none; npm i webgpu\n$/);
    expect(digestIn(outcome)).toBe(expected);
  });
});

describe('in a program', () => {
  const data = (() => {
    const pictures = Array.from({ length: 16 }, (_, k) => pictureOf(k));
    const pixels = Uint8Array.from(pictures.flatMap((picture) => [...picture.pixels]));
    const shape = { channels: 1, height: side, width: side };
    return images(
      'small',
      shape,
      pixels,
      Uint8Array.from(pictures, ({ label }) => label),
    );
  })();
  const settings = { seed: 3, epochs: 1, batch: 4 };

  test('a device of the caller is used, and stays', async () => {
    const device = await ownDevice();
    const counts = countBuffers(device);
    const [gpu, cpu] = [small(), small()];
    for await (const _ of train(gpu, data, { ...settings, device }));
    for await (const _ of train(cpu, data, settings));
    expect(await digest(gpu.weights!)).toBe(await digest(cpu.weights!));
    expect(await evaluate(gpu, data, { device })).toEqual(await evaluate(cpu, data));
    expect(counts.made).toBeGreaterThan(0);
    expect(counts.live).toBe(0);
    device.destroy();
    expect((await device.lost).reason).toBe('destroyed');
  });

  test('a device that is lost rejects with its reason', async () => {
    const device = await ownDevice();
    const net = small();
    const run = async (): Promise<void> => {
      for await (const { batch } of train(net, data, { ...settings, device }))
        if (batch === 1) device.destroy();
    };
    const error = await run().then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(DeviceLost);
    expect((error as DeviceLost).cause).toMatchObject({ reason: 'destroyed' });
  });

  test('what is no device, and rules that go back through time, are refused', async () => {
    const device = await ownDevice();
    const begin = (net: SpikingNetwork, options: object): Promise<unknown> =>
      train(net, data, { ...settings, ...options }).next();
    await expect(begin(small(), { device: {} })).rejects.toThrow('"device" expected a GPUDevice, got {}');
    await expect(begin(small(), { device, backend: 'wasm' })).rejects.toThrow(
      'train: "device" expected backend webgpu, got backend wasm',
    );
    const lee = small({ rule: 'lee' });
    await expect(begin(lee, { device })).rejects.toThrow(
      'train: "rule" expected asf with the webgpu backend, got lee; take backend wasm',
    );
    device.destroy();
  });
});
