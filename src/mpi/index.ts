/** Ranks of an MPI job, for the command. */
export { type Identity, checkSame, dataDigest, digestOf } from './identity.ts';
export { type Joined, asRank, idleLine, join } from './join.ts';
export type { Ranks } from './ranks.ts';
