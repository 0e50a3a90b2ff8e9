/** `npm run docs`: writes the API reference from the docstrings into dist/api. Installs typedoc if it is absent. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const run = (file, ...args) => execFileSync(file, args, { cwd: here, stdio: 'inherit' });

if (!existsSync(`${here}node_modules/typedoc`))
  run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
run(process.execPath, 'node_modules/typedoc/bin/typedoc', '--options', 'typedoc.json');
