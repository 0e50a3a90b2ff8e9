/** A case in fixed point → the files of its folder: whole numbers, and in the manifest the format and the constants. */
import type { FixedFormat } from '../../../spec/fixed.ts';
import { runFixedWindow } from '../../../src/oracle/asf/fixed.ts';
import {
  describeUnits,
  fixedArrays,
  fixedConstants,
  unitsOf,
  type Units,
} from '../../../src/oracle/files/fixedCase.ts';
import { keys } from '../../../src/oracle/keys.ts';
import { pathOf } from './case.ts';
import { fail } from './certify.ts';
import { encode, sha256, wordsOfCase, type Files } from './files.ts';
import { windowOf, type FixedDraft, type FixedStage } from './fixedCases.ts';

/** What enters each stage; what it makes, the table of keys says. */
const inputs: Readonly<Record<FixedStage, RegExp>> = {
  encode: /^(image|encode\.word)$/,
  current: /(weight|spikes)$/,
  neuron: /current$/,
  flow: /(current|spikes)$/,
};

/** Makes the files of a case. */
export async function certifyFixed(draft: FixedDraft): Promise<Files> {
  const { given, made } = split(draft);
  if (made.size === 0) fail(draft, 'nothing is expected');
  const parts = new Map([['case.npz', fixedArrays(draft, wordsOfCase({ draft }), given, made)]]);
  const hashes = await Promise.all(
    [...parts].map(async ([name, bytes]) => [name, await sha256(bytes)] as const),
  );
  const { case: id, ...words } = wordsOfCase({ draft });
  const { stage, format, B } = draft;
  const manifest = {
    id,
    stage,
    class: draft.class,
    flags: flagsOf(draft, made),
    ...words,
    precision: 'fixed',
    fixed: { ...format, scale: 2 ** -format.fraction },
    constants: fixedConstants(draft),
    samples: B,
    inputs: describeUnits(draft, given),
    expected: describeUnits(draft, made),
    parts: Object.fromEntries(hashes),
  };
  const files = [['manifest.json', encode(`${JSON.stringify(manifest, null, 1)}\n`)] as const, ...parts];
  return new Map(files.map(([name, bytes]) => [`${pathOf(draft)}/${name}`, bytes]));
}

/** The arrays of the stage: what enters, and what is expected. */
function split(
  draft: FixedDraft,
  window = windowOf(draft),
): { given: Map<string, Units>; made: Map<string, Units> } {
  const { stage, format } = draft;
  const [given, made] = [new Map<string, Units>(), new Map<string, Units>()];
  for (const [key, values] of window) {
    const name = key === 'encoded.spikes' ? 'input.spikes' : key;
    const isEncoded = key === 'encoded.spikes' || key === 'image' || key === 'encode.word';
    if (isEncoded !== (stage === 'encode')) continue;
    const row = keys.find((one) => one.name === name.replace(/\d+/, '{n}'));
    if (row?.stage === stage && key !== 'encode.word') made.set(name, unitsOf(key, values, format));
    else if (inputs[stage].test(name)) given.set(name, unitsOf(key, values, format));
  }
  return { given, made };
}

/** Which of the two questions of a format these numbers answer: from the same inputs another answer must give others. */
function flagsOf(draft: FixedDraft, made: ReadonlyMap<string, Units>): string[] {
  const others: [string, Partial<FixedFormat>][] = [
    ['Rounding', { rounding: draft.format.rounding === 'nearest' ? 'truncate' : 'nearest' }],
    ['Overflow', { overflow: draft.format.overflow === 'wrap' ? 'saturate' : 'wrap' }],
  ];
  const inputsOfStage = inputs[draft.stage];
  const pinned = new Map([...windowOf(draft)].filter(([key]) => inputsOfStage.test(key)));
  // Of neurons those that fire: what a spike resets is not what an output sums up.
  const asked = [...made.keys()].filter((key) => draft.stage !== 'neuron' || /compared|spikes$/.test(key));
  const differs = (change: Partial<FixedFormat>): boolean => {
    const changed = { ...draft, format: { ...draft.format, ...change } };
    const other = split(changed, runFixedWindow(changed, pinned)).made;
    return asked.some((key) => made.get(key)!.some((value, i) => value !== other.get(key)![i]));
  };
  return others.filter(([, change]) => differs(change)).map(([name]) => name);
}
