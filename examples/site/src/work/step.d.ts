import type { AnyTensor } from '../../../../src/formats/tensor.ts';
import type { checkSurrogate, CheckAnswer } from '../../../../src/oracle.ts';
import type { Difference } from '../../../../src/oracle/judge.ts';

type Tell = (progress: { readonly done: number; readonly of: number }) => void;
type Found = Pick<CheckAnswer, 'verdict' | 'as'> &
  Pick<ReturnType<typeof checkSurrogate>['steps'][number], 'findings' | 'diagnoses'>;

/** The inputs of a small step, and their description. */
export function smallStep(framework: string): {
  readonly arrays: ReadonlyMap<string, AnyTensor>;
  readonly words: Readonly<Record<string, unknown>>;
};

/** Checks a small step, with or without a mistake. */
export function plantStep(
  asked: { readonly framework: string; readonly mistake?: string; readonly numbers?: readonly number[] },
  onProgress?: Tell,
): Found;

export function checkStep(asked: { readonly file: File }, onProgress?: Tell): Promise<Found>;

/** A part of an array of the last checked step. */
export function pictureOf(asked: { readonly key: string; readonly at?: Difference | undefined }): {
  readonly rows: readonly [number, number, number];
  readonly columns: readonly [number, number, number];
  readonly first?: { readonly row: number; readonly column: number };
  readonly got: Float64Array;
  readonly expected?: Float64Array;
};
