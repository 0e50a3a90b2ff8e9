/** Short constructors of stages. */
import type { Floats, Precision } from '../../spec/arithmetic.ts';
import type { Ball, ExactStage, PointStage, Stage, SumStage } from '../engine/stage.ts';

type Function = (args: readonly Floats[], precision: Precision) => Floats;
type Widths = Extract<PointStage['wide'], readonly number[]>;
type How<S, Key extends keyof S> = Partial<S> & Pick<S, Key>;

/** Constructors of the stages of a layer; each stage makes one array. */
export function stagesAt(stage: string, n: number, by?: Stage['by']) {
  const head = (id: string, reads: readonly string[], writes: string) =>
    ({ id, stage, n, by, reads, writes: [writes] }) as const;
  const each =
    (f: Function): ExactStage['f'] =>
    (args, precision) => [f(args, precision)];
  return {
    /** Whole numbers, and numbers that are only copied or compared. */
    exact: (
      id: string,
      reads: readonly string[],
      writes: string,
      f: Function,
      constants: readonly number[] = [],
    ): Stage => ({ ...head(id, reads, writes), kind: 'exact', constants, f: each(f) }),
    /** A selection of numbers. f returns the bounds. */
    choice: (
      id: string,
      reads: readonly string[],
      writes: string,
      f: (args: readonly Ball[]) => Ball,
    ): Stage => ({
      ...head(id, reads, writes),
      kind: 'choice',
      f: (args) => [f(args)],
    }),
    /** Sums of products. `how`: the number of roundings of a term, or an object with it and further fields. */
    sum: (
      id: string,
      reads: readonly string[],
      writes: string,
      how: number | How<SumStage, 'roundings'>,
      f: Function,
    ): SumStage => ({
      ...head(id, reads, writes),
      kind: 'sum',
      f,
      ...(typeof how === 'number' ? { roundings: how } : how),
    }),
    /** Everything else. `how`: the widths of the arguments in ε, or an object with them and further fields. */
    point: (
      id: string,
      reads: readonly string[],
      writes: string,
      how: Widths | How<PointStage, 'wide'>,
      f: Function,
    ): PointStage => ({
      ...head(id, reads, writes),
      kind: 'point',
      f: each(f),
      ...('wide' in how ? how : { wide: how }),
    }),
  };
}
