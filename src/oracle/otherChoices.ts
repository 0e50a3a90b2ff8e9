/** The record of named choices that somebody seems to have taken. */
import { variants, type Variant } from '../../spec/variant.ts';
import { entriesOf, keysOf } from '../keysOf.ts';
import type { StepReport } from './check.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { Choices } from './mistakes/combined.ts';
import type { Report } from './report.ts';

/**
 * One other answer, where that explains everything that differs; else a preset that has an answer which explains something; else a few
 * other answers. Parts that agree
 * may contradict what explains the others, so that a record is named only where all agrees with it.
 */
export function otherRecord(
  steps: readonly StepReport[],
  agreesWith: (choices: Choices) => boolean,
): Pick<Report, 'otherVariant' | 'otherChoices'> {
  const diagnoses = steps.flatMap((step) => step.diagnoses);
  if (diagnoses.length === 0) return {};
  const one = oneChoice(diagnoses);
  if (one && agreesWith(one)) return { otherChoices: one };
  const preset = presets.find(
    (name) =>
      diagnoses.some(({ explains }) => explains.some((each) => isOf(variants[name], each))) &&
      agreesWith(variants[name]),
  );
  if (preset) return { otherVariant: preset };
  const several = commonChoices(diagnoses);
  return several && agreesWith(several) ? { otherChoices: several } : {};
}

const presets = keysOf(variants);

/** Whether an explanation is this preset, or answers of it. */
function isOf(preset: Variant, { choices }: Diagnosis['explains'][number]): boolean {
  return (
    choices !== undefined && entriesOf(choices).every(([question, answer]) => preset[question] === answer)
  );
}

/** An answer that alone explains every part. */
function oneChoice(diagnoses: readonly Diagnosis[]): Choices | undefined {
  const [first, ...rest] = diagnoses;
  return first.explains.find(
    ({ id, choices }) =>
      choices &&
      Object.keys(choices).length === 1 &&
      rest.every(({ explains }) => explains.some((other) => other.id === id)),
  )?.choices;
}

/** Other answers that together explain every part, if there are such. */
function commonChoices(diagnoses: readonly Diagnosis[]): Choices | undefined {
  const found: Record<string, string> = {};
  for (const { explains } of diagnoses) {
    const sets = explains.flatMap(({ choices }) => (choices ? [Object.entries(choices)] : []));
    const fits = sets.find((set) =>
      set.every(([question, answer]) => (found[question] ?? answer) === answer),
    );
    if (!fits) return undefined;
    Object.assign(found, Object.fromEntries(fits));
  }
  return found as Choices; // put together from these
}
