/**
 * `npm run check`: lines by folder and words by document, beside the table of CONTRIBUTING.md. It reminds and does not fail: who adds
 * beyond a row changes it in the same commit, and says what goes instead.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const read = (path) => readFileSync(path, 'utf8');
const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).trim().split('\n');
const [, table] = /<!-- sizes -->([^]*?)<!-- \/sizes -->/.exec(read('CONTRIBUTING.md'));
const rows = Array.from(table.matchAll(/^\| `(.+?)` +\| +([\d,]+) \|$/gm), ([, path, most]) => ({
  path,
  most: Number(most.replaceAll(',', '')),
  size: sizeOf(path),
}));
const count = (number) => number.toLocaleString('en');
for (const { path, size, most } of rows)
  console.log(
    `${path.padEnd(20)} ${count(size).padStart(7)} of ${count(most).padStart(7)}${size > most ? '  beyond it' : ''}`,
  );

/** Words of a document, lines of code of a folder. */
function sizeOf(path) {
  const files = tracked.filter((name) => name === path || name.startsWith(`${path}/`));
  const code = files.filter((name) => /\.(ts|mts|mjs|js|wgsl|py|c|v)$/.test(name));
  if (path.endsWith('.md'))
    return read(path)
      .split(/\s+/)
      .filter((word) => /\w/.test(word)).length;
  return code.reduce((sum, name) => sum + read(name).split('\n').length - 1, 0);
}
