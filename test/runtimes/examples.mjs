/**
 * Runs the examples as users do: the digits handler in workerd and the edge runtime, a NIR graph in workerd, and the training in
 * Node, Deno and Bun.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { here, root } from './install.mjs';
import { edgeRuntime, withPage, workerd } from './servers.mjs';

/** Sends requests to the handler, and throws if an answer is not as the example promises. `at` precedes the paths. */
async function askDigits(fetchFrom, digits, at = '') {
  const post = async (path, body, type = 'application/octet-stream') => {
    const init = { method: 'POST', body, headers: { 'content-type': type } };
    const response = await fetchFrom(`http://localhost${at}${path}`, init);
    return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
  };
  const json = ({ bytes }) => JSON.parse(new TextDecoder().decode(bytes));
  const expect = (what, found, wanted) => {
    if (found !== wanted) throw new Error(`${what}: expected ${wanted}, got ${found}`);
  };
  const digit = digits.subarray(0, 784);
  const first = await post('/predict', digit);
  expect('a digit', first.status, 200);
  expect('its class', json(first).label, digits[512 * 784]);
  const png = readFileSync(join(root, 'examples/edge/digit.png'));
  expect('a picture', (await post('/predict', png, 'image/png')).status, 200);
  const samples = new Uint8Array(20 * 785);
  for (let k = 0; k < 20; k++) {
    samples.set(digits.subarray(k * 784, (k + 1) * 784), k * 785);
    samples[k * 785 + 784] = digits[512 * 784 + k];
  }
  const began = performance.now();
  const learnt = await post('/learn', samples);
  const ms = performance.now() - began;
  expect('20 digits to learn', learnt.status, 200);
  const many = await Promise.all(Array.from({ length: 1000 }, () => post('/predict', digit)));
  for (const each of many) expect('one of 1,000', JSON.stringify(json(each)), JSON.stringify(json(first)));
  return `learnt 20 digits in ${ms.toFixed(0)} ms, model ${learnt.bytes.length} bytes, 1,000 answers alike`;
}

const digitsOf = (place) => new Uint8Array(readFileSync(join(place, 'digits.bin')));
const nodePaths = [join(root, 'node_modules')];

function copied(place, name) {
  cpSync(join(root, 'examples', name), join(place, name), { recursive: true });
}

export async function digitsInWorkerd(place) {
  copied(place, 'edge');
  return workerd(
    place,
    'edge/worker.mjs',
    (worker) => askDigits((...request) => worker.dispatchFetch(...request), digitsOf(place)),
    nodePaths,
  );
}

/** Sends a request to a Worker that has a model or graph. Throws if the answer differs from Node's. */
async function askNetwork(place, name, file, entry, [path, body, words]) {
  copied(place, 'edge');
  cpSync(file, join(place, 'edge', name));
  const init = { method: 'POST', body, headers: { 'content-type': 'application/octet-stream' } };
  const ask = async (worker) => (await worker.dispatchFetch(`http://localhost/${path}`, init)).text();
  const found = await workerd(place, `edge/${entry}`, ask, nodePaths);
  if (found !== JSON.stringify(words)) throw new Error(`${path}: expected what Node answers, got ${found}`);
}

/** Sends an image to the Worker with a model. Class and potentials must equal Node's. */
export async function modelInWorkerd(place) {
  const file = join(root, 'models/tiny.safetensors');
  const { loadModel, predict } = await import('../../dist/lib/infer.js');
  const image = digitsOf(place).subarray(0, 784);
  const { label, second, lead, isSure, potentials } = predict(loadModel(readFileSync(file)), image);
  const said = { label, second, lead, isSure, potentials: [...potentials] };
  await askNetwork(place, 'model.safetensors', file, 'model.mjs', ['predict', image, said]);
  return `a model beside the Worker, class ${label} and the potentials of Node`;
}

