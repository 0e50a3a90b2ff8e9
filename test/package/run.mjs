/** `npm run test:runtimes package`: packs the package, and checks it with publint and attw. Build first. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// `.ci/run` builds once and disables npm scripts. The packages that are installed here need their scripts.
delete process.env.npm_config_ignore_scripts;

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const run = (file, args, cwd, stdio = 'inherit') => execFileSync(file, args, { cwd, stdio });

if (!existsSync(join(here, 'node_modules')))
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], here);
const folder = mkdtempSync(join(tmpdir(), 'asf-bp-package-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const packed = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root, 'pipe');
const [{ filename, size }] = JSON.parse(packed.toString());
const tarball = join(folder, filename);
console.log(`${filename}: ${(size / 1024).toFixed(0)} KB`);
const bin = (name) => join(here, 'node_modules/.bin', name);
try {
  run(bin('publint'), [tarball, '--strict'], root);
  const without = ['--exclude-entrypoints', 'core.wasm', 'infer.wasm', 'package.json'];
  run(bin('attw'), [tarball, '--profile', 'esm-only', ...without], root);
} catch (error) {
  process.exitCode = error.status ?? 1;
}
