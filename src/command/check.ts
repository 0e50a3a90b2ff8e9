/** `asf-bp check`: compares another program's arrays of a training step with the right results, and reports where they first differ. */
import { dirname } from 'node:path';
import { refuse } from '../errors.ts';
import {
  isSurrogateStep,
  judgeFixed,
  verdictOf,
  type ExactVerdict,
  check,
  checkSurrogate,
  type CheckAnswer,
  type Report,
  type Verdict,
} from '../oracle/index.ts';
import { checkTraces } from './nir/checkTrace.ts';
import type { CommandWith } from './options/option.ts';
import { checkOptions as optionTable, type CheckCommand } from './options/oracle.ts';
import { keyTable, reportText, withProgress } from './oracle/checkReport.ts';
import { listFiles, openCase, readArrays } from './oracle/oracleFiles.ts';
import { checkExactCase, exactText, listCases } from './oracle/vectors.ts';
import { type Io, judged } from './io.ts';

type Found = CheckAnswer | ExactVerdict;

export { optionTable };

/** Runs the command. Returns 0 if all supplied arrays agree, 1 if one differs, and 3 if none differs but one is undecided. */
export const main: CommandWith<typeof optionTable> = async (paths, options, io) => {
  const { json, graph, all: isAll } = options;
  const { columns = 0 } = io.stdout;
  const say = (text: string): boolean => io.stdout.write(`${json ? text : judged(text)}\n`);
  if (options.listKeys) {
    say(keyTable(columns || Infinity));
    return 0;
  }
  if (graph !== undefined) return codeOf(checkTraces(paths, { ...options, graph }, io));
  const expected = '.npz, .safetensors or .json files, or a folder';
  if (paths.length === 0) refuse('check', 'FILE', expected, undefined, '--list-keys names the arrays');
  const folders = paths.map((path) => [path, listCases(path)] as const);
  const plain = folders.flatMap(([path, cases]) => (cases.length === 0 ? [path] : []));
  const verdicts: Verdict[] = [];
  for (const file of listFiles(plain, 'check')) await tell('file', file, () => checkFile(file, options, io));
  for (const [path, cases] of folders) {
    const there = cases.filter(({ result }) => result !== '');
    const missing = cases.filter(({ result }) => result === '').map(({ id }) => id);
    const answers = 'result.npz, .safetensors or .json beside a manifest.json';
    if (cases.length === 0) continue;
    if (there.length === 0) refuse('check', path, answers, 'none', 'put your results for case.npz there');
    const before = verdicts.length;
    for (const one of there) {
      const inputs = dirname(one.file);
      const judge = (): Found => checkFile(one.result, { ...options, inputs }, io);
      await tell('case', one.id, async () => (await checkExactCase(one)) ?? judge());
    }
    const right = verdicts.slice(before).filter((verdict) => verdict === 'agrees').length;
    const words = missing.length > 0 ? `; ${missing.length} without result, not checked` : '';
    if (!json) say(`${path}: ${right} of ${there.length} cases agree${words}`);
    else if (missing.length > 0) say(JSON.stringify({ notChecked: missing }));
  }
  return codeOf(verdicts);

  async function tell(
    what: 'file' | 'case',
    name: string,
    judge: () => Found | Promise<Found>,
  ): Promise<void> {
    const began = performance.now();
    const found = await judge();
    const seconds = (performance.now() - began) / 1000;
    verdicts.push(found.verdict);
    if (json) say(JSON.stringify({ [what]: name, ...found }));
    else if ('says' in found) say(`${name}: ${exactText(found)}`);
    else if (what === 'case' && found.verdict === 'agrees') say(`${name}: ${found.compared} numbers agree`);
    else say(`${verdicts.length > 1 ? '\n' : ''}${reportText(name, found, { isAll, columns, seconds })}`);
  }
};

const codeOf = (verdicts: readonly Verdict[]): number =>
  verdicts.includes('differs') ? 1 : verdicts.includes('undecided') ? 3 : 0;

function checkFile(file: string, options: CheckCommand, io: Io): Found {
  return withProgress(io, options.json === true, (tell) => {
    const supplied = readArrays(file, 'check');
    if (isSurrogateStep(supplied)) return checkSurrogate(supplied.arrays, supplied.words, file, tell);
    const { expected, fixed, ...opened } = openCase(file, options, 'check', supplied);
    if (!fixed) {
      const report = check({ ...opened, gradients: options.gradients, tell });
      return expected.size === 0 ? report : ofVector(report, expected);
    }
    const arrays = [...opened.arrays].map(
      ([name, array]) => [String(opened.names.get(name) ?? name), array] as const,
    );
    return judgeFixed(fixed, new Map(arrays), file, (layer, done, of) => tell('diagnosed', layer, done, of));
  });
}

/** Removes from the unchecked arrays those that the vector does not expect. */
function ofVector(report: Report, expected: ReadonlySet<string>): Report {
  const steps = report.steps.map((step) => ({
    ...step,
    notChecked: step.notChecked.filter(({ key }) => expected.has(key)),
  }));
  return { ...report, steps, ...verdictOf(steps) };
}
