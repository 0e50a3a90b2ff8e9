/**
 * Programs: work as steps of tasks. The tasks of a step run in any order and at the same time; the threads meet between
 * steps. Fewer steps are therefore faster. A sample runs through all layers within one step, so the threads meet four to
 * six times per shard.
 */
import type { Task } from './executor.ts';

/** The last step while it can still grow. */
type Open =
  { readonly kind: 'lanes'; readonly lanes: Map<number, Task[]> } | { readonly kind: 'parts' } | undefined;

export class Program {
  private steps: Task[][] = [];
  private open: Open;
  private later: Task[] = [];

  get isEmpty(): boolean {
    return this.steps.length === 0 && this.open?.kind !== 'lanes' && this.later.length === 0;
  }

  /** Appends to lanes; a step of lanes that is open goes on. */
  lanes(tasks: readonly Task[], first: number): void {
    if (this.open?.kind !== 'lanes') this.open = { kind: 'lanes', lanes: new Map() };
    const { lanes } = this.open;
    for (const [k, task] of tasks.entries()) {
      const lane = lanes.get(first + k);
      if (lane) lane.push(task);
      else lanes.set(first + k, [task]);
    }
  }

  /** Appends to the parts of the step before, or begins a step. */
  parts(tasks: readonly Task[]): void {
    this.closeLanes();
    if (this.open?.kind === 'parts' && this.steps.length > 0) this.steps.at(-1)!.push(...tasks);
    else this.steps.push([...tasks]);
    this.open = { kind: 'parts' };
  }

  defer(tasks: readonly Task[]): void {
    this.later.push(...tasks);
  }

  /** The deferred parts become a step of their own. */
  settle(): void {
    if (this.later.length === 0) return;
    this.closeLanes();
    this.steps.push(this.later);
    this.later = [];
    this.open = undefined;
  }

  /** The next work begins a step. */
  barrier(): void {
    this.closeLanes();
    this.open = undefined;
  }

  /** All steps, without empty ones and tasks without calls; the program is empty then. */
  take(): Task[][] {
    this.settle();
    this.closeLanes();
    const steps = this.steps
      .map((step) => step.filter((task) => task.length > 0))
      .filter((step) => step.length > 0);
    [this.steps, this.open] = [[], undefined];
    return steps;
  }

  private closeLanes(): void {
    if (this.open?.kind !== 'lanes') return;
    this.steps.push([...this.open.lanes.values()].map((tasks) => tasks.flat()));
    this.open = undefined;
  }
}
