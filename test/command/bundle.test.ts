/** The bundle has the licences of its libraries and nothing of an earlier build. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { namesIn } from './place.ts';

const root = new URL('../../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const chunks = namesIn(fileURLToPath(new URL('dist/asf-bp', root)));
const modules = [read('dist/asf-bp.js'), ...chunks.map((name) => read(`dist/asf-bp/${name}`))];
const notices = read('dist/THIRD-PARTY-NOTICES');

/** The folders of packages that the bundler says that it took a file of, in the comments that it writes. */
const folders = [
  ...new Set(
    modules.flatMap((text) =>
      Array.from(
        text.matchAll(/^\s*\/\/ ((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/\n]+)\//gm),
        ([, folder]) => folder!,
      ),
    ),
  ),
].sort();

describe('the notices of the bundle', () => {
  test('are of the libraries that are used for a picture, the command line and the terminal, and more', () => {
    expect(folders.length).toBeGreaterThan(20);
    for (const name of ['vega', 'vega-lite', 'd3-array', 'commander', 'log-update', 'fast-png', 'fflate'])
      expect(folders).toContain(`node_modules/${name}`);
  });

  test.each(folders)('have the licence of %s', (folder) => {
    const { name, version } = JSON.parse(read(`${folder}/package.json`)) as Record<string, string>;
    const part = notices.split(/^-{80}$/m).find((text) => text.includes(`\n${name} ${version}, `));
    expect(part).toMatch(/copyright/i);
    expect(part).toMatch(/permi(ssion|tted)/i);
    const licence = readdirSync(new URL(folder, root)).find((file) => /^licen[cs]e/i.test(file))!;
    expect(part).toContain(read(`${folder}/${licence}`).replaceAll('\r\n', '\n').trim());
  });

  test('are of nothing else', () => {
    const named = Array.from(
      notices.matchAll(/^(@?[\w./-]+) (\d[\w.-]*), [\w() .-]+, https?:/gm),
      ([, name]) => name!,
    );
    expect(named).toHaveLength(folders.length);
    const bundled = folders.map((folder) => folder.slice(folder.lastIndexOf('node_modules/') + 13));
    expect([...new Set(named)].sort()).toEqual([...new Set(bundled)].sort());
  });
});

test('the list for audits has each library with its version', () => {
  const { bomFormat, components } = JSON.parse(read('dist/asf-bp.cdx.json')) as {
    bomFormat: string;
    components: { name: string; version: string; purl: string }[];
  };
  expect(bomFormat).toBe('CycloneDX');
  const expected = folders.map((folder) => {
    const { name, version } = JSON.parse(read(`${folder}/package.json`)) as Record<string, string>;
    return `${name} ${version}`;
  });
  expect(components.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(expected.sort());
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
  // Each file that names it does so in an `import()`.
  const mentions = modules.flatMap((text) => text.split('\n').filter((line) => line.includes(figure!)));
  expect(mentions.length).toBeGreaterThan(0);
  for (const line of mentions) expect(line).toContain(`import("./${figure}")`);
});

test('the package has the command, its chunks and the notices', () => {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ files }] = JSON.parse(packed) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'dist/THIRD-PARTY-NOTICES',
      'dist/asf-bp.cdx.json',
      'dist/asf-bp.js',
      ...chunks.map((name) => `dist/asf-bp/${name}`),
    ]),
  );
  expect(
    paths.filter((path) => path.startsWith('node_modules') || path.startsWith('dist/src/command')),
  ).toEqual([]);
});
