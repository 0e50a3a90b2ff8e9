/** A vector: a stage of a network's training step, its inputs, and its expected results. */
import type { NetworkDescription } from '../../../spec/dictionary.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import type { Class } from '../../../src/oracle/judge.ts';
import type { StageName } from '../../../src/oracle/keys.ts';

/** `step` is a whole training step, and `epoch` is ten of them. */
export type VectorStage = StageName | 'step' | 'epoch';

/**
 * The class of a case is the weakest class of its arrays. In a case of class `digest`, bits alone are compared, and only for
 * implementations that claim to sum in the order of `spec/`.
 */
export type CaseClass = Class | 'digest';

/** A case before its results are computed. */
export interface Draft {
  /** Folder of the variant: a preset, or a preset with one choice replaced. */
  readonly folder: string;
  readonly name: string;
  readonly stage: VectorStage;
  /** The class that the case must have. The generator refuses another class. */
  readonly class: CaseClass;
  /** If true, the generator finds the class of the case, and does not require the stated `class`. */
  readonly isSurveyed?: boolean;
  /** Increases whenever the bytes of the case change. */
  readonly version: number;
  readonly variant: Variant;
  readonly description: NetworkDescription;
  readonly B: number;
  readonly optimiser: 'adam' | 'sgd';
  /** Inputs of the step, or of the stage. */
  readonly inputs: ReadonlyMap<string, Values>;
  /** Arrays that this case omits, because it does not judge them. */
  readonly without?: readonly string[];
  /** Flags that the case must have. */
  readonly flags?: readonly string[];
  /** The path of the case from which this one differs in one choice. */
  readonly pair?: string;
}

export interface Expectation {
  readonly key: string;
  readonly shape: readonly number[];
  readonly equation: string;
  readonly class: Class;
  /** The result of `spec/` in binary32, in its order of sums. */
  readonly value: Values;
  /** Least and greatest correct value of each number; absent if only `value` is correct. */
  readonly low?: Float64Array;
  readonly high?: Float64Array;
}

interface Input {
  readonly key: string;
  readonly shape: readonly number[];
  readonly value: Values;
}

/** A case with its results and its certificate. */
export interface Vector {
  readonly draft: Draft;
  readonly inputs: readonly Input[];
  readonly expected: readonly Expectation[];
  readonly certificate: Certificate;
  readonly flags: readonly string[];
}

export interface Certificate {
  /** Number of expected numbers. */
  readonly numbers: number;
  /** Number of expected numbers that are exact. */
  readonly exact: number;
  /** Number of decisions whether u ≥ Vth. */
  readonly decisions: number;
  /** Number of decisions at u = Vth. */
  readonly atThreshold: number;
  /** Number of decisions that rounding leaves open. */
  readonly open: number;
  /** Least |u − Vth| − radius over all decisions that are not open. */
  readonly margin?: number;
}

export const pathOf = ({ folder, stage, name }: Draft): string => `${folder}/${stage}/${name}`;

/** Throws for a case that is not as its draft claims. Such a case is not written. */
export function fail(draft: Draft, what: string): never {
  throw new Error(`vectors: ${pathOf(draft)}: ${what}`);
}
