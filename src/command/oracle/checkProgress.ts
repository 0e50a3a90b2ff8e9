/** The progress of a check: a line on standard error if it takes longer than two seconds. */
import type { Tell } from '../../oracle/index.ts';
import type { Terminal } from '../io.ts';
import { ProgressLine } from '../output.ts';

const patience = 2000;

export class CheckProgress {
  private readonly started = performance.now();
  private readonly line: ProgressLine;

  constructor(stderr: Terminal, isQuiet: boolean) {
    // Stages take different times.
    this.line = new ProgressLine(stderr, isQuiet, false);
  }

  readonly tell: Tell = (doing, part, done, of) => {
    if (performance.now() - this.started > patience) this.line.show(`${doing}: ${part}`, done, of);
  };

  clear(): void {
    this.line.clear();
  }
}
