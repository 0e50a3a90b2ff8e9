/**
 * A training: an open backend, its buffers, and a position in the data. Each step trains one batch. Evaluations between steps
 * use the same threads and memory.
 */
import { shuffled } from '../../spec/random.ts';
import { computeAdamConstants } from '../../spec/update.ts';
import {
  backendNames,
  deviceNames,
  isOnDevice,
  requestBackend,
  type BackendChoice,
} from '../backend/open.ts';
import { checkDataset, type Dataset } from '../data/dataset.ts';
import { checkSignal, checkWhole, InputError, refuse } from '../errors.ts';
import { checkIsNetwork, checkWeights, drawWeights, type SpikingNetwork } from '../network/network.ts';
import { unusedLines } from '../network/unused.ts';
import { evaluatePass, type Evaluation, type StopSignal, type Watching } from './evaluate.ts';
import { checkMemory } from './memory.ts';
import { GradientPass } from './gradientPass.ts';
import { addReport, checkFinite, checkLearnt, computeScales, silentLayers, type Verified } from './report.ts';
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
import { alone, ofRank, type ProcessGroup } from './processGroup.ts';

/** Options of {@link train}: its settings, and options that do not change its numbers. */
export interface TrainOptions extends TrainSettings, BackendChoice {
  /**
   * With backend `webgpu`: the number of batches, from the first on, that also run on wasm: 0 … 2³². Default 0. See
   * `Progress.verified`.
   */
  readonly verify?: number;
  /** An `AbortSignal` that stops the run after the current batch, without an error. Default: none. */
  readonly signal?: StopSignal;
  /**
   * A state to resume from, with its settings. Settings in these options must be absent or equal. Default: from the beginning.
   */
  readonly state?: TrainingState;
  /**
   * The processes that share each batch. Default: only this one. Any number of processes gives the same bits. Call `train` in
   * each process with the same network, data and options; each returns the same progress. A signal must stop the run between
   * the same two batches in all processes.
   */
  readonly processes?: ProcessGroup | undefined;
}

/** The result of a batch. */
export interface Progress {
  /** The epoch, from 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** The batch, from 0. */
  readonly batch: number;
  readonly batches: number;
  /** Mean L of the batch's samples, in binary64. This is a statistic, not the loss of Eq. 6 that is differentiated. */
  readonly loss: number;
  /** Number of samples of the batch that were classified correctly, before the update. */
  readonly correct: number;
  readonly samples: number;
  /** Totals of the epoch up to and including this batch. */
  readonly totals: Totals;
  /** S of each layer at index n − 1, after this batch. Rules without S leave it unchanged. */
  readonly S: readonly number[];
  /** Notices for the user: a refused S, a silent layer, a setting without effect. */
  readonly notices: readonly string[];
  /** The differences from wasm, if the batch also ran there. */
  readonly verified?: Verified;
  /** Whether the batch is the last of its epoch. */
  readonly isEpochEnd: boolean;
  /**
   * Returns a copy of the state after this batch. Call this function before the next batch begins. After the last batch, it can
   * be called even when the training has ended.
   *
   * @throws InputError once a later batch has begun
   */
  state(): Promise<TrainingState>;
  /**
   * Evaluates the weights after this batch on a data set, with the threads and memory of the training. The result equals that
   * of `evaluate`.
   *
   * @param data the samples, which must fit the network
   * @param watching a signal that stops the evaluation, and a callback on progress
   * @throws InputError once a later batch has begun or the training has ended
   */
  evaluate(data: Dataset, watching?: Watching): Promise<Evaluation>;
}

/** The constant parts of an open training. */
interface Opened {
  readonly net: SpikingNetwork;
  readonly data: Dataset;
  readonly settings: Settings;
  readonly pass: GradientPass;
}

/** The position in the data, and the state of the training without weights and moments. */
type Position = Omit<TrainingState, 'settings' | 'weights' | 'moments'>;

/** An open training. Every caller must close it. */
export class OpenTraining {
  private readonly opened: Opened;
  private at: Position;
  /** Number of coming batches that will also run on wasm. */
  private unverified: number;
  /** The order of the samples in this epoch. */
  private order: Uint32Array | undefined;
  private isClosed = false;
  /** The state at the end, if {@link close} kept it. */
  private last: TrainingState | undefined;
  /** Whether all steps that began have succeeded. */
  private isWhole = true;

