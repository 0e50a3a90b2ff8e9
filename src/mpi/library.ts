/** The installed MPI library, called through koffi with the handles of `abi.ts`. Only `start` and `finish` block. */
import { messageOf, InputError } from '../errors.ts';
import { importPackage, isAbsent } from '../importPackage.ts';
import { LostError } from './lost.ts';
import { abis, type ABI, type Handle } from './abi.ts';

/** The part of koffi that this file uses. */
interface Koffi {
  load(path: string): Library;
}
interface Library {
  func(name: string, result: string, parameters: readonly string[]): Foreign;
  symbol(name: string): bigint;
}
type Value = Handle | null | ArrayBufferView;
interface Foreign {
  (...values: Value[]): number;
  async(...values: [...Value[], (error: Error | null, code: number) => void]): void;
}

/** Memory that a call uses while it is in progress. Its buffer must be a plain ArrayBuffer, which does not move. */
export type SentNumbers = Uint8Array | Int32Array | Float32Array | Float64Array;

export type Unit = 'byte' | 'float';

/** Parts of an array, one per rank: the number of units in each, and the place of its first unit. */
export interface RankParts {
  readonly counts: Int32Array<ArrayBuffer>;
  readonly starts: Int32Array<ArrayBuffer>;
}

/** A call in progress. `memory` keeps its arrays from being garbage-collected. */
export interface Request {
  readonly handle: Int32Array<ArrayBuffer>;
  readonly done: Int32Array<ArrayBuffer>;
  readonly memory: readonly unknown[];
}

/** Any thread may call MPI, but only one thread at a time. {@link Mpi.abort} uses another thread than earlier calls. */
const serialized = 2;
const levels = ['SINGLE', 'FUNNELED', 'SERIALIZED'];

const where = '"--distributed"';

/** The calls of one MPI library. They throw if MPI refuses them. */
export class Mpi {
  readonly abi: ABI;
  /** The first line of the version text that the library returns. */
  readonly version: string;
  private readonly calls: Record<string, Foreign> = {};
  private readonly handle: Record<'world' | Unit | 'return', Handle>;

  constructor(library: Library, abi: ABI) {
    this.abi = abi;
    const of = (name: keyof ABI['handles']): Handle => {
      const handle = abi.handles[name];
      return typeof handle === 'string' ? library.symbol(handle) : handle;
    };
    this.handle = { world: of('world'), byte: of('byte'), float: of('float'), return: of('return') };
    const [p, h] = ['void *', abi.handleType];
    for (const [name, parameters] of Object.entries({
      Init_thread: [p, p, 'int', p],
      Get_library_version: [p, p],
      Comm_rank: [h, p],
      Comm_size: [h, p],
      Comm_set_errhandler: [h, h],
      Error_string: ['int', p, p],
      Iallgatherv: [p, 'int', h, p, p, p, h, h, p],
      Ialltoallv: [p, p, p, h, p, p, p, h, h, p],
      Test: [p, p, p],
      Abort: [h, 'int'],
      Finalize: [],
    }))
      this.calls[name] = library.func(`MPI_${name}`, 'int', parameters);
    this.version = this.text('Get_library_version').split('\n')[0].trim();
  }

  /**
   * Joins the job, and blocks until all its processes have joined.
   *
   * @returns the rank of this process and the number of ranks
   * @throws InputError if only one thread may call the library
   */
  start(): { rank: number; size: number } {
    const [level, rank, size] = [1, 1, 1].map(() => new Int32Array(new ArrayBuffer(4)));
    this.call('Init_thread', null, null, serialized, level);
    const { world } = this.handle;
    this.call('Comm_set_errhandler', world, this.handle.return);
    this.call('Comm_rank', world, rank);
    this.call('Comm_size', world, size);
    if (level[0] < serialized) {
      const text = `${where} expected an MPI library of thread level SERIALIZED, got ${this.version}, of level ${levels[level[0]]}`;
      throw new InputError(text);
    }
    return { rank: rank[0], size: size[0] };
  }

