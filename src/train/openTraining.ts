/**
 * A training: an open backend, its buffers, and a position in the data. It takes one step per batch, and evaluates between
 * steps on the same threads and in the same memory.
 */
import { shuffled } from '../../spec/random.ts';
import { computeAdamStep, type Powers } from '../../spec/update.ts';
import {
  backendNames,
  deviceNames,
  isOnDevice,
  requestBackend,
  type BackendChoice,
} from '../backend/open.ts';
import type { Backend, UpdateStep } from '../backend/backend.ts';
import { checkDataset, type Dataset } from '../data/dataset.ts';
import { checkSignal, checkWhole, InputError, refuse } from '../errors.ts';
import { checkIsNetwork, checkWeights, drawWeights, type SpikingNetwork } from '../network/network.ts';
import { unusedLines } from '../network/unused.ts';
import { evaluatePass, type Evaluation, type StopSignal, type Watching } from './evaluate.ts';
import { checkMemory } from './memory.ts';
import { AsfGradient } from './asfGradient.ts';
import { ownPlaces, type Sample } from './forwardPass.ts';
import { addReport, checkFinite, checkLearnt, computeScales, silentLayers } from './report.ts';
import {
  checkRule,
  checkSettings,
  optimiserOf,
  rateOf,
  timeRule,
  type Settings,
  type TrainSettings,
} from './settings.ts';
import { drawSamples, labelsOf } from './sampleInput.ts';
import { checkState, noTotals, type Totals, type TrainingState } from './state.ts';
import { alone, type ShardAssignment, type ProcessGroup } from './processGroup.ts';
import { TimeGradient } from './timeGradient.ts';
import type { Verified } from './verify/verified.ts';

/**
 * Options of {@link train}: its settings, and options that do not change its numbers.
 */
export interface TrainOptions extends TrainSettings, BackendChoice {
  /** With backend `webgpu`: the number of first batches that also run on wasm, 0 … 2³². Default 0. See `Progress.verified`. */
  readonly verify?: number;
  /** An `AbortSignal` that stops the run after the current batch, without an error. Default: none. */
  readonly signal?: StopSignal;
  /** Resumes from this state. Default: from the beginning. Its settings apply: settings given beside it must be absent or equal. */
  readonly state?: TrainingState;
  /**
   * The processes that share each batch. Default: only this one. They produce the bits of one process. Call each with the same network,
   * data and options; each gets the same progress. `signal` must be aborted between the same two batches in all.
   */
  readonly processes?: ProcessGroup | undefined;
}

/** The result of a batch. */
export interface Progress {
  /** From 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** From 0. */
  readonly batch: number;
  readonly batches: number;
  /** Mean L of the batch's samples, in binary64: a statistic, not the loss of Eq. 6 that the variant differentiates. */
  readonly loss: number;
  /** Samples of the batch that were classified correctly, before the update. */
  readonly correct: number;
  readonly samples: number;
  /** Totals of the epoch up to and including this batch. */
  readonly totals: Totals;
  /** S of each layer at place n − 1, after this batch; rules without S do not change it. */
  readonly S: readonly number[];
  /** Notices for the user: a refused S, a silent layer, a setting without effect. */
  readonly notices: readonly string[];
  /** If the batch also ran on wasm: the differences. */
  readonly verified?: Verified;
  readonly isEpochEnd: boolean;
  /**
   * A copy of the state after this batch. For the last batch of `train` also after its end, by a signal or `break` too.
   *
   * @throws InputError once a later batch has begun
   */
  state(): Promise<TrainingState>;
  /**
   * Evaluates the weights after this batch on a data set, with the result of `evaluate`, on the threads and in the
   * memory of the training.
   *
   * @throws InputError once a later batch has begun or the training has ended
   */
  evaluate(data: Dataset, watching?: Watching): Promise<Evaluation>;
}

/** The fixed parts of an open training. */
interface Opened {
  readonly net: SpikingNetwork;
  readonly data: Dataset;
  readonly settings: Settings;
  readonly backend: Backend;
  readonly pass: AsfGradient | TimeGradient;
  readonly verify: number;
}

/** An open training. It must be closed in every case. */
export class OpenTraining {
  private readonly net: SpikingNetwork;
  private readonly data: Dataset;
  private readonly settings: Settings;
  private readonly backend: Backend;
  private readonly pass: AsfGradient | TimeGradient;
  private readonly batches: number;
  private epoch: number;
  private batch: number;
  private S: readonly number[];
  private totals: Totals;
  private powers: Powers;
  private order: Uint32Array | undefined;
  /** Batches that will also run on wasm. */
  private unverified: number;
  /** Steps begun. */
  private begun = 0;
  private isClosed = false;
  /** The state at the end. */
  private last: TrainingState | undefined;
  /** Whether no step is running and none has failed. */
  private isWhole = true;

