/**
 * The forward pass over a batch: the stages from `encode` to `loss`, and a report with losses and sums of flows. The training
 * pass extends it (`gradientPass.ts`). In a process group, the ranks gather their reports into one report of the whole batch.
 */
import { outputLayer } from '../../spec/network.ts';
import type { FlowSums } from '../../spec/scale.ts';
import { reportRow, type Backend, type Buffer, type Input, type Shard } from '../backend/backend.ts';
import { Workspace } from '../backend/workspace.ts';
import { alone, type ShardAssignment, type ProcessGroup } from './processGroup.ts';

export interface Sample {
  readonly input: Input;
  /** The class; −1 if it is unknown. */
  readonly label: number;
}

/** The results of the forward pass for a batch. */
export interface BatchReport {
  readonly losses: Float32Array;
  /** For each sample, u of the output layer after the window, or FO if this layer fires. */
  readonly potentials: readonly Float32Array[];
  /** ΣFI and ΣFO, indexed by n − 1 for layer n, then by sample. */
  readonly sums: readonly (readonly FlowSums[])[];
  /** Number of spikes, indexed by n − 1 for layer n, then by sample. */
  readonly spikes: readonly (readonly number[])[];
}

export interface PassSize {
  /** Maximum batch size on this process. */
  readonly batch: number;
  /** The processes that share a batch. Default: only this one. */
  readonly processes?: ProcessGroup | undefined;
}

export class ForwardPass extends Workspace<Backend> {
  readonly processes: ProcessGroup;
  protected readonly report: Buffer;
  /** Labels of this process's samples of the current batch. */
  protected labels: number[] = [];
  protected assignment: ShardAssignment | undefined;

  /** @param chunk maximum number of samples whose spike trains are in memory at the same time; by default that of the backend */
  constructor(backend: Backend, { batch, processes = alone }: PassSize, chunk = backend.chunk) {
    super(backend, { batch, chunk: Math.min(chunk, batch) });
    this.processes = processes;
    this.report = backend.allocate('report', 0, batch);
  }

  /** A copy of the weights, in the order of the layers with weights. */
  readWeights(): Promise<Float32Array[]> {
    const { buffers, weighted } = this;
    return this.readAll(weighted.map((n) => buffers.of('weights', n)));
  }

  /**
   * Runs the stages from `encode` to `loss` for this process's samples of a batch. Only {@link readReport} awaits the results.
   */
  runForward(samples: readonly Sample[], assignment?: ShardAssignment): void {
    const { backend, report, result } = this;
    this.begin(samples, assignment);
    const ofChunk = result.role === 'potential';
    for (let first = 0; first < samples.length; first += backend.chunk) {
      const end = first + backend.chunk;
      this.forwardSome(samples.slice(first, end), first);
      if (ofChunk) backend.loss(result, this.labels.slice(first, end), first, report, null);
    }
    if (!ofChunk) backend.loss(result, this.labels, 0, report, null);
  }

  /** Runs the stages `scale` and `loss` on the flows in the buffers. */
  measure(): void {
    this.scale({ first: 0, samples: this.labels.length });
    this.backend.loss(this.result, this.labels, 0, this.report, null);
  }

  /** The report of the last {@link runForward}, for the whole batch. */
  async readReport(): Promise<BatchReport> {
    const { backend } = this;
    const { network } = backend;
    const ofRank = await Promise.all(this.labels.map((_, b) => backend.read(this.report, b)));
    const rows = await this.gather(ofRank);
    const { u, sums } = reportRow(network);
    const classes = outputLayer(network).output.channels;
    return {
      losses: Float32Array.from(rows, ([L]) => L),
      potentials: rows.map((row) => Float32Array.from(row.subarray(u, u + classes))),
      sums: network.layers.map(({ n }) => rows.map((row) => ({ FI: row[sums(n)], FO: row[sums(n) + 1] }))),
      spikes: network.layers.map(({ n }) => rows.map((row) => row[sums(n) + 2])),
    };
  }

  /** The buffers of layer n: o of the last chunk, FI and FO of the batch. The input (n = 0) has no FI; FO replaces it. */
  buffersOf(n: number): { o: Buffer; FI: Buffer; FO: Buffer } {
    const { buffers } = this;
    const FO = buffers.of('FO', n);
    return { o: buffers.of('spikes', n), FI: n === 0 ? FO : buffers.of('FI', n), FO };
  }

  async readFlows(n: number, b: number): Promise<{ FI: Float32Array; FO: Float32Array }> {
    const buffers = this.buffersOf(n);
    return { FI: await this.readMap(buffers.FI, b), FO: await this.readMap(buffers.FO, b) };
  }

  protected begin(samples: readonly Sample[], assignment?: ShardAssignment): void {
    this.labels = samples.map(({ label }) => label);
    this.assignment = assignment;
  }

  /** Runs the stages from `encode` to `scale` for one chunk of samples. */
  protected forwardSome(samples: readonly Sample[], first: number, keepsPotentials = false): void {
    const inputs = samples.map(({ input }) => input);
    const span = { first, samples: samples.length, t0: 0, steps: this.backend.network.T };
    this.forward(inputs, span, keepsPotentials);
    // Stage `scale` runs now, because the flows of these samples are still in the cache.
    this.scale(span);
  }

  private scale(samples: Shard): void {
    const { backend, report, buffers } = this;
    for (const { n } of backend.network.layers)
      backend.scale(n, buffers.of('FI', n), buffers.of('FO', n), report, samples);
  }

  private readMap(buffer: Buffer, sample = 0): Promise<Float32Array> {
    return this.backend.read(buffer, sample) as Promise<Float32Array>; // only reports contain doubles
  }

  protected readAll(buffers: readonly Buffer[]): Promise<Float32Array[]> {
    return Promise.all(buffers.map((buffer) => this.readMap(buffer)));
  }

  /** Gathers the rows of all processes, in the order of the samples. */
  private async gather(rows: readonly ArrayLike<number>[]): Promise<readonly Float64Array[]> {
    const { length } = reportRow(this.backend.network);
    const numbers = new Float64Array(rows.length * length);
    for (const [b, row] of rows.entries()) numbers.set(row, b * length);
    const counts = (this.assignment?.counts ?? [rows.length]).map((count) => count * length);
    const all = await this.processes.gather(numbers, counts);
    return Array.from({ length: all.length / length }, (_, b) => all.subarray(b * length, (b + 1) * length));
  }
}
