/** `asf-bp check`: whether somebody's arrays of a training step are right, and where they first are not. */
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import type { Layout } from '../oracle/files/layout.ts';
import { check } from '../oracle/oracle.ts';
import type { Report } from '../oracle/report.ts';
import { CheckProgress } from './oracle/checkProgress.ts';
import { keyTable, reportLines } from './oracle/checkReport.ts';
import {
  checkExactCase,
  isExactCase,
  listCases,
  splitCases,
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
}

/** Runs the command and returns 0 where all agrees, 1 where something differs. */
export async function checkCommand(paths: readonly string[], options: CheckCommand): Promise<number> {
  if (options.listKeys) {
    process.stdout.write(`${keyTable()}\n`);
    return 0;
  }
  const given = paths.filter((path) => path !== undefined);
  if (options.graph !== undefined) return checkTraces(given, { ...options, graph: options.graph });
  const folders = new Map(given.map((path) => [path, listCases(path)]));
  const plain = given.filter((path) => folders.get(path)!.length === 0);
  const files = listFiles(plain, 'check');
  if (given.length === 0)
    throw new InputError(
      'check: "FILE" expected .npz, .safetensors or .json files, or a folder, got nothing; --list-keys names the arrays',
    );
  let agree = true;
  for (const file of files) {
    const report = checkFile(file, options);
    agree &&= report.agrees;
    const text = options.json ? JSON.stringify({ file, ...report }) : reportLines(file, report).join('\n');
    process.stdout.write(`${text}\n`);
  }
  for (const [path, cases] of folders)
    if (cases.length > 0) agree = (await checkCases(cases, path, options)) && agree;
  return agree ? 0 : 1;
}

/** Each case of a folder of vectors that has a result, and which have none. */
async function checkCases(
  cases: readonly VectorCase[],
  path: string,
  options: CheckCommand,
): Promise<boolean> {
  const { there, missing } = splitCases(cases, path);
  const say = (text: string): boolean => process.stdout.write(`${text}\n`);
  let wrong = 0;
  for (const one of there) {
    const found = isExactCase(one) ? await checkExactCase(one) : checkCase(one, options);
    if (!found.agrees) wrong++;
    if (options.json) say(JSON.stringify({ case: one.id, ...found }));
    else if ('says' in found) say(`${one.id}: ${found.says}`);
    else if (found.agrees) say(`${one.id}: ${found.compared} numbers agree`);
    else say(reportLines(one.id, found).join('\n'));
  }
  const words = missing.length > 0 ? `; ${missing.length} without result, not checked` : '';
  if (!options.json) say(`${path}: ${there.length - wrong} of ${there.length} cases agree${words}`);
  else if (missing.length > 0) say(JSON.stringify({ notChecked: missing }));
  return wrong === 0;
}

function checkCase({ folder, result }: VectorCase, options: CheckCommand): Report {
  return checkFile(result!, { ...options, inputs: join(folder, 'case.npz') });
}

function checkFile(file: string, options: CheckCommand): Report {
  const { arrays, network, names, optimiser, expected } = openCase(file, options, 'check');
  const progress = new CheckProgress(options.json === true);
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
  return { ...report, steps };
}