  private constructor(of: Opened, state: TrainingState | undefined) {
    const { net, data, settings } = of;
    [this.net, this.data, this.settings, this.backend, this.pass] = [
      net,
      data,
      settings,
      of.backend,
      of.pass,
    ];
    this.unverified = of.verify;
    this.batches = Math.ceil(data.length / settings.batch);
    this.epoch = state?.epoch ?? 0;
    this.batch = state?.batch ?? 0;
    this.S = state?.S ?? net.S;
    this.powers = state?.powers ?? { β1k: 1, β2k: 1 };
    this.totals = state?.totals ?? noTotals(net.plan.layers.length);
  }

  /**
   * Opens a training at the state's position, or at the beginning.
   *
   * @throws InputError if options or data do not fit
   */
  static async open(net: SpikingNetwork, data: Dataset, options: TrainOptions): Promise<OpenTraining> {
    const {
      backend: name,
      threads,
      device,
      verify = 0,
      signal,
      state,
      processes = alone,
      ...given
    } = options;
    checkIsNetwork('train', net);
    checkSignal('train', signal);
    const { plan } = net;
    checkDataset('train', data, plan);
    const settings = state
      ? checkState('train', plan, data.length, state, given)
      : checkSettings('train', { ...given, rule: given.rule ?? net.rule });
    checkRule(net, settings);
    const rule = timeRule(settings);
    const start = state?.weights ?? net.weights ?? drawWeights(plan, settings.seed);
    checkWeights('train', plan, start);

    const batch = Math.min(settings.batch, data.length);
    const backend = await requestBackend({ backend: name, threads, device }, plan, 'train', batch);
    try {
      if (rule && isOnDevice(backend.name))
        refuse('train', 'rule', `asf with the ${backend.name} backend`, settings.rule, 'take backend wasm');
      checkWhole('train', 'verify', verify, 0, 2 ** 32);
      if (verify > 0 && !isOnDevice(backend.name))
        refuse('train', 'verify', `backend ${deviceNames.join(' or ')} beside it`, `backend ${backend.name}`);
      if (processes.size > 1 && !backend.cells)
        refuse('train', 'processes', `backend ${backendNames.join(' or ')} beside it`, backend.name);
      const { shard, optimiser } = settings;
      checkMemory('train', backend, { batch, shard, moments: optimiser === 'adam', rule, processes });
      const size = { batch: processes.rankNeeds(batch, shard).samples, shard, processes };
      const pass = rule ? new TimeGradient(backend, size, rule) : new AsfGradient(backend, size);
      pass.writeWeights(start);
      if (settings.optimiser === 'adam') pass.writeMoments(state?.moments);
      return new OpenTraining({ net, data, settings, backend, pass, verify }, state);
    } catch (error) {
      backend.dispose();
      throw error;
    }
  }

  /** Whether all epochs are trained. */
  get isOver(): boolean {
    return this.epoch >= this.settings.epochs;
  }

  /**
   * Sets the network's weights and S, unless a step failed, and frees the backend.
   *
   * @param keepsState whether the last step's `state()` still works afterwards; this needs another copy of weights and moments
   */
  async close(keepsState = false): Promise<void> {
    this.isClosed = true;
    try {
      if (!this.isWhole) return;
      const weights = await this.pass.readWeights();
      checkLearnt(this.net.plan, 'train', weights, this.epoch, this.batch);
      this.keep(weights);
      if (keepsState) this.last = await this.state().catch(() => undefined);
    } finally {
      this.backend.dispose();
    }
  }

