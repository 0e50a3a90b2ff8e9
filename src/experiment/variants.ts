/**
 * Switches each named choice of the variant, and the threshold, alone, to find which of the questions that the paper leaves open change the
 * accuracy. The paper has no such table.
 */
import { variants as presets } from '../../spec/variant.ts';
import { NotFiniteError } from '../errors.ts';
import {
  partName,
  type Experiment,
  type Part,
  type ExperimentReport,
  type ExperimentSettings,
  type Training,
} from './experiment.ts';
import { meanOf, type Spread } from './spread.ts';
import { armsOf, leftOut, sizes } from './switches.ts';
import { figureOf } from './variantsFigure.ts';
import { contentOf } from './variantsText.ts';
import { comparable, judge, type Judged, type Outcome } from './verdicts.ts';

/** A training whose numbers do not stay finite is a result too. */
function partOf(name: string, training: Training): Part<Outcome> {
  return {
    name,
    of: training,
    estimate: (laboratory) => laboratory.estimate(training),
    async run(laboratory) {
      try {
        return await laboratory.train(name, training);
      } catch (cause) {
        if (!(cause instanceof NotFiniteError)) throw cause;
        return { failed: cause.message };
      }
    },
  };
}

function parts(settings: ExperimentSettings): Part<Outcome>[] {
  return armsOf(settings).flatMap(({ name, trainings }) =>
    trainings.map((training) => partOf(partName(`${name}-${training.settings.seed}`), training)),
  );
}

function linesOf(
  settings: ExperimentSettings,
  judged: readonly Judged[],
  spread: Spread | undefined,
): object[] {
  const own: Readonly<Record<string, string>> = presets[settings.variant];
  const { seeds, ...size } = sizes[settings.size];
  return [
    { experiment: 'variants', ...settings, ...size, seeds, ...spread, leftOut },
    ...judged.map((one) => {
      const { arm, runs, measured: _, ...rest } = one;
      const alike = comparable(one, seeds.switch);
      return {
        row: arm.name,
        base: arm.base,
        ...(arm.switched && { ...arm.switched, ofBase: own[arm.switched.question] ?? 1 }),
        ...rest,
        ...(alike.length > 0 && {
          spikesPerSample: meanOf(alike.map(({ spikesPerSample }) => spikesPerSample)),
          imagesPerSecond: meanOf(alike.map(({ imagesPerSecond }) => imagesPerSecond)),
        }),
        runs,
      };
    }),
  ];
}

function report(settings: ExperimentSettings, outcomes: readonly Outcome[]): ExperimentReport {
  const { judged, spread } = judge(armsOf(settings), outcomes);
  return {
    lines: linesOf(settings, judged, spread),
    content: contentOf(settings, judged, spread),
    figure: figureOf(judged),
  };
}

export const variants: Experiment<Outcome> = {
  help: 'Each choice that the paper leaves open, switched alone: LeNet on MNIST',
  data: 'mnist',
  parts,
  report,
};
