/** `asf-bp oracle --stdio`, `gen` and `verify`: cases for an adapter, and what its answers are worth. */
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { InputError, refuse } from '../../errors.ts';
import { check } from '../../oracle/oracle.ts';
import type { Report } from '../../oracle/report.ts';
import { Adapter } from './adapter.ts';
import { listCases } from './checkVectors.ts';
import { reportLines } from './checkReport.ts';
import {
  byeLine,
  caseLine,
  givenCase,
  helloLine,
  parseAnswer,
  type Answer,
  type GivenCase,
} from './messages.ts';
import { listFiles, type CaseOptions } from './oracleFiles.ts';

export interface StdioCommand extends CaseOptions {
  readonly stdio?: string;
  readonly timeout?: number;
  readonly gradients?: 'sample' | 'batch';
  readonly json?: boolean;
}

/** What became of a case. */
interface Outcome {
  readonly id: string;
  readonly verdict: 'agrees' | 'differs' | 'skipped' | 'failed';
  readonly why?: string;
  readonly report?: Report;
}

/** After so many failures one after the other an adapter gets no more cases. */
const mostFailures = 3;

/** Drives an adapter case by case. 0: all that it did not skip agrees, 1: something differs, 2: something failed. */
export async function stdioCommand(paths: readonly string[], options: StdioCommand): Promise<number> {
  const cases = casesOf(paths);
  const told: Outcome['verdict'][] = [];
  const at: { adapter?: Adapter | undefined; failures: number } = { failures: 0 };
  const interrupted = (): void => {
    at.adapter?.stop();
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    for (const path of cases) {
      const given = givenCase(path, options);
      const outcome = await ask(given);
      tell(outcome, options);
      told.push(outcome.verdict);
      if (at.failures === mostFailures) break;
    }
    at.adapter?.say(byeLine());
  } finally {
    at.adapter?.stop();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
  return conclude(told, cases.length, options);

  async function ask(given: GivenCase): Promise<Outcome> {
    try {
      at.adapter ??= await greet(options);
      at.adapter.say(caseLine(given));
      const answer = parseAnswer(await at.adapter.hear());
      const outcome = judge(given, answer, options);
      at.failures = 0;
      return outcome;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      // Whoever failed once is not trusted with the next case: a late answer would be taken for that one's.
      at.adapter?.stop();
      at.adapter = undefined;
      at.failures++;
      return { id: given.id, verdict: 'failed', why: error.message };
    }
  }
}

async function greet({ stdio, timeout = 60 }: StdioCommand): Promise<Adapter> {
  const adapter = new Adapter(stdio!, timeout);
  try {
    adapter.say(helloLine());
    const { type } = parseAnswer(await adapter.hear());
    if (type !== 'hello') refuse('adapter', 'first message', 'hello', type);
    return adapter;
  } catch (error) {
    adapter.stop();
    throw error;
  }
}

function judge(given: GivenCase, answer: Answer, { gradients }: StdioCommand): Outcome {
  const { id, network, optimiser, arrays } = given;
  if (answer.type !== 'result' && answer.type !== 'skip')
    refuse('adapter', 'message', 'result or skip', answer.type);
  if (answer.id !== id) refuse('adapter', `${answer.type}.id`, id, answer.id);
  if (answer.type === 'skip') return { id, verdict: 'skipped', why: answer.reason };
  const all = new Map([...answer.arrays, ...arrays]);
  const report = check({ arrays: all, network, optimiser, gradients, where: id });
  return { id, verdict: report.agrees ? 'agrees' : 'differs', report };
}

/** Writes all cases as lines, for a pipe `gen | yours | verify`. */
export async function genCommand(paths: readonly string[], options: StdioCommand): Promise<number> {
  process.stdout.write(helloLine());
  for (const path of casesOf(paths))
    if (!process.stdout.write(caseLine(givenCase(path, options)))) await once(process.stdout, 'drain');
  process.stdout.write(byeLine());
  return 0;
}

/** Reads answers from standard input and judges those of the same files. A case without an answer has failed. */
export async function verifyCommand(paths: readonly string[], options: StdioCommand): Promise<number> {
  const open = new Set(casesOf(paths));
  const all = open.size;
  const told: Outcome['verdict'][] = [];
  for await (const text of createInterface({ input: process.stdin })) {
    const outcome = verify(text, open, options);
    if (!outcome) continue;
    open.delete(outcome.id);
    tell(outcome, options);
    told.push(outcome.verdict);
  }
  for (const id of open) {
    tell({ id, verdict: 'failed', why: 'no answer' }, options);
    told.push('failed');
  }
  return conclude(told, all, options);
}

function verify(text: string, open: ReadonlySet<string>, options: StdioCommand): Outcome | undefined {
  try {
    const answer = parseAnswer(text);
    if (answer.type === 'hello' || answer.type === 'bye') return undefined;
    if (!open.has(answer.id)) refuse('adapter', `${answer.type}.id`, 'a case that is open', answer.id);
    return judge(givenCase(answer.id, options), answer, options);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { id: 'standard input', verdict: 'failed', why: error.message };
  }
}

/** Files, and of folders those with arrays; of a folder of vectors the cases of a whole step. */
function casesOf(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    const vectors = listCases(path);
    if (vectors.length === 0) return listFiles([path], 'oracle');
    return vectors
      .filter(({ manifest }) => manifest['stage'] === 'step')
      .map(({ folder }) => join(folder, 'case.npz'));
  });
  if (files.length === 0) refuse('oracle', 'CASE', 'files with weights, input spikes and labels', undefined);
  return files;
}

function tell(outcome: Outcome, { json }: StdioCommand): void {
  const { id, verdict, why, report } = outcome;
  const lines = json
    ? [JSON.stringify(outcome)]
    : verdict === 'differs'
      ? reportLines(id, report!).filter((line) => !line.endsWith(' agrees'))
      : [`${id}: ${report ? `${report.compared} numbers agree` : `${verdict}: ${why}`}`];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function conclude(told: readonly Outcome['verdict'][], all: number, { json }: StdioCommand): number {
  const count = (verdict: string): number => told.filter((each) => each === verdict).length;
  const [agree, differ, skipped, failed] = ['agrees', 'differs', 'skipped', 'failed'].map(count);
  const unasked = Math.max(0, all - told.length);
  const more = unasked > 0 ? `, ${unasked} not asked after ${mostFailures} failures in a row` : '';
  const text = `${all} cases: ${agree} agree, ${differ} differ, ${skipped} skipped, ${failed} failed${more}`;
  process.stdout.write(`${json ? JSON.stringify({ agree, differ, skipped, failed, unasked }) : text}\n`);
  if (differ > 0) return 1;
  return failed + unasked > 0 || agree === 0 ? 2 : 0;
}
