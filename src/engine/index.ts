/** Helpers of the engine that the command uses. */
export { isSingle, total } from './rounding.ts';
