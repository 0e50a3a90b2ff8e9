/** The bundle contains the licences of its libraries, and no files of an earlier build. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { namesIn } from './place.ts';

const root = new URL('../../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const chunks = namesIn(fileURLToPath(new URL('dist/asf-bp', root)));
const modules = [read('dist/asf-bp.js'), ...chunks.map((name) => read(`dist/asf-bp/${name}`))];
const notices = read('dist/THIRD-PARTY-NOTICES');

/** The folders of the bundled packages, from the bundler's comments. */
const taken = /^\s*\/\/ ((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/\n]+)\//gm;
const folders = [
  ...new Set(modules.flatMap((text) => Array.from(text.matchAll(taken), ([, folder]) => folder!))),
];

const packages = folders.map((folder) => ({
  folder,
  ...(JSON.parse(read(`${folder}/package.json`)) as { name: string; version: string }),
}));

test('libraries for a picture, the command line and the terminal are bundled, and more', () => {
  expect(packages.length).toBeGreaterThan(20);
  const names = packages.map(({ name }) => name);
  const used = ['vega', 'vega-lite', 'd3-array', 'commander', 'log-update', 'fast-png', 'fflate'];
  expect(names).toEqual(expect.arrayContaining(used));
});

test.each(packages)('the notices have the licence of $name $version', ({ folder, name, version }) => {
  const part = notices.split(/^-{80}$/m).find((text) => text.includes(`\n${name} ${version}, `));
  expect(part).toMatch(/copyright[^]*permi(ssion|tted)|permi(ssion|tted)[^]*copyright/i);
  const licence = readdirSync(new URL(folder, root)).find((file) => /^licen[cs]e/i.test(file))!;
  expect(part).toContain(read(`${folder}/${licence}`).replaceAll('\r\n', '\n').trim());
});

test('the notices and the list for audits have each library once, and nothing else', () => {
  const expected = packages.map(({ name, version }) => `${name} ${version}`).sort();
  const heads = notices.matchAll(/^(@?[\w./-]+ \d[\w.-]*), [\w() .-]+, https?:/gm);
  expect(Array.from(heads, ([, head]) => head!).sort()).toEqual(expected);
  const { bomFormat, components } = JSON.parse(read('dist/asf-bp.cdx.json')) as {
    bomFormat: string;
    components: { name: string; version: string; purl: string }[];
  };
  expect(bomFormat).toBe('CycloneDX');
  expect(components.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(expected);
  for (const { name, version, purl } of components)
    expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`);
});

test('no chunk is there that nothing imports', () => {
  const imported = modules.flatMap((text) =>
    Array.from(text.matchAll(/["']\.\/(?:asf-bp\/)?([\w-]+\.js)["']/g), ([, name]) => name!),
  );
  expect(chunks.filter((name) => !imported.includes(name))).toEqual([]);
});

test('Vega is loaded where a figure is drawn, not with the program', () => {
  const drawing = ['asf-bp.js', ...chunks].filter((_, k) => modules[k]!.includes('vega'));
  expect(drawing).toEqual([expect.stringMatching(/^figure-\w+\.js$/)]);
  const [figure] = drawing;
  // All mentions are in an `import()`.
  const mentions = modules.flatMap((text) => text.split('\n').filter((line) => line.includes(figure!)));
  expect(mentions.length).toBeGreaterThan(0);
  for (const line of mentions) expect(line).toContain(`import("./${figure}")`);
});

test('the package has the command, its chunks and the notices', () => {
  const pack = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const packed = execFileSync('npm', pack, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ files }] = JSON.parse(packed.toString()) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  const built = [
    'THIRD-PARTY-NOTICES',
    'asf-bp.cdx.json',
    'asf-bp.js',
    ...chunks.map((name) => `asf-bp/${name}`),
  ];
  expect(paths).toEqual(expect.arrayContaining(['LICENSE', ...built.map((name) => `dist/${name}`)]));
  expect(paths.filter((path) => /^(node_modules|dist\/src\/command)/.test(path))).toEqual([]);
});
