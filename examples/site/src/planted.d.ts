/** A framework for which the page has a small training step. */
export interface PlantedFramework {
  readonly name: string;
}

export const frameworks: Readonly<Record<string, PlantedFramework>>;

export const planted: readonly {
  readonly says: (its: PlantedFramework) => string;
  readonly id: (its: PlantedFramework) => string;
  readonly numbers: (its: PlantedFramework) => readonly number[];
}[];