  private constructor(opened: Opened, at: Position, verify: number) {
    [this.opened, this.at, this.unverified] = [opened, at, verify];
  }

  /**
   * Opens a training at the state's position, or at the beginning.
   *
   * @throws InputError if options or data do not fit
   */
  static async open(net: SpikingNetwork, data: Dataset, options: TrainOptions): Promise<OpenTraining> {
    const { backend, threads, device, verify = 0, signal, state, processes = alone, ...requested } = options;
    checkIsNetwork('train', net);
    checkSignal('train', signal);
    const { plan } = net;
    checkDataset('train', data, plan);
    const settings =
      state !== undefined
        ? checkState('train', plan, data.length, state, requested)
        : checkSettings('train', { ...requested, rule: requested.rule ?? net.rule });
    checkRule(net, settings);
    const start = state?.weights ?? net.weights ?? drawWeights(plan, settings.seed);
    checkWeights('train', plan, start);

    const batch = Math.min(settings.batch, data.length);
    const on = await requestBackend({ backend, threads, device }, plan, 'train', batch);
    try {
      const rule = timeRule(settings);
      const { name } = on;
      if (rule && isOnDevice(name))
        refuse('train', 'rule', `asf with the ${name} backend`, settings.rule, 'take backend wasm');
      checkWhole('train', 'verify', verify, 0, 2 ** 32);
      if (verify > 0 && !isOnDevice(name))
        refuse('train', 'verify', `backend ${deviceNames.join(' or ')}`, `backend ${name}`);
      if (processes.size > 1 && !on.cells)
        refuse('train', 'processes', `backend ${backendNames.join(' or ')}`, name);
      const { shard } = settings;
      const moments = settings.optimiser === 'adam';
      const size = { batch, shard, moments, rule, processes };
      checkMemory('train', on, size);
      const pass = new GradientPass(on, { ...size, batch: processes.rankNeeds(batch, shard).samples });
      pass.writeWeights(start);
      if (moments) pass.writeMoments(state?.moments);
      const none = { epoch: 0, batch: 0, totals: noTotals(plan.layers.length), powers: { β1k: 1, β2k: 1 } };
      return new OpenTraining({ net, data, settings, pass }, state ?? { ...none, S: net.S }, verify);
    } catch (error) {
      on.dispose();
      throw error;
    }
  }

  get isOver(): boolean {
    return this.at.epoch >= this.opened.settings.epochs;
  }

  /**
   * Sets the network's weights and S, unless a step failed. Then frees the backend.
   *
   * @param keepsState whether the last step's `state()` still works afterwards; this copies weights and moments once more
   */
  async close(keepsState = false): Promise<void> {
    const { net, pass } = this.opened;
    this.isClosed = true;
    try {
      if (!this.isWhole) return;
      const weights = await pass.readWeights();
      checkLearnt(net.plan, 'train', weights, this.at);
      this.keep(weights);
      if (keepsState) this.last = await this.state().catch(() => undefined);
    } finally {
      pass.backend.dispose();
    }
  }

