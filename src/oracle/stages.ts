/** Short constructors of stages: inputs, result, rounding, and the function. */
import type { Floats, Precision } from '../../spec/arithmetic.ts';
import type { PointStage, Stage, SumStage } from '../engine/stage.ts';

type Rows = readonly Floats[];
type Function = (args: Rows, precision: Precision) => Floats;
type Widths = Extract<PointStage['wide'], readonly number[]>;
type How<S, Key extends keyof S> = Partial<S> & Pick<S, Key>;

interface Makers {
  /** Whole numbers, and numbers that are only copied or compared. */
  readonly exact: (
    id: string,
    reads: readonly string[],
    writes: string,
    f: Function,
    constants?: readonly number[],
  ) => Stage;
  /** Sums of products: the roundings of a term, or these with further fields. */
  readonly sum: (
    id: string,
    reads: readonly string[],
    writes: string,
    how: number | How<SumStage, 'roundings'>,
    f: Function,
  ) => SumStage;
  /** Everything else: the width of each argument in ε, or the widths with further fields. */
  readonly point: (
    id: string,
    reads: readonly string[],
    writes: string,
    how: Widths | How<PointStage, 'wide'>,
    f: Function,
  ) => PointStage;
}

/** Constructors of the stages of a layer; each stage makes one array. */
export function stagesAt(stage: string, n: number, by?: Stage['by']): Makers {
  const head = (id: string, reads: readonly string[], writes: string) =>
    ({ id, stage, n, by, reads, writes: [writes] }) as const;
  const each =
    (f: Function) =>
    (args: Rows, precision: Precision): Rows => [f(args, precision)];
  return {
    exact: (id, reads, writes, f, constants = []) => ({
      ...head(id, reads, writes),
      kind: 'exact',
      constants,
      f: each(f),
    }),
    sum: (id, reads, writes, how, f) => ({
      ...head(id, reads, writes),
      kind: 'sum',
      f,
      ...(typeof how === 'number' ? { roundings: how } : how),
    }),
    point: (id, reads, writes, how, f) => ({
      ...head(id, reads, writes),
      kind: 'point',
      f: each(f),
      ...('wide' in how ? how : { wide: how }),
    }),
  };
}
