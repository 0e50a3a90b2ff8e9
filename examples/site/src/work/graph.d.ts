/** A graph that was opened, and what it takes. */
export function openGraph(asked: {
  readonly file: File;
  readonly as: string;
  readonly dt?: number;
  readonly timeWindow: number;
}): Promise<{ readonly dt: number; readonly layers: number; readonly classes: number }>;

/** A recording through the graph that was opened last. */
export function runGraph(asked: {
  readonly file: File;
  readonly ms: number;
}): Promise<{ readonly steps: readonly unknown[]; readonly of?: number }>;

/** Refuses what is no graph. */
export function readGraph(asked: { readonly file: File }): Promise<void>;
