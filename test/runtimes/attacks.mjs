/** Files of attackers: broken, with false sizes, or with markup; for the page and a report in a browser, and the digits in workerd. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { root } from './install.mjs';

const { encodeModel, images, loadModel, network, train } = await import('../../dist/src/index.js');

/** A function that must never run. */
export const markup = '<img src=x onerror="window.isAttacked=1"><script>window.isAttacked=1</script>';

function* noise(seed) {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Copies of a file with a few bits, words or ends changed. */
export function mutants(file, count, seed) {
  const random = noise(seed);
  const below = (end) => Math.floor(random.next().value * end);
  return Array.from({ length: count }, () => {
    const bytes = Buffer.from(file);
    for (let k = below(4); k >= 0; k--) bytes[below(bytes.length)] ^= 1 << below(8);
    // The description of a file is mostly at its beginning.
    if (below(3) === 0) bytes.writeUInt32BE([0xffffffff, 0x7fffffff, 0x10000][below(3)], below(64));
    return below(4) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes;
  });
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function header(width, height) {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width);
  data.writeUInt32BE(height, 4);
  data[8] = 8;
  return chunk('IHDR', data);
}

const png = (...chunks) =>
  Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks, chunk('IEND', Buffer.alloc(0))]);
const zeros = (count) => chunk('IDAT', deflateSync(Buffer.alloc(count)));

export const digit = readFileSync(join(root, 'examples/edge/digit.png'));

/** Pictures: broken, with a second header, larger than their header says, and too large. */
export const pictures = [
  ...mutants(digit, 120, 1),
  png(header(28, 28), header(0x7fffffff, 256), zeros(28 * 29)),
  png(header(28, 28), zeros(20_000_000)),
  png(header(65535, 65535), zeros(1000)),
  png(header(4000, 65), zeros(4001 * 65)),
  png(header(28, 28)),
  png(header(0, 0), zeros(1)),
  digit.subarray(0, 8),
  Buffer.alloc(0),
  Buffer.from(markup),
];

// The model is written again with a digest, which the older bundled file lacks.
const bundled = loadModel(readFileSync(join(root, 'models/tiny.safetensors')));
const model = Buffer.from(encodeModel({ net: bundled, epochs: [] }));

function safetensors(head) {
  const text = Buffer.from(head);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

/** Models: broken, deeply nested, with any form of JSON, and with markup in place of names. */
export const models = [
  ...mutants(model, 24, 2),
  safetensors('['.repeat(100_000)),
  safetensors(`{"__metadata__":{"network":"${'{\\"a\\":'.repeat(20_000)}"}}`),
  safetensors(JSON.stringify({ __metadata__: { network: JSON.stringify({ name: markup, layers: {} }) } })),
  safetensors(JSON.stringify({ [markup]: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } })),
  safetensors('null'),
  gzipSync(Buffer.alloc(50_000_000)),
];

/** Arrays and pictures of a visitor. */
export const arrays = [
  gzipSync(
    Buffer.concat([Buffer.from([0, 0, 8, 3, 0, 0, 0, 100, 0, 0, 0, 28, 0, 0, 0, 28]), Buffer.alloc(3e8)]),
  ),
  Buffer.from([0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 0, 28, 0, 0, 0, 28]),
  Buffer.from(markup),
];

/** A valid model with a name. */
export async function markedModel(name) {
  const shape = { channels: 1, height: 28, width: 28 };
  const layers = [{ kind: 'linear', units: 10 }];
  const net = network({ name, input: shape, timeWindow: 8, threshold: 1, leak: 1, layers });
  const data = images('two', shape, new Uint8Array(2 * 784).fill(9), [0, 1]);
  for await (const step of train(net, data, { epochs: 1 })) void step;
  return Buffer.from(encodeModel({ net, epochs: [] }));
}

const picture = (name) => `<img src=x onerror=attack('${name}')>`;
const script = (name) => `<script>attack('${name}')</script>`;

/** Texts that a browser would run if a page did not escape them, and a place for each. */
export const injections = {
  picture: [picture('picture'), (text) => text],
  script: [script('script'), (text) => text],
  drawing: [`<svg onload=attack('drawing')></svg>`, (text) => text],
  frame: [`<iframe srcdoc="<script>parent.attack('frame')</script>"></iframe>`, (text) => text],
  link: [`javascript:attack('link')`, (text) => `<a href="${text}">a link</a>`],
  quote: [`">${picture('quote')}`, (text) => `<p title="${text}"></p>`],
  apostrophe: [`'>${picture('apostrophe')}`, (text) => `<p title='${text}'></p>`],
  title: [`</title>${script('title')}`, (text) => `<title>${text}</title>`],
  style: [`</style>${script('style')}`, (text) => `<style>${text}</style>`],
  comment: [`-->${script('comment')}`, (text) => `<!-- ${text} -->`],
  label: [`</text></svg>${script('label')}`, (text) => `<svg><text>${text}</text></svg>`],
};
const texts = Object.values(injections).map(([text]) => text);
/** All texts in one, and those that are allowed in the name of a file. */
export const injected = texts.join(' ');
export const injectedName = texts.filter((text) => !text.includes('/')).join(' ');

/** A page that does not escape the texts, to show that they would run. */
export const control = `<!doctype html>${Object.values(injections)
  .map(([text, place]) => place(text))
  .join('')}`;

/** A folder of kept runs with markup wherever a run has a text: in names, command, notes, layers, and in the model of a run. */
export async function markedRuns(parent) {
  const folder = join(parent, injectedName);
  const run = join(folder, `${injectedName} of a folder`);
  mkdirSync(run, { recursive: true });
  writeFileSync(join(run, 'model.safetensors'), await markedModel(injected));
  const layers = (value) => Object.fromEntries(texts.map((text, k) => [text, k + value]));
  const epochs = [1, 2].map((epoch) => ({
    epoch,
    loss: 1 / epoch,
    accuracy: epoch / 4,
    imagesPerSecond: 1,
    spikeRates: layers(epoch),
    S: layers(epoch),
  }));
  const head = { command: injected, model: injected, note: injected, [injected]: injected };
  const end = { accuracy: 0.5, digest: '0'.repeat(64) };
  writeFileSync(
    join(folder, `${injectedName}.jsonl`),
    [head, ...epochs, end].map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  return folder;
}