  /** One batch: encode to update. */
  async step(): Promise<Progress> {
    const { pass, net, settings } = this;
    const step = ++this.begun;
    this.isWhole = false;
    const [epoch, batch] = [this.epoch, this.batch];
    const places = this.places();
    const assignment = pass.processes.assign(places.length, settings.shard);
    const samples = this.samples(places, assignment);
    if (pass instanceof AsfGradient) pass.forward(samples, assignment);
    else pass.throughTime(samples, assignment);
    const report = await pass.readReport();
    checkFinite(
      report,
      net.plan,
      'train',
      `epoch ${epoch + 1}, batch ${batch + 1}`,
      'try a lower learning rate',
    );

    const { S, notices }: ReturnType<typeof computeScales> =
      pass instanceof AsfGradient
        ? computeScales(net.plan, report, this.S, { epoch, batch, every: settings.scaleEvery })
        : { S: this.S, notices: [] };
    this.S = S;
    if (pass instanceof AsfGradient) pass.backward(S);
    const verifyUpdate = this.unverified-- > 0 ? await this.verify(samples) : undefined;
    await pass.combine();
    const rule = this.rule(places.length);
    pass.update(rule);
    const verified = await verifyUpdate?.(rule);

    const before = batch === 0 ? noTotals(net.plan.layers.length) : this.totals;
    const { totals, loss, correct } = addReport(before, report, labelsOf(this.data, places));
    this.totals = totals;
    const isEpochEnd = batch + 1 === this.batches;
    if (epoch === 0 && batch === 0) notices.push(...unusedLines(net));
    if (isEpochEnd) notices.push(...silentLayers(net.plan, totals, epoch));
    [this.epoch, this.batch] = isEpochEnd ? [epoch + 1, 0] : [epoch, batch + 1];
    this.isWhole = true;
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
      state: async () => {
        this.checkIsLatest(step, 'state()', this.last === undefined);
        return this.last ?? this.state();
      },
      evaluate: async (data, watching) => {
        this.checkIsLatest(step, 'evaluate()');
        return this.evaluate(data, watching);
      },
    };
  }

  /** Runs the same batch on wasm, from the same weights; the code is loaded on first use. */
  private async verify(samples: readonly Sample[]): Promise<(rule: UpdateStep) => Promise<Verified>> {
    const { pass, settings, S } = this;
    const { verifyBatch } = await import('./verify/verify.ts');
    // Only a device is verified, which has no other rule.
    return verifyBatch(pass as AsfGradient, { samples, S, shard: settings.shard });
  }

  /** A copy of the state before the next batch; also sets the network's weights and S. */
  private async state(): Promise<TrainingState> {
    const { pass, net, settings, epoch, batch, totals, powers, S } = this;
    const isAdam = settings.optimiser === 'adam';
    const [weights, moments] = await Promise.all([
      pass.readWeights(),
      isAdam ? pass.readMoments() : { m: [], v: [] },
    ]);
    for (const learnt of [weights, moments.m, moments.v])
      checkLearnt(net.plan, 'train', learnt, epoch, batch);
    this.keep(weights.map((w) => w.slice()));
    return { settings, epoch, batch, totals, weights, moments, powers, S };
  }

  /** Evaluates the current weights; not to be called during a step. */
  async evaluate(data: Dataset, watching: Watching = {}): Promise<Evaluation> {
    const { pass, settings } = this;
    checkDataset('evaluate', data, this.net.plan);
    const { shard, seed } = settings;
    const { processes } = pass;
    const batch = Math.min(settings.batch, this.data.length);
    // As evenly as the buffers of the ranks allow; by shards if a rank has no samples.
    const each = Math.min(...processes.assign(batch, shard).counts);
    const batches = each > 0 ? { batch: each * processes.size, processes } : { batch, shard, processes };
    return evaluatePass(pass, seed, data, batches, watching);
  }

  private checkIsLatest(step: number, what: string, isOpenAlone = true): void {
    if (step !== this.begun || (this.isClosed && isOpenAlone))
      throw new InputError(
        `train: "${what}" expected a call before the next batch or the end, got a later call`,
      );
  }

  private keep(weights: Float32Array[]): void {
    const { net, S, settings } = this;
    [net.weights, net.S, net.seed, net.rule] = [weights, [...S], settings.seed, settings.rule];
  }

  /** The places of the current batch, in the epoch's order. */
  private places(): Uint32Array {
    const { data, epoch, settings, batch } = this;
    if (batch === 0 || !this.order) this.order = shuffled(data.length, settings.seed, epoch);
    return this.order.subarray(batch * settings.batch, (batch + 1) * settings.batch);
  }

  /** The samples of this process. */
  private samples(places: Uint32Array, assignment: ShardAssignment): Sample[] {
    const { data, epoch, net, pass } = this;
    const draw = { seed: this.settings.seed, stream: 'train', epoch } as const;
    return drawSamples('train', net.plan, data, ownPlaces(places, assignment, pass.processes), draw);
  }

  /** The step of this update; advances Adam's running products. */
  private rule(samples: number): UpdateStep {
    const optimiser = optimiserOf(this.settings);
    const η = rateOf(this.settings, this.epoch);
    if (optimiser.kind === 'sgd') return { samples, optimiser, η };
    const { powers, step } = computeAdamStep(this.powers, η, optimiser);
    this.powers = powers;
    return { samples, optimiser, step };
  }
}
