/** The trainings of `variants`: bases, and bases with one choice switched. `judge` finds the switches whose effect exceeds that of seeds. */
import { neuronsOf } from '../../spec/network.ts';
import { choices, variants as presets } from '../../spec/variant.ts';
import { keysOf } from '../keysOf.ts';
import type { NetworkFile } from '../network/models.ts';
import { network } from '../network/network.ts';
import { layerKey } from '../train/report.ts';
import { accuraciesOf, type Accuracies } from './accuracy.ts';
import {
  resultsOf,
  trainingsOf,
  type Arm,
  type ExperimentSettings,
  type Trained,
  type Training,
} from './experiment.ts';
import { leaks, protocols, timeWindow, trainingFor } from './protocol.ts';
import { bandOf, meanOf, spreadOf, type Spread } from './spread.ts';

const { model: lenet } = protocols.mnist;

const withMaxPools: NetworkFile = {
  ...lenet,
  name: 'lenet-max',
  layers: lenet.layers.map((layer) =>
    layer.kind === 'averagePool' ? { kind: 'maxPool', size: layer.size } : layer,
  ),
};

/** The bases that switches are compared with: networks with the unchanged variant. */
const bases = {
  LeNet: { model: lenet, leak: leaks.IF },
  'LeNet, LIF': { model: lenet, leak: leaks.LIF },
  'LeNet, max pools': { model: withMaxPools, leak: leaks.IF },
} as const;
type BaseName = keyof typeof bases;

/** The base for questions that the first cannot answer: with λ = 1 the leak rounds nothing, and LeNet has only average pools. */
const baseOf: Readonly<Record<string, BaseName>> = { leak: 'LeNet, LIF', maxPoolFlow: 'LeNet, max pools' };

/** Answers that are not trained, with the reason. */
export const leftOut: Readonly<Record<string, string>> = {
  'reset: subtractThenLeak': 'not a question of the paper',
  'reset: leakThenSubtract': 'not a question of the paper',
  'output: leaks': 'of rule lee alone',
  'output: fires': 'of rule stbp alone',
};

/** The model's own threshold is 1. */
const thresholds = [0.5, 0.75, 1.5, 2];

/** Sizes of our own choice. The seeds of a base separate noise from differences. */
export const sizes = {
  small: {
    timeWindow: 20,
    samples: { train: 5000, validation: 500, test: 2000 },
    settings: { epochs: 3, rateSteps: [2] },
    seeds: { LeNet: 5, 'LeNet, LIF': 3, 'LeNet, max pools': 3, switch: 1 },
  },
  paper: {
    timeWindow,
    samples: { train: 60000, validation: 6000, test: 10000 },
    settings: { epochs: 10, rateSteps: [6] },
    seeds: { LeNet: 5, 'LeNet, LIF': 5, 'LeNet, max pools': 5, switch: 3 },
  },
};

/** A base, or a base with one choice switched. */
export interface VariantArm extends Arm {
  /** `fires: atThreshold` for a switch. */
  readonly name: string;
  readonly base: BaseName;
  readonly switched?: { readonly question: string; readonly answer: string | number };
}

/** Each base, then its switches in the order of their questions: all answers other than the variant's, and thresholds. */
export function armsOf(settings: ExperimentSettings): VariantArm[] {
  const { variant } = settings;
  const preset: Readonly<Record<string, string>> = presets[variant];
  const { timeWindow: T, seeds, ...size } = sizes[settings.size];
  const questions = Object.entries({ ...choices, threshold: thresholds });
  const switches = questions.flatMap(([question, answers]) =>
    answers.map((answer) => ({ question, answer, name: `${question}: ${answer}` })),
  );
  return keysOf(bases).flatMap((base) => {
    const { model, leak } = bases[base];
    const options = { timeWindow: T, leak };
    const begun = { name: base, base, seeds: seeds[base] };
    const training = trainingFor('mnist', settings, { ...size, model }, options);
    const switched = switches.flatMap(({ name, question, answer }): VariantArm[] => {
      const isPreset = answer === preset[question] || Object.hasOwn(leftOut, name);
      if (isPreset || (baseOf[question] ?? 'LeNet') !== base) return [];
      const change =
        typeof answer === 'number'
          ? { threshold: answer }
          : { variant: { from: variant, [question]: answer } };
      return [
        {
          name,
          base,
          seeds: seeds.switch,
          switched: { question, answer },
          training: { ...training, options: { ...training.options, ...change } },
        },
      ];
    });
    return [{ ...begun, training }, ...switched];
  });
}

/** The result of a training, or its error message. */
export type Outcome = Trained | { readonly failed: string };