  /** Starts an allgather: each rank receives the units of all ranks. */
  allgather(
    mine: SentNumbers,
    count: number,
    all: SentNumbers,
    { counts, starts }: RankParts,
    unit: Unit,
  ): Request {
    const { [unit]: type, world } = this.handle;
    return this.begin('Iallgatherv', mine, count, type, all, counts, starts, type, world);
  }

  /** Starts an alltoall: rank r receives part r of `mine`. Part r of `all` receives the numbers that rank r sends to this rank. */
  alltoall(mine: Float32Array, out: RankParts, all: Float32Array, into: RankParts): Request {
    const { float, world } = this.handle;
    const [sent, received] = [[out.counts, out.starts] as const, [into.counts, into.starts] as const];
    return this.begin('Ialltoallv', mine, ...sent, float, all, ...received, float, world);
  }

  /** Advances a request. Returns whether it is done. */
  isDone({ handle, done }: Request): boolean {
    this.call('Test', handle, done, this.abi.noStatus);
    return done[0] !== 0;
  }

  /**
   * Ends all processes of the job. The call runs on another thread, because it may wait for a lost machine. Do not call MPI afterwards: two
   * calls would run at the same time.
   */
  abort(code: number): void {
    this.calls['Abort'].async(this.handle.world, code, () => {});
  }

  /** Leaves the job, and blocks until all its processes leave. */
  finish(): void {
    this.call('Finalize');
  }

  private begin(name: string, ...memory: Value[]): Request {
    const handle = new Int32Array(new ArrayBuffer(8));
    this.call(name, ...memory, handle);
    return { handle, done: new Int32Array(new ArrayBuffer(4)), memory };
  }

  private call(name: string, ...values: Value[]): void {
    const code = this.calls[name](...values);
    if (code === 0) return;
    throw new LostError(`another rank cannot be reached: MPI_${name}: ${this.text('Error_string', code)}`);
  }

  private text(name: string, ...values: Value[]): string {
    const [bytes, length] = [new Uint8Array(new ArrayBuffer(8192)), new Int32Array(new ArrayBuffer(4))];
    this.calls[name](...values, bytes, length);
    return new TextDecoder().decode(bytes.subarray(0, length[0])).replace(/\0/g, '').trim();
  }
}

/**
 * Loads the library of the launcher that started this process.
 *
 * @throws InputError with the package to install or the command to call
 */
export async function loadMpi(environment: NodeJS.ProcessEnv = process.env): Promise<Mpi> {
  const names = Object.keys(environment);
  const launched = abis.filter(({ launcher }) => names.some((name) => launcher.test(name)));
  if (launched.length === 0) {
    const call = 'mpirun -np 4 npx asf-bp train … --distributed mpi';
    throw new InputError(`${where} expected to be started by mpirun or srun, got neither; call: ${call}`);
  }
  const koffi = await loadKoffi();
  for (const { settings } of launched) for (const [name, value] of settings) environment[name] ??= value;
  for (const abi of launched) {
    for (const file of abi.files) {
      const library = open(koffi, file);
      if (!library) continue;
      const mpi = new Mpi(library, abi);
      const major = Number(abi.version.exec(mpi.version)?.[1] ?? 0);
      if (major >= abi.least) return mpi;
      const text = `${where} expected ${abi.name} ${abi.least} or later, got ${mpi.version || 'a library without a version'}`;
      throw new InputError(text);
    }
  }
  const [{ name, files, package: named }] = launched;
  throw new InputError(
    `${where} expected the library of ${name}, ${files[0]}, got none; Debian: apt-get install ${named}, else add its folder to LD_LIBRARY_PATH`,
  );
}

function open(koffi: Koffi, file: string): Library | undefined {
  try {
    return koffi.load(file);
  } catch {
    return undefined;
  }
}

async function loadKoffi(): Promise<Koffi> {
  try {
    const { default: koffi, ...named } = await importPackage<Koffi & { default?: Koffi }>('koffi');
    return koffi ?? named;
  } catch (cause) {
    const got = isAbsent(cause) ? 'none' : `its error: ${messageOf(cause)}`;
    throw new InputError(`${where} expected the package koffi, got ${got.split('\n')[0]}; npm i koffi`, {
      cause,
    });
  }
}
