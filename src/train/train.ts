/**
 * The trainer. Every way to train in this project is this generator: it yields after each batch, can be stopped by an
 * AbortSignal, and its state can be saved after any yield.
 */
import { computeClass } from '../../spec/loss.ts';
import { neuronsOf, type Layer, type Network } from '../../spec/network.ts';
import { shuffled } from '../../spec/random.ts';
import { computeBatchSums, computeScale, isScaleUpdate } from '../../spec/scale.ts';
import { computeAdamStep, type Powers } from '../../spec/update.ts';
import { breath } from '../breath.ts';
import { openBackend } from '../backend/open.ts';
import type { Rule } from '../backend/backend.ts';
import { checkDataset, type Dataset } from '../data/dataset.ts';
import { InputError } from '../errors.ts';
import { checkWeights, drawWeights, type SpikingNetwork } from '../network/network.ts';
import { Passes, type Report, type Sample } from './passes.ts';
import { checkSettings, optimiserOf, rateOf, type Settings, type TrainSettings } from './settings.ts';
import { noTotals, type Totals, type TrainingState } from './state.ts';

/** Options of {@link train} that do not enter its numbers, beside its settings. */
export interface TrainOptions extends TrainSettings {
  /** Default `wasm`. */
  readonly backend?: string;
  /** Threads of the backend; default 1. The bits are the same for any number. */
  readonly threads?: number;
  /** Ends the run after the batch at hand, without an error. */
  readonly signal?: AbortSignal;
  /** Go on from here instead of from the beginning; its settings hold. */
  readonly state?: TrainingState;
}

/** What a batch gave. */
export interface Progress {
  /** From 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** From 0. */
  readonly batch: number;
  readonly batches: number;
  /** Mean L of the batch's samples. */
  readonly loss: number;
  /** How many of the batch's samples were classified rightly, before the update. */
  readonly correct: number;
  readonly samples: number;
  /** Of the epoch so far, this batch included. */
  readonly totals: Totals;
  /** S of each layer at place n − 1, after this batch. */
  readonly S: readonly number[];
  /** What a user should know: a refused S, a silent layer. */
  readonly notices: readonly string[];
  readonly isEpochEnd: boolean;
  /** A copy of the state after this batch. */
  state(): Promise<TrainingState>;
}

/**
 * Trains a network with ASF-BP. Its weights and S are set when the generator ends or is left, and before that whenever
 * `state()` is asked for; never in between.
 *
 * @param net starts from its weights; from the seed where it has none
 * @throws InputError where options or data do not fit, or the loss is no longer a number
 */
export async function* train(
  net: SpikingNetwork,
  data: Dataset,
  options: TrainOptions = {},
): AsyncGenerator<Progress, void> {
  const { backend: name = 'wasm', threads = 1, signal, state, ...given } = options;
  const settings = state?.settings ?? checkSettings('train', given);
  const { plan } = net;
  checkDataset('train', data, plan.input, plan.layers.at(-1)!.output.channels);
  const start = state?.weights ?? net.weights ?? drawWeights(plan, settings.seed);
  checkWeights('train', plan, start);

  const passes = new Passes(
    openBackend(name, plan, 'train', threads),
    Math.min(settings.batch, data.length),
    settings.shard,
  );
  try {
    passes.writeWeights(start);
    if (settings.optimiser === 'adam') passes.writeMoments(state?.moments);
    net.seed = settings.seed;
    const run = new Run(net, data, settings, passes, state);
    try {
      while (run.epoch < settings.epochs && !signal?.aborted) {
        yield await run.step();
        await breath();
      }
    } finally {
      [net.weights, net.S] = [await passes.readWeights(), [...run.S]];
    }
  } finally {
    passes.backend.dispose();
  }
}

/** One run: where it stands and what a step does. */
class Run {
  epoch: number;
  S: readonly number[];
  private readonly net: SpikingNetwork;
  private readonly data: Dataset;
  private readonly settings: Settings;
  private readonly passes: Passes;
  private readonly batches: number;
  private batch: number;
  private totals: Totals;
  private powers: Powers;
  private order: Uint32Array | undefined;

  constructor(net: SpikingNetwork, data: Dataset, settings: Settings, passes: Passes, state?: TrainingState) {
    this.net = net;
    this.data = data;
    this.settings = settings;
    this.passes = passes;
    this.batches = Math.ceil(data.length / settings.batch);
    this.epoch = state?.epoch ?? 0;
    this.batch = state?.batch ?? 0;
    this.S = state?.S ?? net.S;
    this.powers = state?.powers ?? { β1k: 1, β2k: 1 };
    this.totals = state?.totals ?? noTotals(net.plan.layers.length);
  }

  /** One batch: encode to update. */
  async step(): Promise<Progress> {
    const { passes, net, settings } = this;
    const [epoch, batch] = [this.epoch, this.batch];
    const samples = this.samples();
    passes.forward(samples);
    const report = await passes.readReport();
    checkFinite(
      report,
      net.plan,
      'train',
      `epoch ${epoch + 1}, batch ${batch + 1}`,
      'try a lower learning rate',
    );

    const { S, notices } = computeScales(net.plan, report, this.S, epoch, batch, settings.scaleEvery);
    this.S = S;
    passes.backward(S);
    passes.update(this.rule(samples.length));

    const before = batch === 0 ? noTotals(net.plan.layers.length) : this.totals;
    const { totals, loss, correct } = addReport(before, report, samples);
    this.totals = totals;
    const isEpochEnd = batch + 1 === this.batches;
    if (isEpochEnd) notices.push(...silentLayers(net.plan, totals, epoch));
    [this.epoch, this.batch] = isEpochEnd ? [epoch + 1, 0] : [epoch, batch + 1];
    return {
      epoch,
      epochs: settings.epochs,
      batch,
      batches: this.batches,
      loss: loss / samples.length,
      correct,
      samples: samples.length,
      totals,
      S,
      notices,
      isEpochEnd,
      state: () => this.state(),
    };
  }

