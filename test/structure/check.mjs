/**
 * `npm run check` tests that imports follow the order in ARCHITECTURE.md, that no imports form a cycle, that the command imports
 * folders through their index, that exported types have different names, that the build has everything that scripts import from
 * it, and that each assertion has a reason.
 */
import { bareAssertions } from './assertions.mjs';
import { architecture, files, importsOf, scripts } from './imports.mjs';

const order = /<!-- order of imports -->\s*```\n([^]*?)```/.exec(architecture)?.[1].trim().split('\n');
if (!order) throw new Error('ARCHITECTURE.md: no order of imports');
/** For each line of the order, its paths. An explanation follows them after two spaces. */
const units = order.map((line) => line.split(/ {2,}/, 1)[0].split(' '));

const found = [
  ...checkOrder(),
  ...checkCycles(),
  ...checkIndexes(),
  ...checkTypeNames(),
  ...checkScripts(),
  ...checkAssertions(),
];
for (const line of found) console.error(line);
if (found.length > 0) process.exit(1);
console.log(
  `structure: ${files.size} files, ${units.length} levels, no import goes up, no assertion is bare`,
);

/** The index in `units` of the line that names a file or a folder around it; -1 if there is none. */
function levelOf(path) {
  return units.findIndex((names) => names.some((name) => path === name || path.startsWith(`${name}/`)));
}

/** The path of `units` that contains a file. The paths on one line of the order may not import each other. */
function unitOf(path) {
  return units[levelOf(path)]?.find((name) => path === name || path.startsWith(`${name}/`));
}

function checkOrder() {
  return [...files.keys()].flatMap((path) => {
    if (levelOf(path) < 0) return [`${path}: no line in the order of imports of ARCHITECTURE.md`];
    return importsOf(path)
      .filter((other) => unitOf(other) !== unitOf(path) && levelOf(other) >= levelOf(path))
      .map((other) => `${path}: imports ${other}, which does not lie below it (ARCHITECTURE.md)`);
  });
}

function checkCycles() {
  const done = new Set();
  const cycles = [];
  const visit = (path, way) => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(' → '));
    if (way.includes(path) || done.has(path)) return;
    for (const other of importsOf(path)) visit(other, [...way, path]);
    done.add(path);
  };
  for (const path of files.keys()) visit(path, []);
  return cycles.map((cycle) => `a file imports itself: ${cycle}`);
}

/** The command imports other folders of src through their index. */
function checkIndexes() {
  return [...files.keys()]
    .filter((path) => path.startsWith('src/command/'))
    .flatMap((path) =>
      importsOf(path)
        .filter((other) => /^src\/(?!command\/|models\/)\w+\/(?!index\.ts$)/.test(other))
        .map((other) => `${path}: imports ${other}, not the index of its folder`),
    );
}

function checkTypeNames() {
  const places = new Map();
  for (const [path, text] of files) {
    for (const [, name] of text.matchAll(/^export (?:abstract )?(?:interface|type|class|enum) (\w+)/gm))
      places.set(name, [...(places.get(name) ?? []), path]);
  }
  return [...places]
    .filter(([, paths]) => paths.length > 1)
    .map(([name, paths]) => `the type ${name} is exported by ${paths.join(' and ')}`);
}

function checkAssertions() {
  return [...files].flatMap(([path, text]) =>
    bareAssertions(path, text).map((line) => `${path}:${line}: an assertion without its reason`),
  );
}

/** Checks scripts (benches, tools, tests in other runtimes), which the compiler does not read. */
function checkScripts() {
  return [...scripts].flatMap(([path, text]) =>
    [
      ...text.matchAll(/import (?:\{([^}]*)\}|\* as \w+) from '[./]*dist\/((?:src|spec)\/[^']*)\.js'/g),
      ...text.matchAll(/const \{([^}]*)\} = await import\([^']*'[./]*dist\/((?:src|spec)\/[^']*)\.js'/g),
    ].flatMap(([, names = '', module]) => {
      const source = files.get(`${module}.ts`);
      if (source === undefined) return [`${path}: imports ${module}.ts, which does not exist`];
      return names
        .split(',')
        .map((name) => name.trim().split(' as ')[0])
        .filter((name) => name !== '' && !exportsName(source, name))
        .map((name) => `${path}: imports ${name}, which ${module}.ts does not export`);
    }),
  );
}

function exportsName(source, name) {
  const declared = new RegExp(`^export (?:async )?(?:function\\*?|const|let|class) ${name}\\b`, 'm');
  const listed = new RegExp(`^export \\{[^}]*\\b${name}\\b(?! as )[^}]*\\}`, 'm');
  return declared.test(source) || listed.test(source);
}
