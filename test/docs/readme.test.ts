/** README and the documents are true: their code runs, their tables equal the command's, and their links work. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it, test } from 'vitest';
import { drawings } from '../../docs/drawings.mjs';
import { figuresTable } from '../../docs/figures.mjs';
import { readRunFile } from '../../src/command/run/kept.ts';
import * as library from '../../src/index.ts';
import * as infer from '../../src/infer.ts';
import { writePng } from '../../src/formats/png.ts';
import * as png from '../../src/png.ts';
import { version } from '../../src/version.ts';
import { nirNetworkChoices, nirNeuronChoices } from '../../spec/nirConventions.ts';
import { asfbp, fresh } from '../command/command.ts';

const root = new URL('../../', import.meta.url);
const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const readme = text('README.md');
const guide = text('docs/library.md');
/** The fenced blocks of a document in some languages. The language '' stands for blocks without a language. */
const blocksOf = (path: string, ...languages: string[]): string[] =>
  [...text(path).matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
    .filter(([, language]) => languages.includes(language!))
    .map(([, , code]) => code!);
const block = (language: string): string => blocksOf('docs/library.md', language)[0]!;
const bytesOf = (path: string): Uint8Array => readFileSync(new URL(path, root));

/** Draws forty pictures per class, 12 × 12 pixels, with the shape in 16 places. */
function drawShapes(folder: string): void {
  const shapes: Record<string, (x: number, y: number) => boolean> = {
    bar: (_, y) => y === 3 || y === 4,
    cross: (x, y) => x === 3 || y === 3,
    dots: (x, y) => x % 3 === 0 && y % 3 === 0,
    ring: (x, y) => x === 0 || y === 0 || x === 7 || y === 7,
  };
  for (const [name, isInk] of Object.entries(shapes)) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let k = 0; k < 40; k++) {
      const pixels = Uint8Array.from({ length: 144 }, (_, place) => {
        const [x, y] = [(place % 12) - (k % 4), Math.floor(place / 12) - (Math.floor(k / 4) % 4)];
        return Math.min(x, y) >= 0 && Math.max(x, y) < 8 && isInk(x, y) ? 255 - 3 * k : 0;
      });
      writeFileSync(join(folder, name, `${k}.png`), writePng(12, 12, pixels));
    }
  }
}

