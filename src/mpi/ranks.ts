/**
 * The ranks of an MPI job as a process group. Before each exchange, every rank sends 32 bytes to all: the kind of the exchange,
 * and failures and signals of this rank. A failure or a stop thus reaches all ranks between the same two exchanges.
 *
 * Ranks send from plain memory, because the kernels' memory may move when it grows. A gradient is sent in the layout of the backend
 * (`Backend.cells`), with its padding: a network has the same layout everywhere.
 */
import {
  ProcessGroupError,
  type ShardAssignment,
  type RankNeeds,
  type ProcessGroup,
} from '../train/processGroup.ts';
import { assignShards, needsOf } from './shardAssignment.ts';
import type { Mpi, SentNumbers, Request, Unit } from './library.ts';
import { partsOf, roundsOf, slicesOf, sumSlices, type Round } from './slices.ts';
import { namesOf, patience, wait, type Neighbour } from './waiting.ts';

const kinds = ['end', 'texts', 'bytes', 'numbers', 'sums'] as const;
type Kind = (typeof kinds)[number];

/** The message of a rank before each exchange, in doubles: the kind, 1 for a failure, 1 to stop, and seconds since the last exchange. */
const head = { kind: 0, failed: 1, stop: 2, seconds: 3, length: 4 };

export class Ranks implements ProcessGroup {
  readonly mpi: Mpi;
  readonly rank: number;
  readonly size: number;
  /** The other ranks on this machine, once known. */
  others: readonly Neighbour[] = [];
  /** Number of machines of the job. */
  hosts = 1;
  /** The folder of the run, once rank 0 has created it. */
  folder: string | undefined;
  private readonly stop = new AbortController();
  private readonly interrupt: AbortSignal;
  /** When the last exchange ended. */
  private ended = performance.now();
  /** The longest time of any rank between two exchanges, in seconds. */
  private longest: number | undefined;
  private stage: { send: Float32Array[]; came: Float32Array[] } = { send: [], came: [] };

  /**
   * Joins the job.
   * @param interrupt stops this rank
   */
  constructor(mpi: Mpi, interrupt: AbortSignal) {
    [this.mpi, this.interrupt] = [mpi, interrupt];
    ({ rank: this.rank, size: this.size } = mpi.start());
  }

  get neighbours(): number {
    return this.others.length + 1;
  }

  /** Once a rank is interrupted, aborts in all ranks at the same point: before their next exchange. */
  get signal(): AbortSignal {
    return this.stop.signal;
  }

  assign(samples: number, shard: number): ShardAssignment {
    return assignShards(samples, shard, this.size);
  }

  rankNeeds(batch: number, shard: number): RankNeeds {
    return needsOf(batch, shard, this.size);
  }

