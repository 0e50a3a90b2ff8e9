/** Everything that the documents name exists: imports, files, npm scripts, commands and options. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { flagOf } from '../../src/command/options/option.ts';
import { optionTables } from '../command/command.ts';

const root = new URL('../../', import.meta.url);
const at = (path: string): string => fileURLToPath(new URL(path, root));
const text = (path: string): string => readFileSync(at(path), 'utf8');
const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'bench/README.md',
  'spec/README.md',
  ...readdirSync(at('docs/'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(at('examples/')).map((name) => `examples/${name}/README.md`),
];

/** The code of a document: fenced blocks with their language, and text between backticks. */
function codeOf(path: string) {
  const blocks: { language: string; code: string }[] = [];
  const prose = text(path).replaceAll(
    /^ *```(\w*)\n([^]*?)^ *```$/gm,
    (_, language: string, code: string) => {
      blocks.push({ language, code });
      return '';
    },
  );
  const spans = Array.from(prose.matchAll(/`([^`]+)`/g), ([, code]) => code!.replaceAll('\n', ' '));
  return { blocks, spans };
}

/** The lines that a shell would run. A continued line is joined. */
const linesOf = (path: string): string[] => {
  const { blocks, spans } = codeOf(path);
  const shell = blocks.filter(({ language }) => ['', 'sh', 'bash', 'console', 'yaml'].includes(language));
  return [...shell.flatMap(({ code }) => code.replaceAll(/\\\n\s*/g, ' ').split('\n')), ...spans];
};

describe('what the documents import', () => {
  const imports = documents.flatMap((path) =>
    codeOf(path)
      .blocks.filter(({ language }) => ['js', 'ts', 'mjs', 'javascript', 'typescript'].includes(language))
      .flatMap(({ code }) => [...code.matchAll(/import\s+\{([^}]*)\}\s+from\s+'(asf-bp[^']*)'/g)])
      .map(([, names, from]) => ({ path, from: from!, names: names!.split(',').map((name) => name.trim()) })),
  );

  it('is found', () => {
    expect(new Set(imports.map(({ from }) => from))).toEqual(
      new Set(['asf-bp', 'asf-bp/infer', 'asf-bp/models/tiny', 'asf-bp/nir', 'asf-bp/oracle', 'asf-bp/png']),
    );
  });

  it.each(imports)('$path: $names of $from', async ({ from, names }) => {
    // The built package, imported by its public name.
    const exported = await import(createRequire(at('package.json')).resolve(from));
    expect(names.filter((name) => name !== '' && !(name in exported))).toEqual([]);
  });

  it('and what docs/library.md names in passing stands in the types of the package', () => {
    const files = readdirSync(at('dist/'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.d.ts') && /^(spec|src(?!.(command|experiment|mpi)))\b/.test(name),
    );
    const words = new Set(files.flatMap((name) => text(`dist/${name}`).match(/\w+/g) ?? []));
    const named = codeOf('docs/library.md').spans.flatMap(
      (code) => code.match(/^[a-z]+(?=\()|^[a-z]+[A-Z]\w*$/g) ?? [],
    );
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !words.has(name))).toEqual([]);
  });
});

describe('links and paths', () => {
  const others = ['bench/cluster.md', 'results/nir.md', 'test/mutation/README.md'];
  it.each([...documents, ...others])('%s has no dead link', (path) => {
    const links = [...text(path).matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !existsSync(new URL(link, new URL(path, root))))).toEqual([]);
  });

  it('README.md leads to every document', () => {
    const all = [...documents, 'CHANGELOG.md'].filter((path) => path !== 'README.md');
    expect(all.filter((path) => !text('README.md').includes(`(${path})`))).toEqual([]);
  });

  it('ARCHITECTURE.md names files that exist', () => {
    const paths = [...text('ARCHITECTURE.md').matchAll(/`((?:spec|src|assembly|test|bench)\/[\w./-]+)`/g)];
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter(([, path]) => !existsSync(at(path!)))).toEqual([]);
  });
});

describe('scripts of npm', () => {
  const scriptsOf = (path: string): string[] =>
    existsSync(at(path)) ? Object.keys(JSON.parse(text(path)).scripts ?? {}) : [];
  const workflows = readdirSync(at('.github/workflows/')).map((name) => `.github/workflows/${name}`);

  it.each([...documents, ...workflows, '.ci/run'])('%s', (path) => {
    const known = new Set([
      ...scriptsOf('package.json'),
      ...(path.startsWith('examples/') ? scriptsOf(path.replace('README.md', 'package.json')) : []),
    ]);
    const named = Array.from(text(path).matchAll(/npm run ([a-z][\w:-]*)/g), ([, name]) => name!);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(documents)('%s: what stands behind them', (path) => {
    const programs: Record<string, Record<string, string[]>> = JSON.parse(text('test/scripts.json'));
    const named = [...text(path).matchAll(/npm run (bench|docs|campaign) ([a-z]+)\b/g)];
    expect(named.filter(([, kind, name]) => !programs[kind!]![name!]).map(([call]) => call)).toEqual([]);
  });

  it('are programs that exist', () => {
    const files = Object.values(JSON.parse(text('test/scripts.json'))).flatMap((of) =>
      Object.values(of as object).flat(),
    );
    expect(files.filter((file) => !existsSync(at(file)))).toEqual([]);
  });

  it('are named', () => {
    const all = documents.flatMap((path) => [...text(path).matchAll(/npm run [a-z]/g)]);
    expect(all.length).toBeGreaterThan(30);
  });
});

describe('commands and their options', () => {
  const flags = new Map(
    [...optionTables].map(([name, options]) => [
      name,
      new Set([...Object.keys(options).map(flagOf), '--help']),
    ]),
  );
  /** Each `asf-bp COMMAND …`, until a pipe or the next command. Commands that install the package are skipped. */
  const calls = documents.flatMap((path) =>
    linesOf(path)
      .flatMap((line) => [...line.matchAll(/(?<!\b(?:i|install) )\basf-bp ([a-z]\w*)([^|&;>#]*)/g)])
      .map(([call, command, rest]) => ({ path, call, command: command!, rest: rest! })),
  );

  it('are found', () => {
    expect(new Set(calls.map(({ command }) => command))).toEqual(new Set(flags.keys()));
  });

  it.each(calls)('$path: $call', ({ command, rest }) => {
    expect([...flags.keys()]).toContain(command);
    const given = rest.match(/(?<=\s)--[a-z][a-z-]*/g) ?? [];
    expect(given.filter((flag) => !flags.get(command)!.has(flag))).toEqual([]);
  });

  it('docs/command.md has no option that no command has', () => {
    const all = new Set([...flags.values()].flatMap((each) => [...each]));
    const named = codeOf('docs/command.md').spans.flatMap((code) => code.match(/^--[a-z][a-z-]*/g) ?? []);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((flag) => !all.has(flag))).toEqual([]);
  });
});
