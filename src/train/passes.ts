/**
 * The two passes over a batch, on any backend: forward gives the loss and the sums of the flows; once S is known from
 * them, backward gives the gradient. This is the only code that drives a backend over a batch.
 *
 * With a team, the ranks gather their reports between forward and backward, and sum their gradients between backward and
 * update.
 */
import type { Floats } from '../../spec/arithmetic.ts';
import type { FlowSums } from '../../spec/scale.ts';
import type { TimeRule } from '../../spec/reverseTime.ts';
import { reportRow, resultOf, type Backend, type Buffer, type Input, type Rule } from '../backend/backend.ts';
import { Gradients, type Gradient } from './gradients.ts';
import type { Deal, Node, Team } from './team.ts';

/** One sample of a batch. */
export interface Sample {
  readonly input: Input;
  /** Its class; −1 where it is not known. */
  readonly label: number;
}

/** The results of the forward pass, for each sample of the batch. */
export interface Report {
  /** L. */
  readonly losses: Float32Array;
  /** The output layer after the window: u, or FO if it fires. */
  readonly potentials: readonly Float32Array[];
  /** ΣFI and ΣFO of layer n at place n − 1, then by sample. */
  readonly sums: readonly (readonly FlowSums[])[];
  /** Spikes of layer n at place n − 1, then by sample. */
  readonly spikes: readonly (readonly number[])[];
}

/** Adam's moments of each layer with weights. */
export interface Moments {
  readonly m: Floats[];
  readonly v: Floats[];
}

interface Layered {
  [n: number]: Buffer;
}

/** The places of a batch that a process has. */
export function ownPlaces(places: Uint32Array, deal?: Deal, team?: Team): Uint32Array {
  if (!deal || !team) return places;
  const first = deal.counts.slice(0, team.rank).reduce((sum, count) => sum + count, 0);
  return places.subarray(first, first + deal.counts[team.rank]);
}

/** Buffers of one network on one backend, and the passes over them. */
export class Passes {
  readonly backend: Backend;
  private readonly shard: number;
  private readonly rule: TimeRule | undefined;
  private readonly team: Team | undefined;
  private readonly N: number;
  private readonly weighted: readonly number[];
  private readonly o: Layered = {};
  private readonly u: Layered = {};
  private readonly FI: Layered = {};
  private readonly FO: Layered = {};
  private readonly w: Layered = {};
  private readonly d: Layered = {};
  private readonly du: Layered = {};
  private readonly trace: Layered = {};
  private readonly slope: Layered = {};
  private readonly m: Layered = {};
  private readonly v: Layered = {};
  private readonly report: Buffer;
  private readonly gradients: Gradients;
  private labels: number[] = [];
  private nodes: readonly Node[] = [];
  private deal: Deal | undefined;

  /**
   * @param batch most samples of a batch that this process has
   * @param shard samples whose gradient is one sum; 0: no training
   * @param rule how {@link throughTime} goes back
   * @param team the processes that share a batch; each takes the samples that it is dealt
   */
  constructor(backend: Backend, batch: number, shard = 0, rule?: TimeRule, team?: Team) {
    this.backend = backend;
    this.shard = shard;
    this.rule = rule;
    this.team = team;
    const { layers } = backend.network;
    this.N = layers.length;
    this.weighted = layers.filter(({ weightShape }) => weightShape.length > 0).map(({ n }) => n);
    // Forward passes go by groups of the backend; back through time, by shards.
    const group = Math.min(Math.max(backend.group, rule ? shard : 0), batch);
    const kept = Math.min(shard, batch);
    for (let n = 0; n <= this.N; n++) {
      this.o[n] = backend.allocate('spikes', n, group);
      this.FO[n] = backend.allocate('FO', n, batch);
      if (n === 0) continue;
      this.u[n] = backend.allocate('potential', n, group);
      this.FI[n] = backend.allocate('FI', n, batch);
      if (shard > 0) this.d[n] = backend.allocate('derivative', n, kept);
      if (!rule) continue;
      this.du[n] = backend.allocate('du', n, kept);
      if (!layers[n - 1].spikes) continue;
      if (rule.slope === 'window') this.slope[n] = backend.allocate('slope', n, kept);
      else this.trace[n] = backend.allocate('trace', n, kept);
    }
    for (const n of this.weighted) this.w[n] = backend.allocate('weights', n, 1);
    this.report = backend.allocate('report', 0, batch);
    this.gradients = new Gradients(backend, shard, this.weighted);
  }

  /** Sets the weights, in the order of the layers that have some. */
  writeWeights(weights: readonly Floats[]): void {
    this.weighted.forEach((n, place) => this.backend.write(this.w[n], weights[place]));
  }

