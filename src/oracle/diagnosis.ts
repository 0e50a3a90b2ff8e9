/** What a diagnosis starts from, and what it finds. */
import type { Intervals, Values } from './interval.ts';
import type { Choices } from './mistakes/combined.ts';
import type { StagePart } from './stagePart.ts';

/** What explains a part. */
export interface Explanation {
  /** Of a mistake of the catalogue; of several at once joined by ` + `. */
  readonly id: string;
  readonly says: string;
  /** Where it is another answer to questions of the variant: these. */
  readonly choices?: Choices;
}

/** What a mistake says of a part that differs. */
export interface Diagnosis {
  readonly part: string;
  /** What explains all of the part's arrays entirely; of several, this data does not tell which. */
  readonly explains: readonly Explanation[];
  /** Of several: a key that would tell the first two apart. */
  readonly toldApartBy?: string;
  /** Arrays that it is made of and that nothing decides: as long as these may be wrong, nothing is said of the part. */
  readonly doubtful?: readonly string[];
  /** Mistakes that were tried and do not. */
  readonly excluded: readonly string[];
  /** Whether not all that can be made at once was tried, since too much lies between the supplied arrays. */
  readonly isCutShort: boolean;
}

/** What a diagnosis starts from. */
export interface Known {
  /** What was given and what was made. */
  readonly base: Intervals;
  readonly made: ReadonlyMap<string, Values>;
  /** What the right parts make between these, as far as it was kept. */
  readonly between: Intervals;
}

/** A part that is wrong by itself; the first sample that it is wrong of, or 0 where it is of none; and which of its neurons or weights there. */
export interface Wrong {
  readonly part: StagePart;
  readonly sample: number;
  readonly places: readonly number[];
  /** Supplied arrays that it is made of, and that nothing decides. */
  readonly doubtful: readonly string[];
}

/** Told before each part that is checked, and after each mistake that is tried at one. */
export type Tell = (doing: 'checked' | 'diagnosed', part: string, done: number, of: number) => void;
