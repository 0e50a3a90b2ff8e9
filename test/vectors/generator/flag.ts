/** A flag: which mistake a case catches, as a question to its arrays, so that it is never only a claim. */
import type { StageName } from '../../../src/oracle/keys.ts';
import type { Test, View } from './questions.ts';

export interface Flag {
  readonly name: string;
  /** Stages whose cases may have it; those of whole steps may have all. */
  readonly stages: readonly StageName[];
  readonly catches: string;
  isIn(view: View): boolean;
}

export function flag(name: string, stages: string, catches: string, isIn: Test): Flag {
  return { name, stages: stages.split(' ') as StageName[], catches, isIn };
}
