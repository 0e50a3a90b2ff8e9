/**
 * The trainer. Every way to train in this project is this generator: it yields after each batch, can be stopped by an
 * AbortSignal, and its state can be saved after any yield.
 */
import { shuffled } from '../../spec/random.ts';
import { subtracts } from '../../spec/neuron.ts';
import { ruleChoices } from '../../spec/rule.ts';
import { computeAdamStep, type Powers } from '../../spec/update.ts';
import type { Variant } from '../../spec/variant.ts';
import { breath } from '../breath.ts';
import { requestBackend, type BackendChoice } from '../backend/open.ts';
import type { Rule } from '../backend/backend.ts';
import { checkDataset, type Dataset } from '../data/dataset.ts';
import { checkWhole, InputError, refuse } from '../errors.ts';
import { checkIsNetwork, checkWeights, drawWeights, type SpikingNetwork } from '../network/network.ts';
import { checkMemory } from './memory.ts';
import { ownPlaces, Passes, type Sample } from './passes.ts';
import { addReport, checkFinite, checkLearnt, computeScales, silentLayers } from './report.ts';
import {
  checkSettings,
  optimiserOf,
  rateOf,
  timeRule,
  type Settings,
  type TrainSettings,
} from './settings.ts';
import { drawSamples, labelsOf } from './shown.ts';
import { checkState, noTotals, type Totals, type TrainingState } from './state.ts';
import type { Deal, Team } from './team.ts';
import type { Verified } from './verify/verify.ts';

export { computeScales, nameOf, scalesByLayer, spikeRates } from './report.ts';

/** Options of {@link train} that do not enter its numbers, beside its settings. */
export interface TrainOptions extends TrainSettings, BackendChoice {
  /** With backend `webgpu`: how many of the first batches are run on wasm too; see `Progress.verified`. */
  readonly verify?: number;
  /** Ends the run after the batch at hand, without an error. */
  readonly signal?: AbortSignal;
  /** Go on from here instead of from the beginning. Its settings hold: others may be left out, or be the same. */
  readonly state?: TrainingState;
  /**
   * Processes that share each batch, with the bits of one. Each is to be called with the same network, data and options, and
   * gets the same progress; `signal` must be aborted between the same two batches in all.
   */
  readonly team?: Team | undefined;
}

/** What a batch gave. */
export interface Progress {
  /** From 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** From 0. */
  readonly batch: number;
  readonly batches: number;
  /** Mean L of the batch's samples, in binary64: a statistic, not the loss of Eq. 6 that the variant differentiates. */
  readonly loss: number;
  /** How many of the batch's samples were classified rightly, before the update. */
  readonly correct: number;
  readonly samples: number;
  /** Of the epoch so far, this batch included. */
  readonly totals: Totals;
  /** S of each layer at place n − 1, after this batch; rules without S leave it as it was. */
  readonly S: readonly number[];
  /** What a user should know: a refused S, a silent layer. */
  readonly notices: readonly string[];
  /** Where the batch was run on wasm too: what differs. */
  readonly verified?: Verified;
  readonly isEpochEnd: boolean;
  /**
   * A copy of the state after this batch. The latest batch only.
   *
   * @throws InputError once a later batch has begun, or the training has ended
   */
  state(): Promise<TrainingState>;
}

/**
 * Trains a network, with ASF-BP or another rule. Its weights and S are set when the generator ends or is left, and before that whenever
 * `state()` is asked for; never in between, and not to what a step that failed has left.
 *
 * @param net starts from its weights; from the seed where it has none
 * @throws InputError where options or data do not fit, or a number is no longer finite
 */
export async function* train(
  net: SpikingNetwork,
  data: Dataset,
  options: TrainOptions = {},
): AsyncGenerator<Progress, void> {
  const { backend, threads, device, verify = 0, signal, state, team, ...given } = options;
  checkIsNetwork('train', net);
  const { plan } = net;
  checkDataset('train', data, plan.input, plan.layers.at(-1)!.output.channels);
  const settings = state
    ? checkState('train', plan, data.length, state, given)
    : checkSettings('train', { ...given, rule: given.rule ?? net.rule });
  checkRule(net, settings);
  const rule = timeRule(settings);
  const start = state?.weights ?? net.weights ?? drawWeights(plan, settings.seed);
  checkWeights('train', plan, start);

  const batch = Math.min(settings.batch, data.length);
  const opened = await requestBackend({ backend, threads, device }, plan, 'train', batch);
  try {
    if (rule && opened.goesThroughTime === false)
      refuse('train', 'rule', `asf with the ${opened.name} backend`, settings.rule, 'take backend wasm');
    checkWhole('train', 'verify', verify, 0, 2 ** 32);
    if (verify > 0 && opened.name !== 'webgpu')
      refuse('train', 'verify', 'backend webgpu beside it', `backend ${opened.name}`);
    if (team && !opened.cells) refuse('train', 'team', 'backend wasm or reference beside it', opened.name);
    const { shard, optimiser } = settings;
    checkMemory('train', opened, { batch, shard, moments: optimiser === 'adam', rule, team });
    const most = team ? team.share(batch, shard).samples : batch;
    const passes = new Passes(opened, most, shard, rule, team);
    passes.writeWeights(start);
    if (settings.optimiser === 'adam') passes.writeMoments(state?.moments);
    const run = new Run(net, data, settings, passes, state, team);
    run.unverified = verify;
    let isWhole = true;
    try {
      while (run.epoch < settings.epochs && !signal?.aborted) {
        isWhole = false;
        const progress = await run.step();
        isWhole = true;
        yield progress;
        await breath();
      }
    } finally {
      if (isWhole) await run.end();
    }
  } finally {
    opened.dispose();
  }
}

