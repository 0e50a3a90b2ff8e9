/**
 * The two binary interfaces of MPI libraries. In Open MPI and its derivative IBM Spectrum MPI, handles are pointers to
 * exported objects. In MPICH and the libraries with its ABI (Intel MPI, Cray MPICH, MVAPICH) they are whole numbers.
 */

/** A handle as the functions take it: a pointer or a whole number. */
export type Handle = bigint | number;

export interface ABI {
  readonly name: string;
  /** Matches the start of the text of `MPI_Get_library_version`; group 1 is the major version. */
  readonly version: RegExp;
  /** The lowest accepted major version, which has nonblocking collectives and their fixes. */
  readonly least: number;
  /** File names of the library on different systems. */
  readonly files: readonly string[];
  /** The Debian package. */
  readonly package: string;
  /** The environment variables that the library's launcher sets. */
  readonly launcher: RegExp;
  /** Environment variables to set before the library is loaded. */
  readonly settings: readonly (readonly [name: string, value: string])[];
  readonly handleType: 'void *' | 'int';
  /** The number of each handle, or the symbol whose address is the handle. */
  readonly handles: Readonly<Record<'world' | 'byte' | 'float' | 'return', number | string>>;
  /** `MPI_STATUS_IGNORE`. */
  readonly noStatus: bigint;
}

/**
 * Debian's Open MPI and MPICH load UCX on any network. Without this setting, UCX replaces brk and sbrk while threads of Node run. malloc
 * then returns addresses beyond the end of the heap, and a rank dies of signal 11.
 */
const ucx = ['UCX_MEM_EVENTS', 'n'] as const;

export const abis: readonly ABI[] = [
  {
    name: 'Open MPI',
    version: /^Open MPI v(\d+)\.[^,]*/,
    least: 4,
    files: ['libmpi.so.40', 'libmpi.so'],
    package: 'openmpi-bin',
    launcher: /^(OMPI_COMM_WORLD_SIZE|PMIX_RANK)$/,
    // With this setting, a broken connection fails the call. Without it, the library ends the process without a report.
    settings: [['OMPI_MCA_mpi_ft_enable', '1'], ucx],
    handleType: 'void *',
    handles: {
      world: 'ompi_mpi_comm_world',
      byte: 'ompi_mpi_byte',
      float: 'ompi_mpi_float',
      return: 'ompi_mpi_errors_return',
    },
    noStatus: 0n,
  },
  {
    name: 'MPICH',
    version: /^MPICH Version:\s*(\d+)\.\S*/,
    least: 3,
    files: ['libmpich.so.12', 'libmpi.so.12'],
    package: 'mpich',
    launcher: /^(PMI_RANK|PMI_FD)$/,
    settings: [ucx],
    handleType: 'int',
    handles: { world: 0x44000000, byte: 0x4c00010d, float: 0x4c00040a, return: 0x54000001 },
    noStatus: 1n,
  },
];
