/** `asf-bp check`: whether another program's arrays of a training step are right, and where they first differ. */
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import type { Verdict } from '../oracle/findings.ts';
import type { Layout } from '../oracle/files/layout.ts';
import { check } from '../oracle/oracle.ts';
import { verdictOf, type Report } from '../oracle/report.ts';
import type { Io } from './io.ts';
import { judged } from './paint.ts';
import { CheckProgress } from './oracle/checkProgress.ts';
import { reportText } from './oracle/checkReport.ts';
import { keyTable } from './oracle/keyTable.ts';
import {
  checkExactCase,
  exactText,
  judgeFixed,
  isExactCase,
  listCases,
  splitCases,
  type AnsweredCase,
  type ExactVerdict,
  type VectorCase,
} from './oracle/checkVectors.ts';
import { checkTraces, type TraceOptions } from './nir/checkTrace.ts';
import { listFiles, openCase, type CaseOptions } from './oracle/oracleFiles.ts';

export interface CheckCommand extends CaseOptions, TraceOptions {
  readonly layout?: Layout['maps'];
  readonly weights?: Layout['weights'];
  readonly gradients?: 'sample' | 'batch';
  readonly free?: boolean;
  readonly listKeys?: boolean;
  readonly json?: boolean;
  readonly all?: boolean;
}

/** Runs the command. Returns 0 if all given arrays agree, 1 if one differs, 3 if none differs and one is undecided. */
export async function checkCommand(paths: readonly string[], options: CheckCommand, io: Io): Promise<number> {
  if (options.listKeys) {
    io.stdout.write(`${keyTable(io.stdout.columns || Infinity)}\n`);
    return 0;
  }
  const given = paths.filter((path) => path !== undefined);
  if (options.graph !== undefined) return checkTraces(given, { ...options, graph: options.graph }, io);
  const folders = new Map(given.map((path) => [path, listCases(path)]));
  const plain = given.filter((path) => folders.get(path)?.length === 0);
  const files = listFiles(plain, 'check');
  if (given.length === 0)
    throw new InputError(
      'check: "FILE" expected .npz, .safetensors or .json files, or a folder, got nothing; --list-keys names the arrays',
    );
  const verdicts: Verdict[] = [];
  for (const file of files) {
    const found = checkFile(file, options, io);
    verdicts.push(found.verdict);
    const text = options.json ? JSON.stringify({ file, ...found }) : judged(textOf(file, found, options, io));
    io.stdout.write(`${text}\n`);
  }
  for (const [path, cases] of folders)
    if (cases.length > 0) verdicts.push(...(await checkCases(cases, path, options, io)));
  if (verdicts.includes('differs')) return 1;
  return verdicts.includes('undecided') ? 3 : 0;
}

/** Checks each case of a folder of vectors that has a result, and lists those without. */
async function checkCases(
  cases: readonly VectorCase[],
  path: string,
  options: CheckCommand,
  io: Io,
): Promise<Verdict[]> {
  const { there, missing } = splitCases(cases, path);
  const say = (text: string): boolean => io.stdout.write(`${options.json ? text : judged(text)}\n`);
  const verdicts: Verdict[] = [];
  for (const one of there) {
    const found = isExactCase(one) ? await checkExactCase(one) : checkCase(one, options, io);
    verdicts.push(found.verdict);
    if (options.json) say(JSON.stringify({ case: one.id, ...found }));
    else if ('compared' in found && found.verdict === 'agrees')
      say(`${one.id}: ${found.compared} numbers agree`);
    else say(textOf(one.id, found, options, io));
  }
  const words = missing.length > 0 ? `; ${missing.length} without result, not checked` : '';
  const right = verdicts.filter((verdict) => verdict === 'agrees').length;
  if (!options.json) say(`${path}: ${right} of ${there.length} cases agree${words}`);
  else if (missing.length > 0) say(JSON.stringify({ notChecked: missing }));
  return verdicts;
}

const textOf = (name: string, found: Report | ExactVerdict, { all }: CheckCommand, { stdout }: Io): string =>
  'says' in found
    ? `${name}: ${exactText(found)}`
    : reportText(name, found, { isAll: all, columns: stdout.columns });

function checkCase({ folder, result }: AnsweredCase, options: CheckCommand, io: Io): Report | ExactVerdict {
  return checkFile(result, { ...options, inputs: join(folder, 'case.npz') }, io);
}

function checkFile(file: string, options: CheckCommand, io: Io): Report | ExactVerdict {
  const { arrays, network, names, optimiser, expected, fixed } = openCase(file, options, 'check');
  const progress = new CheckProgress(io.stderr, options.json === true);
  if (fixed) {
    const named = [...arrays].map(([name, array]) => [String(names.get(name) ?? name), array] as const);
    const found = judgeFixed(fixed, new Map(named), file, (layer, done, of) =>
      progress.tell('diagnosed', layer, done, of),
    );
    progress.clear();
    return found;
  }
  const report = check({
    arrays,
    network,
    names,
    optimiser,
    layout: {
      ...(options.layout && { maps: options.layout }),
      ...(options.weights && { weights: options.weights }),
    },
    gradients: options.gradients,
    free: options.free === true,
    where: file,
    tell: progress.tell,
  });
  progress.clear();
  if (!expected) return report;
  const steps = report.steps.map((step) => ({
    ...step,
    notChecked: step.notChecked.filter(({ key }) => expected.has(key)),
  }));
  return { ...report, steps, ...verdictOf(steps) };
}
