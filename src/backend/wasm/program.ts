/**
 * Programs: work as steps of tasks. The tasks of a step run in any order and at the same time; the threads meet between
 * steps. Fewer steps are therefore faster. A sample runs through all layers within one step, so the threads meet four to
 * six times per shard.
 */
import type { Call, Task } from './executor.ts';

/** The last step while it can still grow. */
type Open =
  { readonly kind: 'queues'; readonly queues: Map<number, Call[]> } | { readonly kind: 'slices' } | undefined;

export class Program {
  private steps: Task[][] = [];
  private open: Open;
  private later: Task[] = [];

  /** Appends to sample queues; an open step of queues continues. */
  queue(tasks: readonly Task[]): void {
    if (this.open?.kind !== 'queues') this.open = { kind: 'queues', queues: new Map() };
    const { queues } = this.open;
    // Plain loops: a batch has thousands of calls, and what the host does meanwhile takes a core from the threads.
    for (let k = 0; k < tasks.length; k++) {
      const queue = queues.get(k);
      if (queue) for (const call of tasks[k]) queue.push(call);
      else queues.set(k, tasks[k].slice());
    }
  }

  /** Appends to the weight slices of the step before, or begins a step. */
  slices(tasks: readonly Task[]): void {
    this.closeQueues();
    const last = this.steps.at(-1);
    if (this.open?.kind === 'slices' && last) last.push(...tasks);
    else this.steps.push([...tasks]);
    this.open = { kind: 'slices' };
  }

  defer(tasks: readonly Task[]): void {
    this.later.push(...tasks);
  }

  /** Turns the deferred slices into a step. */
  settle(): void {
    if (this.later.length === 0) return;
    this.closeQueues();
    this.steps.push(this.later);
    this.later = [];
    this.open = undefined;
  }

  /** Later work begins a new step. */
  barrier(): void {
    this.closeQueues();
    this.open = undefined;
  }

  /** Returns all steps, without empty steps and tasks, and empties the program. */
  take(): Task[][] {
    this.settle();
    this.closeQueues();
    const steps = this.steps
      .map((step) => step.filter((task) => task.length > 0))
      .filter((step) => step.length > 0);
    [this.steps, this.open] = [[], undefined];
    return steps;
  }

  private closeQueues(): void {
    if (this.open?.kind !== 'queues') return;
    this.steps.push([...this.open.queues.values()]);
    this.open = undefined;
  }
}
