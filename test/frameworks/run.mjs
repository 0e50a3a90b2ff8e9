/**
 * `npm run test:frameworks [FOLDER] [FRAMEWORK | STEP …]`, after a build. Python must find the frameworks, for example as
 * clones on PYTHONPATH. The script records training steps with examples/oracle/asfbp_record.py, varies them as users do, and
 * plants published bugs. `asf-bp check` must accept each right step and no bug. The tables show which mistakes the command
 * names for each bug. FOLDER gets the files.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const command = fileURLToPath(new URL('../../dist/asf-bp.js', import.meta.url));
if (!existsSync(command)) throw new Error(`no ${command}: npm run build`);
const [folder = mkdtempSync(join(tmpdir(), 'asf-bp-frameworks-')), ...names] = process.argv.slice(2);

/** Whether a Python has NumPy and PyTorch. The first Python in the path may lack Debian's packages. */
const works = (name) => spawnSync(name, ['-c', 'import numpy, torch']).status === 0;
const python = ['python3', '/usr/bin/python3'].find(works);
if (!python) throw new Error('no Python with NumPy and PyTorch: apt-get install python3-numpy python3-torch');

const environment = { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' };
const run = (program, ...args) =>
  spawnSync(python, [join(here, program), ...args], { stdio: 'inherit', env: environment }).status === 0;

const frameworks = ['snntorch', 'spikingjelly', 'norse', 'sinabs'];
const isFound = (name) => spawnSync(python, ['-c', `import ${name}`], { env: environment }).status === 0;
const missing = frameworks.filter((name) => !isFound(name));
const lacks = `not judged: ${missing.join(', ')} (missing: clones on PYTHONPATH are enough)`;

if (missing.length === frameworks.length) console.log(lacks);
else {
  const start = Date.now();
  const bugs = join(folder, 'bugs');
  const isRecorded = [
    run('steps.py', folder, ...names),
    run('variants.py'),
    run('bugs.py', bugs, ...names),
  ].every(Boolean);
  const seconds = () => `${((Date.now() - start) / 1000).toFixed(0)} s`;
  console.log(`recorded in ${seconds()}`);
  const isJudged = [judgeRight(start), isRecorded && judgeBugs(bugs)].every(Boolean);
  console.log(`the files are in ${folder}; ${seconds()}`);
  if (missing.length > 0) console.log(lacks);
  process.exitCode = isRecorded && isJudged ? 0 : 1;
}

/** The JSON report of `asf-bp check` on a file. */
function check(path) {
  const { stdout, stderr } = spawnSync(process.execPath, [command, 'check', '--json', path], {
    encoding: 'utf8',
  });
  try {
    return JSON.parse(stdout);
  } catch {
    return { verdict: 'error', explanations: [], description: stderr.trim() };
  }
}

function judgeRight(start) {
  const isNew = (file) => file.endsWith('.npz') && statSync(join(folder, file)).mtimeMs >= start;
  const rows = readdirSync(folder)
    .filter(isNew)
    .map((file) => {
      const { verdict, as, description = '', explanations } = check(join(folder, file));
      const said = verdict === 'agrees' ? as : [verdict, ...explanations, description].join(' ');
      return [verdict === 'agrees' ? '✓' : '✗', file, said];
    });
  print([['', 'right step', 'said of it'], ...rows]);
  const agreed = rows.filter(([mark]) => mark === '✓').length;
  console.log(`${agreed} of ${rows.length} right steps agree\n`);
  return agreed === rows.length;
}

function judgeBugs(bugs) {
  const rows = JSON.parse(readFileSync(join(bugs, 'bugs.json'), 'utf8')).map(({ bug, file, names: own }) => {
    const { verdict, explanations, description } = check(join(bugs, file));
    const isTrue = (id) => own.includes(id.replace(/@\d+$/, ''));
    const how =
      verdict !== 'differs'
        ? verdict
        : explanations.some(isTrue)
          ? 'named'
          : explanations.length > 0
            ? 'named otherwise'
            : 'described';
    return [how, String(bug), file, explanations.join(', ') || description || ''];
  });
  print([['', 'bug', 'file', 'said of it'], ...rows]);
  const count = (...hows) => rows.filter(([how]) => hows.includes(how)).length;
  console.log(
    `${rows.length} bugs: ${count('named')} named, ${count('named otherwise')} named otherwise, ${count('described')} described`,
  );
  return count('agrees', 'error') === 0;
}

function print(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    );
}
