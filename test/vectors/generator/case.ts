/** What a vector is: a stage of a network's step, its inputs, and what is expected of it. */
import type { NetworkDescription } from '../../../spec/dictionary.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import type { Class } from '../../../src/oracle/judge.ts';
import type { StageName } from '../../../src/oracle/keys.ts';

/** `step` is a whole step of Algorithm 1, `epoch` ten of them. */
export type VectorStage = StageName | 'step' | 'epoch';

/**
 * The class of a case is the weakest of its arrays'; `digest`: only bits are judged, and only of those who claim the
 * order of the sums of `spec/`.
 */
export type CaseClass = Class | 'digest';

/** The ways of a case, before anything is computed. */
export interface Draft {
  /** Folder of the variant: a preset, or one with a choice replaced. */
  readonly folder: string;
  readonly name: string;
  readonly stage: VectorStage;
  /** What the case must turn out to be; another class is an error of the generator. */
  readonly class: CaseClass;
  /** In the full set: a step of any weights is of the class that it is found to be. */
  readonly isSurveyed?: boolean;
  /** Counts up whenever the case's bytes change. */
  readonly version: number;
  readonly variant: Variant;
  readonly description: NetworkDescription;
  readonly B: number;
  readonly optimiser: 'adam' | 'sgd';
  /** What enters the step, or the stage alone. */
  readonly inputs: ReadonlyMap<string, Values>;
  /** Arrays that are left out, since this case does not judge them. */
  readonly without?: readonly string[];
  /** Flags that the case must turn out to have. */
  readonly flags?: readonly string[];
  /** The case of which this one differs in one choice, by its path. */
  readonly pair?: string;
}

/** One array that is expected. */
export interface Expectation {
  readonly key: string;
  readonly shape: readonly number[];
  readonly equation: string;
  readonly class: Class;
  /** What `spec/` gives in binary32, in its order of sums. */
  readonly value: Values;
  /** Least and greatest right value of each number; absent where the value alone is right. */
  readonly low?: Float64Array;
  readonly high?: Float64Array;
}

interface Input {
  readonly key: string;
  readonly shape: readonly number[];
  readonly value: Values;
}

/** A case with its certificate. */
export interface Vector {
  readonly draft: Draft;
  readonly inputs: readonly Input[];
  readonly expected: readonly Expectation[];
  readonly certificate: Certificate;
  readonly flags: readonly string[];
}

export interface Certificate {
  /** Numbers that are expected, and how many of them are exact. */
  readonly numbers: number;
  readonly exact: number;
  /** Decisions u ≥ Vth, those at u = Vth, and those within rounding. */
  readonly decisions: number;
  readonly atThreshold: number;
  readonly open: number;
  /** Least |u − Vth| − radius over all decisions that are not open. */
  readonly margin?: number;
}

export const pathOf = ({ folder, stage, name }: Draft): string => `${folder}/${stage}/${name}`;

/** What a generator throws when a case is not what it claims to be: such a case is not written. */
export function fail(draft: Draft, what: string): never {
  throw new Error(`vectors: ${pathOf(draft)}: ${what}`);
}