  async gather(numbers: Float64Array, counts: readonly number[]): Promise<Float64Array> {
    await this.agree('numbers');
    const bytes = await this.allgather(
      plain(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)),
      counts.map((count) => 8 * count),
    );
    return new Float64Array(bytes.buffer);
  }

  async sum(
    held: readonly (readonly Float32Array[])[],
    assignment: ShardAssignment,
    total: readonly Float32Array[],
  ): Promise<void> {
    const length = total.reduce((sum, piece) => sum + piece.length, 0);
    const slices = slicesOf(length, this.size);
    const rounds = roundsOf(assignment, slices, this.rank);
    const { send, came } = this.stageFor(rounds, length);
    for (const [k, pieces] of held.entries()) lay(pieces, send[k]);
    await this.agree('sums');
    await this.done(rounds.map(({ out, into }, k) => this.mpi.alltoall(send[k], out, came[k], into)));
    // The send buffer is free again, so it receives the sum.
    await this.allgatherInto(sumSlices(assignment, rounds, came), slices, send[0], 'float');
    let at = 0;
    for (const piece of total) {
      piece.set(send[0].subarray(at, at + piece.length));
      at += piece.length;
    }
  }

  async texts(text: string): Promise<string[]> {
    await this.agree('texts');
    return this.tell(text);
  }

  async bytesOfFirst(bytes: Uint8Array = new Uint8Array(0)): Promise<Uint8Array> {
    await this.agree('bytes');
    const local = plain(this.rank === 0 ? bytes : new Uint8Array(0));
    return this.allgather(local, await this.lengthsOf(local));
  }

  /** Waits until all ranks have called `end`. */
  async end(): Promise<void> {
    await this.agree('end');
  }

  /** Reports the failure of this rank to the others. Returns the error that all ranks throw. */
  async fail(text: string): Promise<ProcessGroupError> {
    const said = await this.agree('end', text).then(
      () => new ProcessGroupError(text),
      (cause: unknown) => cause,
    );
    if (said instanceof ProcessGroupError) return said;
    throw said;
  }

  /** @throws ProcessGroupError if a rank has failed, with the text of {@link failureOf} */
  private async agree(kind: Kind, failure?: string): Promise<void> {
    const seconds = (performance.now() - this.ended) / 1000;
    const sent = new Float64Array(new ArrayBuffer(8 * head.length));
    sent.set([kinds.indexOf(kind), Number(failure !== undefined), Number(this.interrupt.aborted), seconds]);
    const all = new Float64Array(
      (await this.allgather(new Uint8Array(sent.buffer), this.ofEach(8 * head.length))).buffer,
    );
    const of = (what: number): number[] =>
      Array.from({ length: this.size }, (_, rank) => all[rank * head.length + what]);
    this.longest = Math.max(this.longest ?? 0, ...of(head.seconds));
    if (of(head.failed).some(Boolean)) throw new ProcessGroupError(failureOf(await this.tell(failure ?? '')));
    if (of(head.stop).some(Boolean)) this.stop.abort();
    const wanted = of(head.kind).map((index) => kinds[index]);
    if (wanted.some((each) => each !== kind))
      throw new Error(`mpi: ranks are out of step, they want ${wanted.join(', ')}`);
  }

  private async tell(text: string): Promise<string[]> {
    const bytes = plain(new TextEncoder().encode(text));
    const lengths = await this.lengthsOf(bytes);
    const all = await this.allgather(bytes, lengths);
    let at = 0;
    return lengths.map((length) => new TextDecoder().decode(all.subarray(at, (at += length))));
  }

  /** The number of bytes that each rank sends. */
  private async lengthsOf({ length }: Uint8Array): Promise<number[]> {
    const sent = new Int32Array(new ArrayBuffer(4)).fill(length);
    return [...new Int32Array((await this.allgather(new Uint8Array(sent.buffer), this.ofEach(4))).buffer)];
  }

  private ofEach(bytes: number): number[] {
    return Array.from({ length: this.size }, () => bytes);
  }

  private async allgather(mine: Uint8Array, counts: readonly number[]): Promise<Uint8Array<ArrayBuffer>> {
    const all = new Uint8Array(new ArrayBuffer(counts.reduce((sum, count) => sum + count, 0)));
    await this.allgatherInto(mine, counts, all, 'byte');
    return all;
  }

  private async allgatherInto(
    mine: SentNumbers,
    counts: readonly number[],
    all: SentNumbers,
    unit: Unit,
  ): Promise<void> {
    await this.done([this.mpi.allgather(mine, counts[this.rank], all, partsOf(counts), unit)]);
  }

  private async done(requests: readonly Request[]): Promise<void> {
    const { first, least, times } = patience;
    const most = this.longest === undefined ? first : least + times * this.longest;
    await wait(this.mpi, requests, { rank: this.rank, neighbours: this.others, most });
    this.ended = performance.now();
  }

  /** The send and receive buffers, which all batches share. */
  private stageFor(rounds: readonly Round[], length: number): { send: Float32Array[]; came: Float32Array[] } {
    const { send, came } = this.stage;
    for (const [k, { into, out }] of rounds.entries()) {
      const [sent, comes] = [
        k === 0 || out.counts.some(Boolean) ? length : 0,
        into.counts.reduce((a, b) => a + b, 0),
      ];
      if (!((send[k]?.length ?? -1) >= sent)) send[k] = new Float32Array(new ArrayBuffer(4 * sent));
      if (!((came[k]?.length ?? -1) >= comes)) came[k] = new Float32Array(new ArrayBuffer(4 * comes));
    }
    return this.stage;
  }
}

/** Copies bytes into memory that does not move while a call is in progress. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(new ArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

function lay(pieces: readonly Float32Array[], to: Float32Array): void {
  let at = 0;
  for (const piece of pieces) {
    to.set(piece, at);
    at += piece.length;
  }
}

/**
 * The failure in one line: the text of the first failed rank. The names of the ranks with this text precede it, unless all ranks have it.
 */
function failureOf(texts: readonly string[]): string {
  const failed = texts.flatMap((text, rank) => (text === '' ? [] : [rank]));
  const [first] = failed.map((rank) => texts[rank]);
  const isAll = texts.every((text) => text === first);
  const same = failed.filter((rank) => texts[rank] === first);
  return isAll ? first : `${namesOf(same)}: ${first}`;
}
