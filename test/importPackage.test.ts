/** `importPackage` finds packages that a user installs beside this one. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { importPackage } from '../src/importPackage.ts';

const name = 'asf-bp-optional';

/** A folder that has the package installed, and a folder two levels below. */
function installed(code = 'export const value = 7;'): { readonly above: string; readonly below: string } {
  const above = mkdtempSync(join(tmpdir(), 'asf-bp-'));
  const folder = join(above, 'node_modules', name);
  const below = join(above, 'one', 'two');
  mkdirSync(folder, { recursive: true });
  mkdirSync(below, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name, type: 'module', exports: './index.js' }),
  );
  writeFileSync(join(folder, 'index.js'), code);
  return { above, below };
}

afterEach(() => vi.restoreAllMocks());

it.each(['above', 'below'] as const)('where the process was started: %s', async (place) => {
  vi.spyOn(process, 'cwd').mockReturnValue(installed()[place]);
  expect(await importPackage(name)).toMatchObject({ value: 7 });
});

it('where the program is, though it was started elsewhere', async () => {
  const argv = [process.argv[0]!, join(installed().below, 'program.js')];
  vi.spyOn(process, 'argv', 'get').mockReturnValue(argv);
  expect(await importPackage(name)).toMatchObject({ value: 7 });
});

it('nowhere', async () => {
  await expect(importPackage(name)).rejects.toThrow(/cannot find package 'asf-bp-optional'/i);
});

it('its own error, not that it is absent', async () => {
  vi.spyOn(process, 'cwd').mockReturnValue(installed("throw new Error('no driver');").above);
  await expect(importPackage(name)).rejects.toThrow('no driver');
});

it('npm installs them by name in a clone: there they are no optional peers, for which it does nothing', () => {
  const { peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, object>;
  expect(Object.keys(peerDependencies ?? {})).toEqual([]);
});
