export function bytesOf(job: {
  readonly weights: number;
  readonly report: number;
  readonly samples: number;
  readonly shard: number;
  readonly ranks: number;
}): { readonly mean: number; readonly most: number; readonly gradients: number; readonly ring: number };
