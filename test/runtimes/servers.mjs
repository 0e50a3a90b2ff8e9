/** Runtimes that answer requests: workerd, Vercel's edge runtime, Chromium's service worker. */
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { here } from './install.mjs';

const require = createRequire(join(here, 'package.json'));
const versionOf = (name) =>
  JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')).version;

/** Bundles an entry as a platform's users do. `wasm` resolves imports of WebAssembly modules. */
async function bundle(place, entry, conditions, wasm, { format = 'esm', nodePaths = [] } = {}) {
  const { build } = require('esbuild');
  const found = new Set();
  const plugin = {
    name: 'wasm',
    setup(bundler) {
      bundler.onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path }) => {
        const name = path.match(/(\w+)\.wasm/)[1];
        found.add(name);
        return wasm(name);
      });
      bundler.onLoad({ filter: /.*/, namespace: 'wasm' }, ({ path }) => ({
        contents: `export default ${path};`,
      }));
    },
  };
  const options = {
    bundle: true,
    minify: true,
    write: false,
    format,
    conditions,
    nodePaths,
    plugins: [plugin],
    loader: { '.nir': 'binary', '.safetensors': 'binary' },
  };
  const { outputFiles } = await build({ ...options, entryPoints: [join(place, entry)], target: 'es2022' });
  const bytes = (name) => readFileSync(join(place, `node_modules/asf-bp/dist/wasm/${name}.wasm`));
  return { text: outputFiles[0].text, modules: [...found].map((name) => [name, bytes(name)]) };
}

/** Runs an entry in workerd, and passes the Worker to `act`. */
export async function workerd(place, entry, act, nodePaths = []) {
  const { Miniflare } = require('miniflare');
  const external = (name) => ({ path: `./${name}.wasm`, external: true });
  const { text, modules } = await bundle(place, entry, ['workerd', 'worker'], external, { nodePaths });
  const worker = new Miniflare({
    compatibilityDate: '2026-01-01',
    modules: [
      { type: 'ESModule', path: 'worker.mjs', contents: text },
      ...modules.map(([name, contents]) => ({ type: 'CompiledWasm', path: `${name}.wasm`, contents })),
    ],
  });
  try {
    await worker.ready;
    return await act(worker);
  } finally {
    await worker.dispose();
  }
}

/** Runs an entry in Vercel's edge runtime. The platform compiles `?module` imports and passes them as globals. */
export async function edgeRuntime(place, entry, nodePaths = []) {
  const { EdgeRuntime } = require('edge-runtime');
  const global = (name) => ({ path: `wasm_${name}`, namespace: 'wasm' });
  const options = { format: 'iife', nodePaths };
  const { text, modules } = await bundle(place, entry, ['edge-light', 'worker'], global, options);
  const compiled = modules.map(([name, bytes]) => [`wasm_${name}`, new WebAssembly.Module(bytes)]);
  return new EdgeRuntime({
    extend: (context) => Object.assign(context, Object.fromEntries(compiled)),
    initialCode: text,
  });
}

async function asked(runtime, place, name) {
  const body = readFileSync(join(place, 'digits.bin'));
  const found = await (
    await runtime.dispatchFetch('http://localhost/learn', { method: 'POST', body })
  ).json();
  return { ...found, version: versionOf(name) };
}

export const inWorkerd = (place) =>
  workerd(place, 'workerd.entry.mjs', (worker) => asked(worker, place, 'workerd'));

export const inEdgeRuntime = async (place) =>
  asked(await edgeRuntime(place, 'edge.entry.mjs'), place, 'edge-runtime');

const types = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
};

/** Serves a folder to a browser. `extra` has further bodies by path; every response has `headers`. */
async function serve(place, extra, headers) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    try {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      const body = extra[path] ?? readFileSync(join(place, path));
      response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream');
      // Many hosts set the encoding by the file name.
      if (path.endsWith('.gz')) response.setHeader('content-encoding', 'gzip');
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

const flags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Opens a page in Chromium, and passes the page to `act`.
 *
 * @param extra bodies by path, besides the files of the folder
 */
export async function withPage(
  place,
  executablePath,
  extra,
  act,
  { first = 'page.html', headers = {}, args = [] } = {},
) {
  const { chromium } = require('playwright-core');
  const server = await serve(place, extra, headers);
  const browser = await chromium.launch({ executablePath, args: [...flags, ...args], timeout: 120_000 });
  try {
    // A context of its own lets the page open a second tab.
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(300_000);
    await page.goto(`${server.address}/${first}`, { timeout: 120_000 });
    return { ...(await act(page)), version: browser.version() };
  } finally {
    await browser.close();
    server.close();
  }
}

/** The package in a page, imported from node_modules by an import map. */
export function inPage(place, chromium) {
  return withPage(place, chromium, {}, (page) =>
    page.evaluate(async () => {
      const { learn } = await import('./program.mjs');
      return learn(new Uint8Array(await (await fetch('./digits.bin')).arrayBuffer()));
    }),
  );
}

/** The package in a bundled service worker, which answers the requests of the page. */
export async function inServiceWorker(place, chromium) {
  const { text } = await bundle(place, 'service.entry.mjs', ['browser'], () => undefined);
  return withPage(place, chromium, { '/sw.js': text }, (page) =>
    page.evaluate(async () => {
      const controlled = new Promise((resolve) =>
        navigator.serviceWorker.addEventListener('controllerchange', resolve),
      );
      await navigator.serviceWorker.register('./sw.js', { type: 'module' });
      await navigator.serviceWorker.ready;
      if (!navigator.serviceWorker.controller) await controlled;
      const body = await (await fetch('./digits.bin')).arrayBuffer();
      return (await fetch('./learn', { method: 'POST', body })).json();
    }),
  );
}
