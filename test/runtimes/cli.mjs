/** A runtime with files: Node, Deno, Bun. `cli.mjs cold` or `cli.mjs learn`, one JSON line on standard output. */
import { readFileSync } from 'node:fs';

const read = (name) => new Uint8Array(readFileSync(new URL(name, import.meta.url)));
const [bytes, model] = [read('digits.bin'), read('model.safetensors')];
if (process.argv[2] === 'cold') {
  const began = performance.now();
  const { loadModel, predict } = await import('asf-bp/infer');
  const net = loadModel(model);
  const image = bytes.subarray(0, 784);
  predict(net, image);
  const cold = performance.now() - began;
  let own = Infinity;
  for (let k = 0; k < 10; k++) {
    const from = performance.now();
    predict(net, image);
    own = Math.min(own, performance.now() - from);
  }
  console.log(JSON.stringify({ cold: cold - own }));
} else {
  const { learn } = await import('./program.mjs');
  const began = performance.now();
  const found = await learn(bytes);
  console.log(JSON.stringify({ ...found, seconds: (performance.now() - began) / 1000 }));
}
