/** Ranks of an MPI job, for the command. */
export { type Identity, checkSame, dataDigest, digestOf } from './identity.ts';
export { asRank, join } from './join.ts';
export type { Ranks } from './ranks.ts';
export { namesOf } from './waiting.ts';