  /** Runs one batch: the stages from encode to update. */
  async step(): Promise<Progress> {
    const { net, data, settings, pass } = this.opened;
    const { plan } = net;
    const { epoch, batch, ...before } = this.at;
    this.isWhole = false;
    const indices = this.indices();
    const assignment = pass.processes.assign(indices.length, settings.shard);
    const draw = { seed: settings.seed, stream: 'train', epoch } as const;
    const samples = drawSamples('train', plan, data, ofRank(indices, assignment, pass.processes), draw);
    pass.run(samples, assignment);
    const report = await pass.readReport();
    checkFinite(report, plan, 'train', `epoch ${epoch + 1}, batch ${batch + 1}`, 'try a lower learning rate');

    const { rule: name, scaleEvery: every } = settings;
    const none: string[] = [];
    const { S, notices } =
      name === 'asf'
        ? computeScales(plan, report, before.S, { epoch, batch, every })
        : { S: before.S, notices: none };
    pass.backward(S);
    // The code of the verification is loaded on first use.
    const verifyBatch = this.unverified-- > 0 ? (await import('./verify/verify.ts')).verifyBatch : undefined;
    const verifyUpdate = await verifyBatch?.(pass, { samples, S, shard: settings.shard });
    await pass.combine();
    const [optimiser, η] = [optimiserOf(settings), rateOf(settings, epoch)];
    const { powers, ...rule } =
      optimiser.kind === 'sgd'
        ? { samples: indices.length, optimiser, η, powers: before.powers }
        : { samples: indices.length, optimiser, ...computeAdamConstants(before.powers, η, optimiser) };
    pass.update(rule);
    const verified = await verifyUpdate?.(rule);

    const sums = batch === 0 ? noTotals(plan.layers.length) : before.totals;
    const { totals, loss, correct } = addReport(sums, report, labelsOf(data, indices));
    const batches = Math.ceil(data.length / settings.batch);
    const isEpochEnd = batch + 1 === batches;
    if (epoch === 0 && batch === 0) notices.push(...unusedLines(net));
    if (isEpochEnd) notices.push(...silentLayers(plan, totals, epoch));
    const next = isEpochEnd ? { epoch: epoch + 1, batch: 0 } : { epoch, batch: batch + 1 };
    const at = { ...next, totals, powers, S };
    this.at = at;
    this.isWhole = true;
    return {
      epoch,
      epochs: settings.epochs,
      batch,
      batches,
      loss: loss / indices.length,
      correct,
      samples: indices.length,
      totals,
      S,
      notices,
      ...(verified && { verified }),
      isEpochEnd,
      state: async () => {
        this.checkIsAt(at, 'state()', this.last === undefined);
        return this.last ?? this.state();
      },
      evaluate: async (tested, watching) => {
        this.checkIsAt(at, 'evaluate()');
        return this.evaluate(tested, watching);
      },
    };
  }

  /** Evaluates the current weights. Do not call it during a step. */
  async evaluate(data: Dataset, watching: Watching = {}): Promise<Evaluation> {
    const { pass, settings, net, data: trained } = this.opened;
    checkDataset('evaluate', data, net.plan);
    const { shard, seed } = settings;
    const { processes } = pass;
    const batch = Math.min(settings.batch, trained.length);
    // The ranks' shares of a training batch differ in size. Each rank evaluates as many samples at once as the smallest share
    // has, because every rank's buffers hold that many. If this number is 0, whole shards are assigned.
    const each = Math.min(...processes.assign(batch, shard).counts);
    const size = each > 0 ? { batch: each * processes.size } : { batch, shard };
    return evaluatePass(pass, seed, data, size, watching);
  }

  /** Returns a copy of the state before the next batch, and sets the network's weights and S. */
  private async state(): Promise<TrainingState> {
    const { pass, net, settings } = this.opened;
    const { at } = this;
    const [weights, moments] = await Promise.all([pass.readWeights(), pass.readMoments()]);
    for (const learnt of [weights, moments.m, moments.v]) checkLearnt(net.plan, 'train', learnt, at);
    this.keep(weights.map((w) => w.slice()));
    return { settings, ...at, weights, moments };
  }

  /** Checks that no batch has begun since a position. */
  private checkIsAt(at: Position, what: string, isOpenAlone = true): void {
    if (at !== this.at || !this.isWhole || (this.isClosed && isOpenAlone))
      throw new InputError(
        `train: "${what}" expected a call before the next batch or the end, got a later call`,
      );
  }

  private keep(weights: Float32Array[]): void {
    const { net, settings } = this.opened;
    [net.weights, net.S, net.seed, net.rule] = [weights, [...this.at.S], settings.seed, settings.rule];
  }

  /** The indices of the current batch, in the epoch's order. */
  private indices(): Uint32Array {
    const { data, settings } = this.opened;
    const { epoch, batch } = this.at;
    if (batch === 0 || !this.order) this.order = shuffled(data.length, settings.seed, epoch);
    return this.order.subarray(batch * settings.batch, (batch + 1) * settings.batch);
  }
}
