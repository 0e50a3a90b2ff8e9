/**
 * `npm run test:frameworks [FOLDER] [FRAMEWORK | STEP …]`: records steps of the frameworks that Python finds (plain clones on PYTHONPATH
 * do) by examples/oracle/asfbp_record.py, examines what was recorded, and does to steps what users do. FOLDER keeps the files.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const [folder = mkdtempSync(join(tmpdir(), 'asf-bp-frameworks-')), ...names] = process.argv.slice(2);

/** The Python that has Debian's libraries may not be the first in the path. */
const works = (name) => spawnSync(name, ['-c', 'import numpy, torch']).status === 0;
const python = ['python3', '/usr/bin/python3'].find(works);
if (!python) throw new Error('no Python with NumPy and PyTorch: apt-get install python3-numpy python3-torch');

const environment = { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' };
const run = (program, ...args) =>
  spawnSync(python, [join(here, program), ...args], { stdio: 'inherit', env: environment }).status === 0;
const isRight = [run('steps.py', folder, ...names), run('variants.py')].every(Boolean);
console.log(`the files are in ${folder}`);
process.exitCode = isRight ? 0 : 1;