/** The packages that a file of `dist` imports, for the import map of a page. */
function bareImports(path: string, seen = new Set<string>()): Set<string> {
  const names = new Set<string>();
  if (seen.has(path)) return names;
  seen.add(path);
  for (const [, from] of text(path).matchAll(/^import [^"]*"([^"]+)";$/gm)) {
    if (!from!.startsWith('.')) names.add(from!);
    else for (const name of bareImports(posix.join(posix.dirname(path), from!), seen)) names.add(name);
  }
  return names;
}

test('docs/library.md has the import map that a page needs without a bundler', () => {
  const { imports } = JSON.parse(block('html').replaceAll(/<.*>/g, '')) as {
    imports: Record<string, string>;
  };
  const inPackage = (name: string) => imports[name]!.replace('./node_modules/asf-bp/', '');
  expect(Object.keys(imports)).toEqual(['asf-bp/infer', '#infer', 'asf-bp/models/tiny', '#tiny']);
  for (const name of Object.keys(imports))
    for (const needed of bareImports(inPackage(name))) expect(Object.keys(imports), name).toContain(needed);
  expect([...bareImports(inPackage('asf-bp/models/tiny'))].sort()).toEqual(['#infer', '#tiny']);
});

describe('README', () => {
  it('has the figures that kept results and benchmarks have', () => {
    const [, table] = readme.match(/<!-- figures -->\n\n([^]*)\n\n<!-- \/figures -->/) ?? [];
    expect(table, 'npm run docs tables rewrites it').toBe(figuresTable());
  });

  it('prints what docs/library.md and docs/surrogates.md print, which tests run', () => {
    const shown = (block('console') + blocksOf('docs/surrogates.md', '').join('')).replaceAll(/\n */g, ' ');
    const lines = blocksOf('README.md', 'console', '').join('').trimEnd().split('\n');
    expect(lines.filter((line) => !shown.includes(line))).toEqual([]);
  });

  it.each(Object.entries(drawings))('shows %s as it is drawn now', (path, draw) => {
    expect(readme).toContain(`(${path})`);
    expect(text(path), 'npm run docs pictures draws it again').toBe(draw());
  });

  it('has a moving picture of at most 400 KB that claims what the results give', () => {
    const [, least, most] = figuresTable().match(/(\d+)\sto\s(\d+)\s×/)!;
    const claim = `${least} to ${most} times as fast`;
    expect(text('docs/page.webp.txt'), 'npm run docs pictures').toContain(claim);
    const picture = readFileSync(new URL('docs/page.webp', root));
    expect(picture.length).toBeLessThanOrEqual(400_000);
    expect(picture.toString('latin1').split('ANMF').length).toBeGreaterThan(20);
  });
});

describe('code of the documents runs', () => {
  const { resolve } = createRequire(new URL('package.json', root));
  const of = (shape: number[], data: number[]) => ({ shape, data: Float64Array.from(data) });
  const [pixels, labels] = [Uint8Array.from({ length: 4 * 784 }, (_, i) => (i * 89) % 256), [0, 1, 2, 3]];
  const images = { bytes: pixels, labels, otherBytes: pixels, otherLabels: labels };
  /** The variables that the code blocks of each document expect. */
  const supplied: Record<string, object> = {
    'README.md': {},
    'docs/library.md': {
      ...images,
      file: bytesOf('models/tiny.safetensors'),
      image: pixels.subarray(0, 784),
      strokes: [[[0, 0]]],
      console: { log: () => {} },
    },
    'docs/nir.md': { bytes: bytesOf('test/fixtures/nir/cnn_sinabs.nir'), frames: new Uint8Array(231_200) },
    'docs/oracle-reference.md': {
      network: JSON.parse(blocksOf('docs/oracle-reference.md', 'json')[0]!).network,
      arrays: {
        'input.spikes': of([2, 1, 1, 1, 2], [1, 0, 1, 1]),
        'layer1.weight': of([2, 2], [0.5, 0.25, 1, 0]),
        'layer1.FI': of([1, 2], [1.25, 2]),
      },
    },
  };
  const all = Object.keys(supplied).flatMap((path) =>
    blocksOf(path, 'js', 'ts').map((code, k) => [path, k + 1, code] as const),
  );
  const programs = all.filter(([, , code]) => !code.includes('addEventListener')); // the next test runs the Worker

  it.each(programs)('%s, block %i', { timeout: 60_000 }, async (path, _, code) => {
    const given = { ...supplied[path], load: (name: string) => import(resolve(name)) };
    const body = code.replaceAll(/^import (.*) from '(.*)';$/gm, "const $1 = await load('$2');");
    // The code is in a block, because it may declare a supplied name itself.
    await new AsyncFunction(...Object.keys(given), `{${body}}`)(...Object.values(given));
  });
});

describe('docs/library.md and docs/command.md', () => {
  it('show what own pictures print, and a Worker that answers as the command does', async () => {
    const cwd = fresh('documented');
    drawShapes(join(cwd, 'shapes'));
    const said = block('console');
    const [asked, answered] = Array.from(said.matchAll(/^\$ npx asf-bp (.*)$/gm), ([, args]) =>
      args!.split(' '),
    );
    const trained = await asfbp(asked!, cwd);
    const { out } = await asfbp(answered!, cwd);
    // Three dots stand for omitted output.
    const lines = said.replaceAll(/^\$ .*\n/gm, '').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    expect(trained.out + out).toMatch(new RegExp(`^${lines.trimEnd().replaceAll(/…\n?/g, '[^]*')}$`));

    const [, worker] = guide.match(/```ts\n(import \{ loadModel[^]*?)```/)!;
    const code = ts.transpileModule(worker!.replaceAll(/^import .*\n/gm, ''), {
      compilerOptions: { target: ts.ScriptTarget.ES2022 },
    }).outputText;
    const given = {
      ...infer,
      ...png,
      fetch: async (name: string) => new Response(readFileSync(join(cwd, 'runs/shapes', name))),
      addEventListener: (_: string, answer: (event: object) => Promise<void>) => {
        answering = answer({ data: imageData });
      },
      postMessage: (answer: object) => void answers.push(answer),
    };
    const answers: object[] = [];
    let answering: Promise<void> | undefined;
    const imageData = png.readPng(readFileSync(join(cwd, 'shapes/cross/7.png')));
    await new AsyncFunction(...Object.keys(given), code)(...Object.values(given));
    await answering;
    expect(answers).toEqual([{ name: 'cross', isSure: true }]);
  });

  it('show a network that the library takes', () => {
    const net = library.network(JSON.parse(block('json')));
    expect(net.plan.layers.map(({ kind }) => kind.name)).toEqual(['convolution', 'averagePool', 'linear']);
  });
});

describe('the documents', () => {
  it('copy files that a clone has', () => {
    const copied = ['README.md', 'docs/oracle.md', 'docs/nir.md', 'docs/surrogates.md'].flatMap((path) =>
      [...text(path).matchAll(/node_modules\/asf-bp\/([\w./-]+)/g)].map(([, file]) => file),
    );
    expect(copied.length).toBeGreaterThan(1);
    expect(copied.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  });

  it('docs/oracle.md shows what `check` prints of the file that comes along', async () => {
    const [, shown] = text('docs/oracle.md').match(/<!-- check step.npz -->\n\n```\n([^]*?)```/)!;
    const folder = fileURLToPath(new URL('examples/oracle/', root));
    const { out } = await asfbp(['check', 'step.npz'], folder);
    const withoutTime = (printed: string): string => printed.replace(/^[\d.]+ (?:min|s).*\n$/m, '');
    expect(withoutTime(shown!)).toBe(withoutTime(out));
  });

  it('docs/nir.md shows what its commands print, and has each choice in its legend', async () => {
    const page = text('docs/nir.md');
    for (const command of [/npx asf-bp (check test\/.*)\n/, /npx asf-bp (oracle run --graph test\/.*)\n/]) {
      const [, args] = command.exec(page)!;
      const { out } = await asfbp(args.split(' '), fileURLToPath(root));
      expect(page).toContain(`\`\`\`\n${out}\`\`\``);
    }
    for (const [choice, answers] of Object.entries({ ...nirNeuronChoices, ...nirNetworkChoices })) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${choice}\` |`));
      for (const answer of answers) expect(row, choice).toContain(`\`${answer}\``);
    }
  });

  it('docs/paper.md has the accuracy and the digest of each kept run', () => {
    const [, table] = text('docs/paper.md').match(/<!-- kept -->\n\n([^]*)\n\n<!-- \/kept -->/)!;
    const files = readdirSync(new URL('results/', root)).filter((name) => name.endsWith('.jsonl'));
    const rows = table.split('\n').slice(2);
    expect(rows, 'npm run docs tables rewrites it').toHaveLength(files.length);
    for (const name of files) {
      const { accuracy, digest } = readRunFile(readFileSync(new URL(`results/${name}`, root)), name);
      const row = rows.find((cells) => cells.includes(`(../results/${name})`));
      expect(row, 'npm run docs tables rewrites it').toContain(`${(100 * accuracy).toFixed(2)} %`);
      expect(row, 'npm run docs tables rewrites it').toContain(digest.slice(0, 12));
    }
  });

  it('spec/README.md begins with a program that prints what it says', async () => {
    const [code] = blocksOf('spec/README.md', 'js');
    const body = code!.replaceAll(/^import (.*) from '(.*)';$/gm, "const $1 = await load('$2');");
    const load = (path: string) => import(fileURLToPath(new URL(path, root)));
    const said: string[] = [];
    const run = new AsyncFunction('load', 'console', body);
    await run(load, { log: (line: string) => said.push(line) });
    expect(code).toMatch(/; \/\/ .*\n$/);
    expect(code).toContain(`// ${said.join()}\n`);
  });
});

test('the package has no dependencies and one version', () => {
  const { dependencies, version: packaged, imports } = JSON.parse(text('package.json'));
  expect(dependencies).toBeUndefined();
  expect(version).toBe(packaged);
  expect(imports['#wasm'].default).toBe('./dist/wasm/core.inline.js');
});
