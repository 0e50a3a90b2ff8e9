/** Draws right and wrong steps, to find right ones that are reported as wrong, and wrong ones that are acquitted or misnamed. */
import { checkSurrogate, expectedSurrogate } from '../../../src/oracle.ts';
import { largest } from '../../../src/engine/rounding.ts';
import { Replay } from '../../../src/engine/run.ts';
import { multipleOf, planted as plant, type Explanation } from '../../../src/oracle/name.ts';
import { ballsOf } from '../../../src/oracle/step.ts';
import { checkSurrogateStep, withParts } from '../../../src/oracle/surrogate/check.ts';
import { openStep } from '../../../src/oracle/surrogate/file.ts';
import { mistakesOf } from '../../../src/oracle/surrogate/mistakes/mistakes.ts';
import { bySurrogates } from '../../../src/oracle/surrogate/steps.ts';
import type { AnyTensor, Tensor } from '../../../src/formats/tensor.ts';
import type { Verdict } from '../../../src/oracle/judge.ts';
import { plainly } from '../acquittals.ts';
import { apart, pickOf, stream, verdictOf } from '../planted.ts';
import { programOf } from './draws.ts';
import { f32, numbersOf, recorded } from './program.ts';

/** Checks a right step of a drawn program. Undefined if its numbers exceed the range of binary32. */
export function runRight(seed: number): { readonly verdict: Verdict; readonly note: string } | undefined {
  const program = programOf(seed);
  const { arrays, words } = recorded(program);
  const isFinite = [...arrays.values()].every(({ data }) => Array.from(data, Number).every(Number.isFinite));
  if (!isFinite) return undefined;
  const step = withParts(openStep(arrays, words, `seed ${seed}`));
  const { findings, judged, diagnoses } = checkSurrogateStep(step, undefined, false);
  const notChecked = judged.lacking.map(({ key, needs }) => ({ key, why: '', needs: [needs] }));
  const verdict = verdictOf({ findings, notChecked, diagnoses });
  const off = findings.filter((each) => each.verdict !== 'agrees');
  const { framework, neuron, args, surrogate, loss } = program;
  const what = JSON.stringify({ neuron: `${framework}.${neuron}`, args, surrogate, loss: loss.name });
  return {
    verdict,
    note: `seed ${seed}: ${off.map(({ key, bounds }) => `${key} ${bounds}`).join(', ')} ${what}`,
  };
}

export interface WrongRun {
  /** `invisible`: the recorded arrays equal those of a right step, to a thousandth. */
  readonly verdict: Verdict | 'invisible';
  readonly planted: string;
  /** Whether one array was made wrong directly (such as halved), instead of by a mistake of the catalogue. */
  readonly isPlain: boolean;
  readonly names: readonly string[];
  /** The named mistakes that would have given other numbers than the recorded ones. */
  readonly untrue: readonly string[];
  readonly note: string;
}

/** The fitted parameter of a mistake (a factor or a leak), as a function of a random number in 0 … 1. */
function freely(id: string): ((share: number) => number) | undefined {
  if (/^(surrogate-(steepness|height|width)|time-step)(@|$)/.test(id)) return (share) => 0.6 + 1.1 * share;
  if (/^(leak|synapse-leak)(@|$)/.test(id)) return (share) => 0.2 + 0.75 * share;
  return undefined;
}