  /** A copy of the weights, in the order of the layers that have some. */
  readWeights(): Promise<Float32Array[]> {
    return this.readAll(this.w);
  }

  /** Sets Adam's moments; zeros where none are given. */
  writeMoments(moments?: Moments): void {
    for (const [place, n] of this.weighted.entries()) {
      this.m[n] ??= this.backend.allocate('moment', n, 1);
      this.v[n] ??= this.backend.allocate('moment', n, 1);
      if (moments) this.backend.write(this.m[n], moments.m[place]);
      if (moments) this.backend.write(this.v[n], moments.v[place]);
    }
  }

  async readMoments(): Promise<Moments> {
    const [m, v] = await Promise.all([this.readAll(this.m), this.readAll(this.v)]);
    return { m, v };
  }

  /**
   * Stages encode to loss for a batch, or for this process's part of it by `deal`. It does not wait; {@link
   * readReport} does.
   */
  forward(samples: readonly Sample[], deal?: Deal): void {
    const { backend, report, result } = this;
    this.begin(samples, deal);
    const ofGroup = result.role === 'potential';
    for (let first = 0; first < samples.length; first += backend.group) {
      const end = first + backend.group;
      this.forwardSome(samples.slice(first, end), first);
      if (ofGroup) backend.loss(result, this.labels.slice(first, end), first, report, null);
    }
    if (ofGroup) this.scale();
    else this.measure();
  }

  /** Computes the report from the current flows. */
  measure(): void {
    this.scale();
    this.backend.loss(this.result, this.labels, 0, this.report, null);
  }

  /**
   * Stages encode to backward with the given rule. No S lies between the passes, so each shard runs forward and
   * backward before the next one: spike trains are kept for a shard, not for the batch.
   */
  throughTime(samples: readonly Sample[], deal?: Deal): void {
    this.begin(samples, deal);
    this.gradients.sum(this.nodes, (first, gradient) => {
      this.forwardSome(samples.slice(first, first + this.shard), first, this.trace);
      this.reverseShard(first, gradient);
    });
    this.scale();
  }

  private begin(samples: readonly Sample[], deal?: Deal): void {
    const { shard, team } = this;
    this.labels = samples.map(({ label }) => label);
    this.deal = deal;
    this.nodes =
      deal && team ? deal.nodes[team.rank] : [{ first: 0, end: Math.ceil(samples.length / shard) }];
  }

  /** Stages encode to flow for samples whose trains are in memory at the same time. */
  private forwardSome(samples: readonly Sample[], first: number, traces: Layered = {}): void {
    const { backend, N } = this;
    const span = { first, samples: samples.length, t0: 0, steps: backend.network.T };
    backend.encode(
      { o: this.o[0], FO: this.FO[0] },
      samples.map(({ input }) => input),
      span,
    );
    for (let n = 1; n <= N; n++) {
      const before = { o: this.o[n - 1], FO: this.FO[n - 1] };
      const to = { o: this.o[n], u: this.u[n], FI: this.FI[n], FO: this.FO[n] };
      const trace = traces[n];
      backend.forward(n, before, this.w[n] ?? null, trace ? { ...to, trace } : to, span);
    }
  }

  private scale(): void {
    const { backend, FI, FO, report, labels } = this;
    for (const { n } of backend.network.layers) backend.scale(n, FI[n], FO[n], report, labels.length);
  }

  /** The buffer from which the loss is computed. */
  private get result(): Buffer {
    const { backend, N, u, FI, FO } = this;
    return resultOf(backend.network, { u: u[N], FI: FI[N], FO: FO[N] });
  }

  /**
   * The report of {@link forward}, for the whole batch.
   */
  async readReport(): Promise<Report> {
    const { backend } = this;
    const { network } = backend;
    const own = await Promise.all(this.labels.map((_, b) => backend.read(this.report, b)));
    const rows = this.team ? await this.gather(this.team, own) : own;
    const { u, sums } = reportRow(network);
    const classes = network.layers.at(-1)!.output.channels;
    return {
      losses: Float32Array.from(rows, ([L]) => L),
      potentials: rows.map((row) => Float32Array.from(row.subarray(u, u + classes))),
      sums: network.layers.map(({ n }) => rows.map((row) => ({ FI: row[sums(n)], FO: row[sums(n) + 1] }))),
      spikes: network.layers.map(({ n }) => rows.map((row) => row[sums(n) + 2])),
    };
  }