/** A rule is of a loss and of an output layer: the network's variant must have what it asks. */
function checkRule({ variant }: SpikingNetwork, { rule }: Settings): void {
  const asked: Partial<Variant> = ruleChoices[rule];
  for (const [question, answer] of Object.entries(asked)) {
    const own = variant[question as keyof Variant];
    const next = `make the network with the option rule ${rule}`;
    if (own !== answer) refuse('train', 'rule', `one for a variant of ${question} ${own}`, rule, next);
  }
  if (rule !== 'asf' && subtracts(variant))
    refuse(
      'train',
      'rule',
      `asf for a variant of reset ${variant.reset}`,
      rule,
      'its gradient is that of a reset to 0',
    );
}

/** One run: where it stands and what a step does. */
class Run {
  epoch: number;
  S: readonly number[];
  private readonly net: SpikingNetwork;
  private readonly data: Dataset;
  private readonly settings: Settings;
  private readonly passes: Passes;
  private readonly team: Team | undefined;
  private readonly batches: number;
  private batch: number;
  private totals: Totals;
  private powers: Powers;
  private order: Uint32Array | undefined;
  /** Batches that are still to be run on wasm too. */
  unverified = 0;
  /** Steps begun; Infinity after the end. */
  private begun = 0;

  constructor(
    net: SpikingNetwork,
    data: Dataset,
    settings: Settings,
    passes: Passes,
    state?: TrainingState,
    team?: Team,
  ) {
    this.net = net;
    this.data = data;
    this.settings = settings;
    this.passes = passes;
    this.team = team;
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
    const step = ++this.begun;
    const [epoch, batch] = [this.epoch, this.batch];
    const places = this.places();
    const deal = this.team?.deal(places.length, settings.shard);
    const samples = this.samples(places, deal);
    const isASF = settings.rule === 'asf';
    if (isASF) passes.forward(samples, deal);
    else passes.throughTime(samples, deal);
    const report = await passes.readReport();
    checkFinite(
      report,
      net.plan,
      'train',
      `epoch ${epoch + 1}, batch ${batch + 1}`,
      'try a lower learning rate',
    );

    const { S, notices } = isASF
      ? computeScales(net.plan, report, this.S, epoch, batch, settings.scaleEvery)
      : { S: this.S, notices: [] as string[] };
    this.S = S;
    if (isASF) passes.backward(S);
    const verifyUpdate = this.unverified-- > 0 ? await this.verify(samples) : undefined;
    if (deal) await passes.combine();
    const rule = this.rule(places.length);
    passes.update(rule);
    const verified = await verifyUpdate?.(rule);

    const before = batch === 0 ? noTotals(net.plan.layers.length) : this.totals;
    const { totals, loss, correct } = addReport(before, report, labelsOf(this.data, places));
    this.totals = totals;
    const isEpochEnd = batch + 1 === this.batches;
    if (isEpochEnd) notices.push(...silentLayers(net.plan, totals, epoch));
    [this.epoch, this.batch] = isEpochEnd ? [epoch + 1, 0] : [epoch, batch + 1];
    return {
      epoch,
      epochs: settings.epochs,
      batch,
      batches: this.batches,
      loss: loss / places.length,
      correct,
      samples: places.length,
      totals,
      S,
      notices,
      ...(verified && { verified }),
      isEpochEnd,
      state: () => this.state(step),
    };
  }

  /** The same batch on wasm, from the same weights; loaded when it is asked for. */
  private async verify(samples: readonly Sample[]): Promise<(rule: Rule) => Promise<Verified>> {
    const { passes, settings, S } = this;
    const { verifyBatch } = await import('./verify/verify.ts');
    const { shard, optimiser } = settings;
    return verifyBatch(passes, { samples, S, shard, isAdam: optimiser === 'adam' });
  }

  /** The last step was done: the network gets what was learnt. */
  async end(): Promise<void> {
    this.begun = Infinity;
    const weights = await this.passes.readWeights();
    checkLearnt(this.net.plan, 'train', weights, this.epoch, this.batch);
    this.keep(weights);
  }

  /** A copy of the state before the next batch; the network is brought up to date with it. */
  private async state(step: number): Promise<TrainingState> {
    if (step !== this.begun)
      throw new InputError('train: state() of the latest batch only, before the next one or the end');
    const { passes, net, settings, epoch, batch, totals, powers, S } = this;
    const isAdam = settings.optimiser === 'adam';
    const [weights, moments] = await Promise.all([
      passes.readWeights(),
      isAdam ? passes.readMoments() : { m: [], v: [] },
    ]);
    for (const learnt of [weights, moments.m, moments.v])
      checkLearnt(net.plan, 'train', learnt, epoch, batch);
    this.keep(weights.map((w) => w.slice()));
    return { settings, epoch, batch, totals, weights, moments, powers, S };
  }

  private keep(weights: Float32Array[]): void {
    const { net, S, settings } = this;
    [net.weights, net.S, net.seed, net.rule] = [weights, [...S], settings.seed, settings.rule];
  }

  /** The places of the batch at hand, in the epoch's order. */
  private places(): Uint32Array {
    const { data, epoch, settings, batch } = this;
    if (batch === 0 || !this.order) this.order = shuffled(data.length, settings.seed, epoch);
    return this.order.subarray(batch * settings.batch, (batch + 1) * settings.batch);
  }

  /** The samples of this process. */
  private samples(places: Uint32Array, deal?: Deal): Sample[] {
    const { data, epoch, net, team } = this;
    const draw = { seed: this.settings.seed, stream: 'train', epoch } as const;
    return drawSamples('train', net.plan, data, ownPlaces(places, deal, team), draw);
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
