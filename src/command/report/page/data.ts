/** What a page is made from. Nothing here is a file any more. */
import type { PaperRow, paperTables } from '../../../experiment/paper.ts';
import type { Figure, ExperimentReport } from '../../../experiment/experiment.ts';
import type { EpochRecord } from '../../../modelFile/model.ts';
import type { PngPicture } from '../../draw/rasterPng.ts';

/** A training that was kept. */
export interface RunPart {
  readonly name: string;
  /** What was trained on what, as far as the files say. */
  readonly dataset: string | undefined;
  readonly network: string | undefined;
  readonly neuron: 'IF' | 'LIF' | undefined;
  readonly timeWindow: number | undefined;
  /** For a shell; without it, why there is none. */
  readonly command: string | { readonly missing: string };
  /** A network that has no name, as the file that the command names. */
  readonly networkFile?: string | undefined;
  /** Whatever else is known, by name. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly epochs: readonly EpochRecord[];
  /** After the last epoch; undefined where none was measured. */
  readonly accuracy: number | undefined;
  readonly digest: string;
  /** The paper's own number for this training. */
  readonly paper: PaperMatch | undefined;
  readonly sample: SamplePart | { readonly missing: string };
}

interface PaperMatch {
  readonly table: keyof typeof paperTables;
  readonly row: PaperRow;
}

/** A sample on its way through a network. */
export interface SamplePart {
  readonly index: number;
  readonly label: number;
  /** What the network says. */
  readonly said: number;
  readonly timeWindow: number;
  readonly image: PngPicture;
  /** From the input on, each layer that fires. */
  readonly layers: readonly { readonly title: string; readonly facts: string; readonly raster: PngPicture }[];
  /** Of the outputs where they do not fire; of many, those that end highest. */
  readonly potentials: readonly { readonly name: string; readonly step: number; readonly u: number }[];
}

/** An experiment that was kept. */
export interface ExperimentPart {
  /** Of its folder. */
  readonly name: string;
  readonly experiment: string;
  readonly help: string;
  readonly command: string;
  readonly report: KeptReport | { readonly missing: string };
}

export interface KeptReport {
  /** SHA-256 of its lines. */
  readonly digest: string;
  readonly content: ExperimentReport['content'];
  readonly figure: Figure;
}

export interface PageData {
  readonly title: string;
  readonly version: string;
  readonly runs: readonly RunPart[];
  readonly experiments: readonly ExperimentPart[];
}

/** The epoch with the highest accuracy; of equal ones the first. */
export function bestEpoch(
  epochs: readonly EpochRecord[],
  by: 'accuracy' | 'validation' = 'accuracy',
): EpochRecord | undefined {
  return epochs
    .filter((record) => record[by] !== undefined)
    .reduce<EpochRecord | undefined>(
      (best, record) => (best === undefined || record[by]! > best[by]! ? record : best),
      undefined,
    );
}