  /** A copy of the state before the next batch; the network is brought up to date with it. */
  private async state(): Promise<TrainingState> {
    const { passes, net, settings, epoch, batch, totals, powers } = this;
    const weights = await passes.readWeights();
    const moments = settings.optimiser === 'adam' ? await passes.readMoments() : { m: [], v: [] };
    [net.weights, net.S] = [weights.map((w) => w.slice()), [...this.S]];
    return { settings, epoch, batch, totals, weights, moments, powers, S: this.S };
  }

  /** The samples of the batch at hand, in the epoch's order. */
  private samples(): Sample[] {
    const { data, epoch, settings } = this;
    const { seed, batch: size } = settings;
    if (this.batch === 0 || !this.order) this.order = shuffled(data.length, seed, epoch);
    const places = this.order.subarray(this.batch * size, (this.batch + 1) * size);
    return Array.from(places, (sample) => ({
      input: data.input(sample, { seed, stream: 'train', epoch, sample }),
      label: data.label(sample),
    }));
  }

  /** The rule of this update; Adam's running products advance. */
  private rule(samples: number): Rule {
    const optimiser = optimiserOf(this.settings);
    const η = rateOf(this.settings, this.epoch);
    if (optimiser.kind === 'sgd') return { samples, optimiser, η };
    const { powers, step } = computeAdamStep(this.powers, η, optimiser);
    this.powers = powers;
    return { samples, optimiser, step };
  }
}

/** Stage scale on the host: S of each layer from the flow sums of the batch, where the schedule says so. */
export function computeScales(
  plan: Network,
  { sums }: Report,
  before: readonly number[],
  epoch: number,
  batch: number,
  every: number,
): { S: number[]; notices: string[] } {
  const { variant, precision } = plan;
  const notices: string[] = [];
  const S = plan.layers.map((layer, place) => {
    if (!layer.spikes || !isScaleUpdate(epoch, batch, every, variant)) return before[place];
    const total = computeBatchSums(sums[place], precision);
    const result = computeScale(total, before[place], layer, variant, precision);
    if (result.refused) {
      const ratio = (total.FO / total.FI).toPrecision(4);
      notices.push(
        `S of ${nameOf(layer)} stays ${before[place]}: Eq. 12 gives ${ratio}, outside (0, 1/Vth], at epoch ${epoch + 1}, batch ${batch + 1}`,
      );
    }
    return result.S;
  });
  return { S, notices };
}

/** `layer 3 (convolution)`. */
export function nameOf({ n, kind }: Layer): string {
  return `layer ${n} (${kind.name})`;
}

/** Mean spikes a neuron and step of each layer of neurons, by `n kind`. */
export function spikeRates({ layers, T }: Network, { samples, spikes }: Totals): Record<string, number> {
  const spiking = layers.filter((layer) => layer.spikes);
  return Object.fromEntries(
    spiking.map((layer) => [
      `${layer.n} ${layer.kind.name}`,
      spikes[layer.n - 1] / (neuronsOf(layer.output) * T * Math.max(1, samples)),
    ]),
  );
}

/** Adds what a forward pass found to an epoch's totals. */
export function addReport(
  before: Totals,
  { losses, potentials, spikes }: Report,
  samples: readonly Sample[],
): { totals: Totals; loss: number; correct: number } {
  let loss = 0;
  let correct = 0;
  for (const [b, { label }] of samples.entries()) {
    loss += losses[b];
    if (computeClass(potentials[b]) === label) correct++;
  }
  const totals = {
    samples: before.samples + samples.length,
    loss: before.loss + loss,
    correct: before.correct + correct,
    spikes: before.spikes.map((count, place) => spikes[place].reduce((sum, fired) => sum + fired, count)),
  };
  return { totals, loss, correct };
}

function silentLayers(plan: Network, totals: Totals, epoch: number): string[] {
  return plan.layers
    .filter((layer) => layer.spikes && totals.spikes[layer.n - 1] === 0)
    .map(
      (layer) =>
        `${nameOf(layer)} never fired in epoch ${epoch + 1}; a lower threshold or a longer window would wake it`,
    );
}

/** A loss that is not finite ends what is done; said with the first layer whose flow is not. */
export function checkFinite(
  { losses, sums }: Report,
  plan: Network,
  where: string,
  at: string,
  next: string,
): void {
  const b = losses.findIndex((loss) => !Number.isFinite(loss));
  if (b < 0) return;
  const layer = plan.layers.find(({ n }) => !Number.isFinite(sums[n - 1][b].FI)) ?? plan.layers.at(-1)!;
  throw new InputError(
    `${where}: loss is ${losses[b]} at ${at}: the input of ${nameOf(layer)} is not finite; ${next}`,
  );
}
