/** A case in fixed point → the files of its folder: whole numbers, and in the manifest the format and the constants. */
import { real } from '../../../spec/arithmetic.ts';
import { buildNetwork } from '../../../spec/dictionary.ts';
import { toUnits, type FixedFormat } from '../../../spec/fixed.ts';
import { writeNpz } from '../../../src/formats/npz.ts';
import type { AnyTensor } from '../../../src/formats/tensor.ts';
import { keys, keyOf, placesOf } from '../../../src/oracle/keys.ts';
import { tensorOf } from '../../../src/oracle/options.ts';
import { pathOf } from './case.ts';
import { fail } from './certify.ts';
import { encode, sha256, wordsOfCase, type Files } from './files.ts';
import { runWindow, unitsOf, windowOf, type FixedDraft, type FixedStage } from './fixedCases.ts';

/** What enters each stage; what it makes, the table of keys says. */
const inputs: Readonly<Record<FixedStage, RegExp>> = {
  encode: /^(image|encode\.word)$/,
  current: /(weight|spikes)$/,
  neuron: /current$/,
  flow: /(current|spikes)$/,
};

type Units = Int32Array | Uint32Array;

/** Makes the files of a case. */
export async function certifyFixed(draft: FixedDraft): Promise<Files> {
  const { given, made } = split(draft);
  if (made.size === 0) fail(draft, 'nothing is expected');
  const parts = new Map([['case.npz', arraysFile(draft, given, made)]]);
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
    constants: constantsOf(draft),
    samples: B,
    inputs: describe(draft, given),
    expected: describe(draft, made),
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
    const other = split(changed, runWindow(changed, pinned)).made;
    return asked.some((key) => made.get(key)!.some((value, i) => value !== other.get(key)![i]));
  };
  return others.filter(([, change]) => differs(change)).map(([name]) => name);
}

/** Vth and λ of each layer in units. */
function constantsOf({
  description,
  variant,
  format,
}: FixedDraft): Record<string, { Vth: number; leak: number }> {
  const { layers } = buildNetwork(description, variant, real);
  return Object.fromEntries(
    layers.map(({ n, Vth, λ }) => [
      keyOf(n, '').slice(0, -1),
      { Vth: toUnits(Vth, format), leak: toUnits(λ, format) },
    ]),
  );
}

function arraysFile(draft: FixedDraft, given: Map<string, Units>, made: Map<string, Units>): Uint8Array {
  const meta: AnyTensor = { dtype: 'STR', shape: [], data: [JSON.stringify(wordsOfCase({ draft }))] };
  const shape = shapes(draft);
  return writeNpz([
    ['meta', meta],
    ...[...given].map(([key, values]): [string, AnyTensor] => [key, tensorOf(values, shape(key))]),
    ...[...made].map(([key, values]): [string, AnyTensor] => [
      `expected.${key}`,
      tensorOf(values, shape(key)),
    ]),
  ]);
}

function shapes({ description, variant, B }: FixedDraft): (key: string) => readonly number[] {
  const places = placesOf(buildNetwork(description, variant, real), B);
  return (key) => places.get(key)!.shape;
}

/** Spikes and counts have 8 bits, random words 32, all else the format's. */
function widthOf(key: string, values: Units, { width }: FixedFormat): number {
  if (values instanceof Uint32Array) return 32;
  return /spikes$|FO$/.test(key) ? 8 : width;
}

function describe(draft: FixedDraft, arrays: ReadonlyMap<string, Units>): Record<string, unknown> {
  const shape = shapes(draft);
  return Object.fromEntries(
    [...arrays].map(([key, values]) => [
      key,
      {
        shape: shape(key),
        type: values instanceof Uint32Array ? 'U32' : 'I32',
        bits: widthOf(key, values, draft.format),
      },
    ]),
  );
}