  /** The rows of all ranks, in the order of the samples. */
  private async gather(team: Team, own: readonly ArrayLike<number>[]): Promise<Float64Array[]> {
    const { length } = reportRow(this.backend.network);
    const numbers = new Float64Array(own.length * length);
    for (const [b, row] of own.entries()) numbers.set(row, b * length);
    const counts = this.deal!.counts.map((count) => count * length);
    const all = await team.gather(numbers, counts);
    return Array.from({ length: all.length / length }, (_, b) => all.subarray(b * length, (b + 1) * length));
  }

  /** Stages loss and backward for the batch of the last {@link forward}, with the scale of each layer. */
  backward(S: readonly number[]): void {
    this.gradients.sum(this.nodes, (first, gradient) => this.backwardShard(first, S, gradient));
  }

  /** Sums the gradients of the ranks of a team; one process alone has the sum already. */
  async combine(): Promise<void> {
    const { team, deal } = this;
    if (team && deal) await this.gradients.combine(team, deal);
  }

  /** Stage update, with the gradient of {@link backward}, or of {@link combine} where there is a team. */
  update(rule: Rule): void {
    const { outputWeights } = this.backend.network.variant;
    for (const n of this.weighted) {
      const moments = 'step' in rule ? [this.m[n], this.v[n]] : [null, null];
      if (n === this.N && outputWeights === 'untrained' && rule.optimiser.weightDecay === 0) continue;
      this.backend.update(n, this.w[n], this.gradients.total[n], moments[0], moments[1], rule);
    }
    this.backend.submit?.();
  }

  /** Waits until all enqueued work is done. */
  async flush(): Promise<void> {
    await this.backend.read(this.report);
  }

  /** A copy of the gradient of {@link backward}: summed over the batch, not yet a mean. */
  readGradient(): Promise<Float32Array[]> {
    return this.readAll(this.gradients.total);
  }

  /** The buffers of layer n (0: input): o and u of the last group of samples, FI and FO of the batch. */
  buffersOf(n: number): { o: Buffer; u: Buffer; FI: Buffer; FO: Buffer } {
    return { o: this.o[n], u: this.u[n], FI: this.FI[n], FO: this.FO[n] };
  }

  /** FI and FO of layer n of the batch's sample b. */
  async readFlows(n: number, b: number): Promise<{ FI: Float32Array; FO: Float32Array }> {
    const FO = (await this.backend.read(this.FO[n], b)) as Float32Array;
    return { FI: n === 0 ? FO : ((await this.backend.read(this.FI[n], b)) as Float32Array), FO };
  }

  private backwardShard(first: number, S: readonly number[], gradient: Gradient): void {
    const { backend, N, d } = this;
    const { variant } = backend.network;
    const labels = this.labels.slice(first, first + this.shard);
    const shard = { first, samples: labels.length };
    backend.loss(this.result, labels, first, this.report, d[N]);
    for (let n = N; n >= 1; n--) {
      const flows = { FI: this.FI[n], FO: this.FO[n], FOBefore: this.FO[n - 1] };
      const trained = n < N || variant.outputWeights === 'trained';
      const dw = trained ? (gradient[n] ?? null) : null;
      backend.backward(
        n,
        flows,
        this.w[n] ?? null,
        { d: d[n], dw, dBefore: d[n - 1] ?? null },
        S[n - 1],
        shard,
      );
    }
  }

  /** Stages loss and backward of a shard whose trains are in memory: steps descending, each through all layers. */
  private reverseShard(first: number, gradient: Gradient): void {
    const { backend, N, rule, o, d, du, trace, slope } = this;
    const { variant, T } = backend.network;
    const labels = this.labels.slice(first, first + this.shard);
    backend.loss(this.result, labels, first, this.report, d[N]);
    for (const [n, to] of Object.entries(slope)) backend.slope(Number(n), o[Number(n)], to, labels.length);
    for (let t = T - 1; t >= 0; t--) {
      for (let n = N; n >= 1; n--) {
        const trained = n < N || variant.outputWeights === 'trained';
        const trains = {
          o: o[n],
          oBefore: o[n - 1],
          trace: trace[n] ?? null,
          slope: slope[n] ?? null,
        };
        const dw = trained ? (gradient[n] ?? null) : null;
        const to = { dO: d[n], du: du[n], dw, dOBefore: d[n - 1] ?? null };
        backend.reverse(n, t, trains, this.w[n] ?? null, to, rule!, labels.length);
      }
    }
  }

  private async readAll(buffers: Layered): Promise<Float32Array[]> {
    const { backend } = this;
    return (await Promise.all(this.weighted.map((n) => backend.read(buffers[n])))) as Float32Array[];
  }
}