/** A completed training. Spikes and S are those of its last epoch. */
interface Measured extends Accuracies {
  readonly seed: number;
  /** Spikes of all neurons, without the input. */
  readonly spikesPerSample: number;
  readonly spikeRates: Readonly<Record<string, number>>;
  /** Absent if each neuron has its own S. */
  readonly S?: Readonly<Record<string, number>>;
  /** Rate of the fastest epoch: other programs only slow it down. */
  readonly imagesPerSecond: number;
  readonly digest: string;
}

interface Failed {
  readonly seed: number;
  readonly failed: string;
}

/**
 * `same`: the weights of the base, to the last bit. `inside`, `outside`: inside or outside the band of seeds. `failed`: a training did not
 * complete. `open`: there is no base to compare with.
 */
export type ArmVerdict = 'base' | 'same' | 'inside' | 'outside' | 'failed' | 'open';

export interface Judged {
  readonly arm: VariantArm;
  readonly runs: readonly (Measured | Failed)[];
  /** The completed trainings. */
  readonly measured: readonly Measured[];
  /** Mean over the seeds after the last epoch; absent if no training completed. */
  readonly accuracy?: number;
  /** Difference from the mean of the base; 0 if the bits are the same. */
  readonly difference?: number;
  /** Mean difference from the trainings of the base with the same seeds. */
  readonly paired?: number;
  /** Half the width of the band. */
  readonly band?: number;
  readonly verdict: ArmVerdict;
}

function measure({ model, options, settings }: Training, outcome: Outcome): Measured | Failed {
  const { seed = 1 } = settings;
  if ('failed' in outcome) return { seed, failed: outcome.failed };
  const { epochs, digest } = outcome;
  const { spikeRates, S } = epochs[epochs.length - 1];
  const { plan, variant } = network(model, options);
  const spikes = plan.layers.map(
    (layer) => (spikeRates[layerKey(layer)] ?? 0) * neuronsOf(layer.output) * plan.T,
  );
  return {
    seed,
    ...accuraciesOf(epochs),
    spikesPerSample: spikes.reduce((a, b) => a + b, 0),
    spikeRates,
    ...(variant.scale !== 'neuron' && S && { S }),
    imagesPerSecond: Math.max(...epochs.map(({ imagesPerSecond }) => imagesPerSecond)),
    digest,
  };
}

const meanOfLast = (runs: readonly Measured[]): number => meanOf(runs.map(({ last }) => last));

/** @param outcomes the results of all trainings of the arms, in order */
export function judge(
  arms: readonly VariantArm[],
  outcomes: readonly Outcome[],
): { judged: Judged[]; spread: Spread | undefined } {
  const results = resultsOf(arms, outcomes);
  const all = arms.map((arm, index) => {
    const runs = trainingsOf(arm).map((training, k) => measure(training, results[index][k]));
    return { arm, runs, measured: runs.filter((run): run is Measured => !('failed' in run)) };
  });
  const measuredBases = all.filter(({ arm }) => !arm.switched);
  const spread = spreadOf(measuredBases.map(({ measured }) => measured.map(({ last }) => last)));
  const judged = all.map((one): Judged => {
    const { arm, runs, measured } = one;
    const known = { ...one, ...(measured.length > 0 && { accuracy: meanOfLast(measured) }) };
    if (measured.length < runs.length) return { ...known, verdict: 'failed' };
    if (!arm.switched) return { ...known, verdict: 'base' };
    const base = measuredBases.find((each) => each.arm.base === arm.base)!.measured; // every base is an arm
    if (base.length === 0 || !spread) return { ...known, verdict: 'open' };
    return { ...known, ...compare(measured, base, spread) };
  });
  return { judged, spread };
}

/** Compares the trainings of a switch with those of its base. */
function compare(
  measured: readonly Measured[],
  base: readonly Measured[],
  spread: Spread,
): Pick<Judged, 'difference' | 'paired' | 'band' | 'verdict'> {
  const band = bandOf(spread, measured.length, base.length);
  const pairs = measured.flatMap((run) => {
    const other = base.find(({ seed }) => seed === run.seed);
    return other ? [{ run, other }] : [];
  });
  const isSame =
    pairs.length === measured.length && pairs.every(({ run, other }) => run.digest === other.digest);
  const difference = isSame ? 0 : meanOfLast(measured) - meanOfLast(base);
  const paired = pairs.map(({ run, other }) => run.last - other.last);
  const isOutside = Math.abs(difference) > band;
  return {
    difference,
    ...(paired.length > 0 && { paired: meanOf(paired) }),
    band,
    verdict: isSame ? 'same' : isOutside ? 'outside' : 'inside',
  };
}

/** The trainings of a base with the seeds that the switches also have. */
export function comparable({ arm, measured }: Judged, seeds: number): readonly Measured[] {
  const shared = trainingsOf({ ...arm, seeds }).map(({ settings }) => settings.seed);
  return measured.filter(({ seed }) => shared.includes(seed));
}
