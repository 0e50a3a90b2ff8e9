/** The examples of the API reference run in an installed package, and print the results that their comments give. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { fresh } from '../command/command.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const examples = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => {
    const text = readFileSync(join(root, 'src', path), 'utf8');
    return [...text.matchAll(/^ \* @example\n \* ```ts\n([^]*?) \* ```$/gm)].map(
      ([, lines], k) => [`${path} ${k + 1}`, lines!.replaceAll(/^ \* /gm, '')] as const,
    );
  });

it('the main functions have examples', () => {
  const text = examples.map(([, code]) => code).join('\n');
  const main = 'network fit train predict evaluate session loadModel encodeModel importNIR check'.split(' ');
  for (const name of main) expect(text).toMatch(new RegExp(`import \\{.*\\b${name}\\b.*\\} from 'asf-bp`));
});

it.each(examples)('%s', (_, code) => {
  const folder = fresh();
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/asf-bp'));
  writeFileSync(join(folder, 'example.mjs'), code);
  const printed = execFileSync(process.execPath, ['example.mjs'], { cwd: folder, encoding: 'utf8' });
  expect(printed.trimEnd()).toBe([...code.matchAll(/; \/\/ (.*)$/gm)].map(([, result]) => result).join('\n'));
});