/** Sends frames of a recording to the Worker with a NIR graph. Class and potentials must equal Node's. */
export async function graphInWorkerd(place) {
  const file = join(root, 'test/fixtures/nir/cnn_sinabs.nir');
  const { importNIR } = await import('../../dist/lib/nir.js');
  const { predict } = await import('../../dist/lib/infer.js');
  const net = await importNIR(readFileSync(file), { as: 'norse', timeWindow: 30 });
  const frames = Uint8Array.from({ length: 30 * 2 * 34 * 34 }, (_, k) => (k % 7 === 0 ? k % 3 : 0));
  const { label, potentials } = predict(net, { frames });
  const said = { label, potentials: [...potentials] };
  await askNetwork(place, 'graph.nir', file, 'graph.mjs', ['frames', frames, said]);
  return `30 frames of a NIR graph, class ${label} and the potentials of Node`;
}

export async function digitsInEdgeRuntime(place) {
  copied(place, 'edge');
  writeFileSync(
    join(place, 'edge/entry.mjs'),
    `import handle from './api/digits.mjs';\naddEventListener('fetch', (event) => event.respondWith(handle(event.request)));\n`,
  );
  const runtime = await edgeRuntime(place, 'edge/entry.mjs', nodePaths);
  return askDigits((...request) => runtime.dispatchFetch(...request), digitsOf(place), '/api/digits');
}

/** A 4 in two strokes, in the units of the page's pad. */
const four = [
  [
    [100, 50],
    [70, 150],
    [210, 150],
  ],
  [
    [170, 40],
    [160, 240],
  ],
];

/** Draws strokes with the mouse on a canvas that has a border. */
async function drawOn(page, id, strokes) {
  const [left, top] = await page.locator(id).evaluate((canvas) => {
    const { x, y } = canvas.getBoundingClientRect();
    return [x + canvas.clientLeft, y + canvas.clientTop];
  });
  for (const [[x, y], ...rest] of strokes) {
    await page.mouse.move(left + x, top + y);
    await page.mouse.down();
    for (const point of rest) await page.mouse.move(left + point[0], top + point[1]);
    await page.mouse.up();
  }
}

/** Whether the pad has ink. This function runs in the page. */
function isInked() {
  const pad = document.getElementById('pad');
  return pad
    .getContext('2d')
    .getImageData(0, 0, pad.width, pad.height)
    .data.some((value) => value > 0);
}

/**
 * Tests the pages that Vite and esbuild bundle. Each page must give Node's answers for a drawn digit and a digit from a file.
 * It must also learn another name for the digit in the file.
 */
export async function bundledAlike(place, chromium) {
  copied(place, 'bundlers');
  const at = join(place, 'bundlers');
  const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
  const { session } = await import('../../dist/lib/infer.js');
  const { digitFromStrokes, digitOf, lead, tiny } = await import('../../dist/lib/models/tiny.js');
  const { decode } = await import('fast-png');
  const png = join(root, 'examples/edge/digit.png');
  const wordsOf = (digit) => {
    const { label, steps } = session(tiny()).decide(digit, { lead });
    return `${label} after ${steps} steps`;
  };
  const expected = wordsOf(digitOf(decode(readFileSync(png))));
  const ofStrokes = wordsOf(digitFromStrokes(four, 16));
  if (!ofStrokes.startsWith('4 ')) throw new Error(`a drawn 4: expected 4, got ${ofStrokes}`);
  for (const bundler of ['vite', 'esbuild']) {
    rmSync(join(at, 'dist'), { recursive: true, force: true });
    execFileSync('npm', ['run', bundler], { cwd: at, env, stdio: 'pipe' });
    const said = await withPage(
      join(at, 'dist'),
      chromium,
      {},
      async (page) => {
        const answer = () => page.locator('#answer').textContent();
        const until = (text) =>
          page.waitForFunction(
            (wanted) => document.getElementById('answer').textContent.startsWith(wanted),
            text,
            {
              timeout: 60_000,
            },
          );
        await drawOn(page, '#pad', four);
        await until(ofStrokes);
        await page.click('#clear');
        await until('no digit yet');
        await page.mouse.click(100, 100);
        if (!(await page.evaluate(isInked))) throw new Error(`${bundler}: expected the ink of a dot`);
        await page.click('#clear');
        if (await page.evaluate(isInked)) throw new Error(`${bundler}: expected an empty pad`);
        await page.setInputFiles('#file', join(at, 'package.json'));
        await until('expected a picture, got package.json');
        await page.setInputFiles('#file', png);
        await until(`${expected[0]} `);
        const read = await answer();
        await page.fill('#teach', '9');
        await page.press('#teach', 'Enter');
        await until('9 ');
        return { read };
      },
      { first: 'index.html' },
    );
    if (said.read !== expected) throw new Error(`${bundler}: expected ${expected}, got ${said.read}`);
  }
  return `Vite and esbuild: drawn ${ofStrokes}, in a file ${expected}, and 9 once it is told so`;
}

