/** The results of the trainings of `variants`, arm by arm, and the switches that differ from their base by more than seeds explain. */
import { neuronsOf } from '../../spec/network.ts';
import { network } from '../network/network.ts';
import { layerKey } from '../train/report.ts';
import { accuraciesOf, type Accuracies } from './accuracy.ts';
import type { Trained, Training } from './experiment.ts';
import { bandOf, meanOf, spreadOf, type Spread } from './spread.ts';
import type { Arm, BaseName } from './switches.ts';

/** The result of a training, or its error message. */
export type Outcome = Trained | { readonly failed: string };

/** A completed training; all but accuracies and digest are from its last epoch. */
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
 * `same`: the weights of the base, to the last bit. `inside`, `outside`: of the band that seeds explain. `failed`: a training did not
 * complete. `open`: there is no base to compare with.
 */
export type ArmVerdict = 'base' | 'same' | 'inside' | 'outside' | 'failed' | 'open';

export interface Judged {
  readonly arm: Arm;
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

function measure(seed: number, { model, options }: Training, outcome: Trained): Measured {
  const { epochs, digest } = outcome;
  const { spikeRates, S } = epochs[epochs.length - 1];
  const { plan, variant } = network(model, options);
  const neurons = Object.fromEntries(plan.layers.map((layer) => [layerKey(layer), neuronsOf(layer.output)]));
  const spikes = Object.entries(spikeRates).map(([key, rate]) => rate * neurons[key] * plan.T);
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

interface Runs {
  readonly arm: Arm;
  readonly runs: readonly (Measured | Failed)[];
  readonly measured: readonly Measured[];
}

/** @param outcomes the results of all trainings of the arms, in order */
export function judge(
  arms: readonly Arm[],
  outcomes: readonly Outcome[],
): { judged: Judged[]; spread: Spread | undefined } {
  let place = 0;
  const all = arms.map((arm): Runs => {
    const runs = arm.trainings.map((training) => {
      const outcome = outcomes[place++];
      const { seed = 1 } = training.settings;
      return 'failed' in outcome ? { seed, failed: outcome.failed } : measure(seed, training, outcome);
    });
    return { arm, runs, measured: runs.filter((run): run is Measured => !('failed' in run)) };
  });
  const bases = new Map(all.filter(({ arm }) => !arm.switched).map((runs) => [runs.arm.base, runs]));
  const spread = spreadOf([...bases.values()].map(({ measured }) => measured.map(({ last }) => last)));
  return { judged: all.map((runs) => judgeOne(runs, bases, spread)), spread };
}

function judgeOne(runs: Runs, bases: ReadonlyMap<BaseName, Runs>, spread: Spread | undefined): Judged {
  const { arm, measured } = runs;
  const base = bases.get(arm.base)!.measured; // every base is measured
  const [n, m] = [measured.length, base.length];
  const accuracy = n > 0 ? meanOf(measured.map(({ last }) => last)) : undefined;
  const known = { ...runs, ...(accuracy !== undefined && { accuracy }) };
  if (!arm.switched) return { ...known, verdict: n < runs.runs.length ? 'failed' : 'base' };
  if (n < runs.runs.length) return { ...known, verdict: 'failed' };
  if (m === 0 || !spread) return { ...known, verdict: 'open' };
  const band = bandOf(spread, n, m);
  const pairs = measured.flatMap((run) => {
    const other = base.find(({ seed }) => seed === run.seed);
    return other ? [{ run, other }] : [];
  });
  const isSame = pairs.length === n && pairs.every(({ run, other }) => run.digest === other.digest);
  const paired =
    pairs.length > 0 ? { paired: meanOf(pairs.map(({ run, other }) => run.last - other.last)) } : {};
  const difference = isSame ? 0 : accuracy! - meanOf(base.map(({ last }) => last)); // no run failed
  const verdict = isSame ? 'same' : Math.abs(difference) > band ? 'outside' : 'inside';
  return { ...known, difference, ...paired, band, verdict };
}

/** The trainings of a base with the seeds that the switches also have. */
export function comparable({ arm, measured }: Judged, seeds: number): readonly Measured[] {
  const shared = arm.trainings.slice(0, seeds).map(({ settings }) => settings.seed);
  return measured.filter(({ seed }) => shared.includes(seed));
}
