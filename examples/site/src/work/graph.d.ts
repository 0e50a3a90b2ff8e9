export function openGraph(asked: {
  readonly file: File;
  readonly as: string;
  readonly dt?: number;
  readonly timeWindow: number;
}): Promise<{ readonly dt: number; readonly layers: number; readonly classes: number }>;

/** Runs the graph that was opened last, on a recording. */
export function runGraph(asked: {
  readonly file: File;
  readonly ms: number;
}): Promise<{ readonly steps: readonly unknown[]; readonly of?: number }>;

/** Throws if a file is not a graph. */
export function readGraph(asked: { readonly file: File }): Promise<void>;
