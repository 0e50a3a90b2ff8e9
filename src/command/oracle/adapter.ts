/** Somebody's program, spoken with by lines. It may hang, die, or say anything: each wait has an end. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { InputError, show } from '../../errors.ts';
import { reasonOf } from '../files.ts';
import { wordsOf } from '../shell.ts';

/** Most bytes of a line, and of what is read ahead. */
const mostBytes = 2 ** 27;

export class Adapter {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: string[] = [];
  private rest: Buffer[] = [];
  private bytes = 0;
  private complaint = '';
  private ended: string | undefined;
  private wake = (): void => {};

  constructor(
    readonly command: string,
    private readonly seconds: number,
  ) {
    const [program, ...words] = wordsOf(command);
    // A group of its own, so that what it has started ends with it.
    this.child = spawn(program ?? '', words, { detached: true });
    this.child.on('error', (cause) => this.end(`cannot be started: ${reasonOf(cause)}`));
    this.child.on('close', (code, signal) => this.end(`died with ${signal ?? `exit code ${code}`}`));
    this.child.stdin.on('error', () => {});
    this.child.stdout.on('data', (chunk: Buffer) => this.take(chunk));
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.complaint = (this.complaint + chunk.toString()).slice(-2000);
    });
  }

  say(line: string): void {
    if (this.ended === undefined) this.child.stdin.write(line);
  }

  /**
   * Its next line.
   *
   * @throws InputError where none comes in time, or it has ended, or says too much
   */
  async hear(): Promise<string> {
    const until = performance.now() + 1000 * this.seconds;
    while (this.lines.length === 0) {
      if (this.ended !== undefined) throw new InputError(this.ended);
      const left = until - performance.now();
      if (left <= 0) throw new InputError(`hung: no answer within ${this.seconds} s`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const line = this.lines.shift()!;
    this.bytes -= line.length;
    return line;
  }

  /** Ends it, whatever it does. */
  stop(): void {
    this.end('was stopped');
    try {
      process.kill(-this.child.pid!, 'SIGKILL');
    } catch {
      this.child.kill('SIGKILL');
    }
    for (const stream of this.child.stdio) stream?.destroy();
    this.child.unref();
  }

  private take(chunk: Buffer): void {
    if (this.ended !== undefined) return;
    this.bytes += chunk.length;
    if (this.bytes > mostBytes) {
      this.end(`babbles: more than ${mostBytes} bytes before an answer`);
      this.child.stdout.destroy();
      return;
    }
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      this.lines.push(Buffer.concat([...this.rest, chunk.subarray(from, at)]).toString());
      this.rest = [];
      from = at + 1;
    }
    if (from < chunk.length) this.rest.push(chunk.subarray(from));
    this.wake();
  }

  private end(why: string): void {
    const last = this.complaint.trimEnd().split('\n').at(-1);
    this.ended ??= last ? `${why}: ${show(last)}` : why;
    this.wake();
  }
}
