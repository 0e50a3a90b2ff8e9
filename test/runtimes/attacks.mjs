/** Hostile files for the page: broken, with false sizes, or with markup. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from './install.mjs';

const { encodeModel, images, network, train } = await import('../../dist/src/index.js');

/** Markup with scripts that must never run. */
export const markup = '<img src=x onerror="window.isAttacked=1"><script>window.isAttacked=1</script>';

function safetensors(head) {
  const text = Buffer.from(head);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

/** Models that are cut short or deeply nested, or that have unexpected JSON or markup as names. */
export const models = [
  readFileSync(join(root, 'models/tiny.safetensors')).subarray(0, 5000),
  safetensors('['.repeat(100_000)),
  safetensors(`{"__metadata__":{"network":"${'{\\"a\\":'.repeat(20_000)}"}}`),
  safetensors(JSON.stringify({ __metadata__: { network: JSON.stringify({ name: markup, layers: {} }) } })),
  safetensors(JSON.stringify({ [markup]: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } })),
  safetensors('null'),
  gzipSync(Buffer.alloc(50_000_000)),
];

/** Hostile arrays and pictures. */
export const arrays = [
  gzipSync(
    Buffer.concat([Buffer.from([0, 0, 8, 3, 0, 0, 0, 100, 0, 0, 0, 28, 0, 0, 0, 28]), Buffer.alloc(3e8)]),
  ),
  Buffer.from([0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 0, 28, 0, 0, 0, 28]),
  Buffer.from(markup),
];

/** A valid model with the given name. */
export async function markedModel(name) {
  const shape = { channels: 1, height: 28, width: 28 };
  const layers = [{ kind: 'linear', units: 10 }];
  const net = network({ name, input: shape, timeWindow: 8, threshold: 1, leak: 1, layers });
  const data = images('two', shape, new Uint8Array(2 * 784).fill(9), [0, 1]);
  for await (const step of train(net, data, { epochs: 1 })) void step;
  return Buffer.from(encodeModel({ net, epochs: [] }));
}