/** Runs the same training in three runtimes, which must write the same model bytes. */
export async function trainedAlike(place) {
  copied(place, 'train');
  cpSync(join(root, 'node_modules/fflate'), join(place, 'node_modules/fflate'), { recursive: true });
  const digits = digitsOf(place);
  const lines = Array.from({ length: 200 }, (_, k) =>
    [digits[512 * 784 + k], ...digits.subarray(k * 784, (k + 1) * 784)].join(','),
  );
  writeFileSync(join(place, 'digits.csv'), lines.join('\n'));
  const { writeNpz } = await import('../../dist/src/formats/npz.js');
  const arrays = [
    ['images', { dtype: 'U8', shape: [200, 28, 28], data: digits.slice(0, 200 * 784) }],
    ['labels', { dtype: 'I64', shape: [200], data: BigInt64Array.from(lines, (line) => BigInt(line[0])) }],
  ];
  writeFileSync(join(place, 'digits.npz'), writeNpz(arrays));
  const bin = (name) => join(here, 'node_modules/.bin', name);
  const hashes = [
    ['csv', process.execPath],
    ['npz', process.execPath],
    ['npz', bin('deno'), 'run', '-A', '--node-modules-dir=manual'],
    ['csv', bin('bun')],
  ].map(([form, file, ...args], n) => {
    const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1' };
    execFileSync(file, [...args, 'train/train.mjs', `digits.${form}`, `${n}.safetensors`], {
      cwd: place,
      env,
    });
    return createHash('sha256')
      .update(readFileSync(join(place, `${n}.safetensors`)))
      .digest('hex');
  });
  if (new Set(hashes).size !== 1) throw new Error(`models differ: ${hashes}`);
  return `one model of CSV and .npz in Node, Deno and Bun, ${hashes[0].slice(0, 16)}`;
}

/** Python reads the tiny model and predicts bit-identically. */
export async function alikeInPython(place) {
  copied(place, 'python');
  cpSync(join(root, 'models/tiny.safetensors'), join(place, 'tiny.safetensors'));
  const python = '/usr/bin/python3';
  try {
    execFileSync(python, ['-c', 'import numpy, safetensors'], { stdio: 'ignore' });
  } catch {
    const quiet = { stdio: 'ignore' };
    execFileSync('apt-get', ['update', '-qq'], quiet);
    execFileSync('apt-get', ['install', '-y', '-qq', 'python3-numpy', 'python3-safetensors'], quiet);
  }
  const packed = createRequire(join(place, 'package.json'));
  const { predict } = await import(packed.resolve('asf-bp/infer'));
  const { tiny } = await import(packed.resolve('asf-bp/models/tiny'));
  const [digits, net, count] = [digitsOf(place), tiny(), 5];
  for (let k = 0; k < count; k++) {
    const digit = digits.subarray(784 * k, 784 * (k + 1));
    writeFileSync(join(place, 'digit.bin'), digit);
    const out = execFileSync(python, ['python/predict.py', 'tiny.safetensors', 'digit.bin'], { cwd: place });
    const { label, potentials } = predict(net, digit);
    const found = JSON.parse(out.toString());
    if (JSON.stringify(found) !== JSON.stringify({ label, potentials: [...potentials] }))
      throw new Error(`digit ${k}: expected ${label} ${potentials}, got ${out}`);
  }
  return `${count} digits, the same potentials in every bit`;
}
