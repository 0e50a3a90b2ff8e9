/** Whoever waited in vain: other ranks have ended, or cannot be reached. */
export class LostError extends Error {
  override name = 'LostError';
  /** The ranks, where it is known who. */
  readonly gone: readonly number[];
  constructor(message: string, gone: readonly number[] = []) {
    super(message);
    this.gone = gone;
  }
}