/** Checks a step with one mistake, drawn or `only`, or with one array that was made wrong directly. */
export function runWrong(seed: number, only?: string): WrongRun | undefined {
  const next = stream(seed ^ 0x5a5a);
  const pick = pickOf(next);
  const program = { ...programOf(seed), isRecurrent: false, dropout: 0 };
  const { arrays, words } = recorded(program);
  const { model } = openStep(arrays, words, `seed ${seed}`);
  const right = expectedSurrogate(arrays, words);
  const isPlain = next() < 0.25;
  const [planted, wrong] = isPlain ? plainWrong(right, arrays, next) : withMistake();
  if (!wrong) return undefined;
  const given = new Map<string, AnyTensor>(
    [...arrays.keys()].map((key) => [key, wrong.get(key) ?? arrays.get(key)!]),
  ); // `arrays` has the key
  const isVisible = [...given].some(([key, tensor]) => {
    const own = right.get(key);
    return (
      key !== 'loss' && own !== undefined && tensor.dtype !== 'STR' && apart(own.data, tensor.data) > 1e-3
    );
  });
  const answer = checkSurrogate(given, words, `seed ${seed}`);
  const ofPlanted = (id: string): boolean => id.split('@')[0] === planted.split('@')[0];
  const untrue = answer.steps[0].diagnoses.flatMap(({ part, explains }) =>
    explains.filter((each) => !ofPlanted(each.id) && isOther(each, part, given)).map(({ id }) => id),
  );
  return {
    verdict: isVisible ? answer.verdict : 'invisible',
    planted,
    isPlain,
    names: answer.explanations,
    untrue,
    note: `seed ${seed}: ${planted} of ${program.framework}.${program.neuron}: ${answer.verdict}, ${answer.explanations.join(' ')}${untrue.length > 0 ? `; untrue ${untrue.join(' ')}` : ''}`,
  };

  /** Whether a mistake, given the other recorded arrays, would have put numbers of its stage beyond their bounds. */
  function isOther({ id, numbers = [] }: Explanation, part: string, made: typeof given): boolean {
    const [name, by] = id.split(' × ');
    const known = mistakesOf(model).find((each) => each.id === name);
    const row = known && by !== undefined ? multipleOf(known, Number(by)) : known;
    if (!row || row.bits !== undefined) return false;
    const step = openStep(made, words, `seed ${seed}`);
    const other = plant(bySurrogates, row, step.model, numbers);
    const stage = other?.stages.find((each) => each.id === part);
    if (!other || !stage) return false;
    const run = new Replay(other, ballsOf(step.arrays));
    const results = run.results(stage, row.isFree ? {} : undefined);
    return stage.writes.some((key, at) => {
      const [got, { v, r, open }] = [made.get(key), results[at]];
      if (got === undefined || got.dtype === 'STR') return false;
      // A program may flush subnormal numbers to 0.
      const far = 1e-3 * largest(v) + 2 ** -126;
      return v.some((m, i) => !open?.[i] && Math.abs(m - Number(got.data[i])) > far + 2 * (r?.[i] ?? 0));
    });
  }

  function withMistake(): [string, ReadonlyMap<string, Tensor> | undefined] {
    const rows = mistakesOf(model).filter(
      ({ id, bits, fit, usual }) => bits === undefined && (!fit || usual || freely(id)),
    );
    const drawn = pick(rows);
    const row = rows.find(({ id }) => id === only) ?? drawn;
    const there = (key: string): Float64Array | undefined => {
      const tensor = arrays.get(key);
      return tensor && Float64Array.from(numbersOf(tensor));
    };
    const free = freely(row.id);
    const isFree = free && (!row.usual || next() < 0.5);
    const numbers = isFree ? [free(next())] : row.usual ? (pick(row.usual(model, there)) ?? []) : [];
    try {
      return [row.id, expectedSurrogate(arrays, words, { mistake: row.id, numbers })];
    } catch {
      return [row.id, undefined]; // these neurons cannot have the mistake
    }
  }
}

/** Makes one array wrong in a plain way. */
function plainWrong(
  right: ReadonlyMap<string, Tensor>,
  arrays: ReadonlyMap<string, AnyTensor>,
  next: () => number,
): [string, ReadonlyMap<string, Tensor>] {
  const pick = pickOf(next);
  const key = pick(
    [...right.keys()].filter((each) => arrays.has(each) && /\.(dw|db|mem|dcurrent)$/.test(each)),
  );
  const array = right.get(key)!; // `key` comes from `right`
  const how = pick(['zero', 'halved', 'negated', 'rolled']);
  const changed = plainly[how](Float64Array.from(numbersOf(array)), array.shape, next);
  return [`${how} ${key}`, new Map([...right, [key, f32(array.shape, changed)]])];
}
