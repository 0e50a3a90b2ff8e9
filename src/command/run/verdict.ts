/** The findings of `--verify`: one line per batch, and whether a bound was broken. */
import type { Progress } from '../../train/openTraining.ts';
import type { Io } from '../io.ts';
import { isBroken, type Verified } from '../../train/verify/verified.ts';

export class VerifyVerdict {
  private readonly io: Pick<Io, 'stdout' | 'stderr'>;
  private readonly isJson: boolean;
  private batches = 0;
  private broken = 0;

  constructor(io: Pick<Io, 'stdout' | 'stderr'>, isJson: boolean) {
    [this.io, this.isJson] = [io, isJson];
  }

  /** Reports a batch: on standard error, or as a JSON line. */
  add({ epoch, batch }: Progress, verified: Verified): void {
    this.batches++;
    const broken = isBroken(verified);
    if (broken) this.broken++;
    if (this.isJson) {
      // JSON has no Infinity: an infinite difference is null.
      this.io.stdout.write(
        `${JSON.stringify({ verify: { epoch: epoch + 1, batch: batch + 1, ...verified, broken } })}\n`,
      );
      return;
    }
    const { samples, spikes, flipped, outside, FI, report, gradient, moments, weights } = verified;
    const trains = `${flipped} trains of ${samples} samples differ, ${outside} of them outside their bound`;
    const errors = Object.entries({ FI, report, gradient, moments, weights }).filter(
      ([, units]) => units > 0,
    );
    const largest = errors.map(([what, units]) => `${what} ${units.toPrecision(3)}`).join(', ');
    const differs =
      largest === '' ? 'all else is the same' : `largest errors in units of their bounds: ${largest}`;
    this.io.stderr.write(
      `verify: epoch ${epoch + 1}, batch ${batch + 1}, ${spikes} spikes: ${trains}; ${differs}\n`,
    );
  }

  /** The exit code. */
  end(): number {
    if (this.broken === 0) return 0;
    const found = `${this.broken} of ${this.batches} batches differ from wasm by more than rounding explains`;
    this.io.stderr.write(`verify: ${found}; use --backend wasm, and report the lines above\n`);
    return 1;
  }
}
