/**
 * `npm run check` prints the lines of folders and the words of documents beside the limits in CONTRIBUTING.md. It marks a
 * size above its limit, but does not fail. A commit that exceeds a limit must also raise the limit.
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

/** Number of words of a document, or lines of code of a folder. */
function sizeOf(path) {
  const files = tracked.filter((name) => name === path || name.startsWith(`${path}/`));
  const code = files.filter((name) => /\.(ts|mts|mjs|js|wgsl|py|c|v)$/.test(name));
  if (path.endsWith('.md'))
    return read(path)
      .split(/\s+/)
      .filter((word) => /\w/.test(word)).length;
  return code.reduce((sum, name) => sum + read(name).split('\n').length - 1, 0);
}
