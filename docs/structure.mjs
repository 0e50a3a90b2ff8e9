/**
 * `npm run docs structure`: draws docs/structure.svg, the folders in ARCHITECTURE.md's order with their imports. Imports that follow from
 * others are omitted, and so are imports that go up, which `npm run check` refuses. Installs Graphviz (@viz-js/viz) if it is absent.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { architecture, files, importsOf } from '../test/structure/imports.mjs';

/** The boxes, lowest first. Each line of the order of imports is a box, with paths, names and a meaning. */
const boxes = /<!-- order of imports -->\s*```\n([^]*?)\n```/
  .exec(architecture)[1]
  .split('\n')
  .map((line) => {
    const [paths, meaning = ''] = line.split(/ {2,}/);
    const names = paths.replaceAll('src/', '').split(' ');
    const name = names.length > 3 ? `${names[0]} … ${names.at(-1)}` : names.join(', ');
    return { paths: paths.split(' '), name, meaning };
  });

/** For each box, the indices of the lower boxes that it imports. */
const imported = boxes.map(() => new Set());
for (const path of files.keys())
  for (const other of importsOf(path))
    if (boxOf(other) < boxOf(path)) imported[boxOf(path)].add(boxOf(other));

function boxOf(path) {
  return boxes.findIndex(({ paths }) => paths.some((one) => path === one || path.startsWith(`${one}/`)));
}

/** Whether one box imports another, directly or through others. */
function reaches(from, to) {
  return from === to || [...imported[from]].some((next) => reaches(next, to));
}

/** Whether an arrow is drawn: only if no other arrows imply it. */
function isDrawn(from, to) {
  return ![...imported[from]].some((next) => next !== to && reaches(next, to));
}

const arrows = imported.map((all, from) => [...all].filter((to) => isDrawn(from, to)).sort((a, b) => b - a));

/** The drawing as text, one line per box, highest first. A test compares it with the text in the picture to find a stale picture. */
export const description = boxes
  .map(({ name, meaning }, n) => {
    const names = arrows[n].map((to) => boxes[to].name).join('; ');
    return `${name} (${meaning})${names && ` imports ${names}`}`;
  })
  .reverse()
  .join('\n');

function dot() {
  return `digraph {
  graph [ranksep=0.35, nodesep=0.3, pad=0.1]
  node [shape=box, style="rounded,filled", fillcolor="#f4f6fa", color="#5b6b85", fontname="Helvetica,Arial,sans-serif", fontsize=12, margin="0.35,0.08"]
  edge [color="#5b6b85", arrowsize=0.7]
  ${boxes.map(({ name, meaning }, n) => `${n} [label="${name}\\n${meaning}"]`).join('\n  ')}
  ${arrows.flatMap((all, from) => all.map((to) => `${from} -> ${to}`)).join('\n  ')}
}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const viz = `${here}node_modules/@viz-js/viz/dist/viz.js`;
  if (!existsSync(viz))
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: here,
      stdio: 'inherit',
    });
  const { instance } = await import(pathToFileURL(viz).href);
  const picture = (await instance()).renderString(dot(), { format: 'svg' });
  const words = `<title>Folders and their imports</title>\n<desc>${description}</desc>\n`;
  const bare = picture
    .slice(picture.indexOf('<svg'))
    .replaceAll(/<title>.*<\/title>\n|<!--.*-->\n/g, '')
    .replaceAll(/class="node">\n<path.*\n<text/g, '$& font-weight="bold"');
  writeFileSync(new URL('structure.svg', import.meta.url), bare.replace(/(<svg[^>]*>\n)/, `$1${words}`));
}
