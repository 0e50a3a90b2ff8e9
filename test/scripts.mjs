/**
 * `npm run bench|docs|campaign|test:runtimes [NAME] [ARGUMENT …]`: runs the programs that scripts.json lists under the name, with
 * the arguments. Without a name, it runs those under "".
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [kind, first = '', ...rest] = process.argv.slice(2);
const programs = JSON.parse(readFileSync(new URL('scripts.json', import.meta.url), 'utf8'))[kind];
// In place of a program's name, `bench` accepts a number of seconds, and `test:runtimes` a part of a runtime's name.
const isArgument = kind === 'test:runtimes' || (kind === 'bench' && Number(first) > 0);
const [files, args] =
  isArgument && !(first in programs) ? [programs[''], [first, ...rest]] : [programs[first], rest];
if (!files) {
  const names = Object.keys(programs).filter(Boolean).join(', ');
  console.error(`npm run ${kind}: expected one of ${names}, got ${first || 'no name'}`);
  process.exit(2);
}
for (const file of files) {
  const { status } = spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
