/** The data of a page. Nothing here refers to files. */
import type { RuleName } from '../../../../spec/rule.ts';
import type { PaperRow, paperTables } from '../../../experiment/paper.ts';
import type { Figure, ExperimentReport } from '../../../experiment/experiment.ts';
import type { EpochRecord } from '../../../modelFile/model.ts';
import type { PngPicture } from '../../draw/rasterPng.ts';

export interface RunPart {
  readonly name: string;
  /** Data set, network and neuron, as far as the files record them. */
  readonly dataset: string | undefined;
  readonly network: string | undefined;
  readonly neuron: 'IF' | 'LIF' | undefined;
  readonly timeWindow: number | undefined;
  readonly rule: RuleName | undefined;
  /** The command for a shell, or the reason why it is missing. */
  readonly command: string | { readonly missing: string };
  /** The file of a network without a name, to which the command refers. */
  readonly networkFile?: string | undefined;
  /** Further facts, by name. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly epochs: readonly EpochRecord[];
  /** Epochs that the command makes, where fewer are done. */
  readonly planned?: number | undefined;
  /** After the last epoch; undefined if no epoch was measured. */
  readonly accuracy: number | undefined;
  /** Of its weights: of an unfinished run, not those that the command makes. */
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
  /** The class that the network predicts. */
  readonly said: number;
  readonly timeWindow: number;
  readonly image: PngPicture;
  /** The input and each layer that fires. */
  readonly layers: readonly {
    readonly title: string;
    readonly facts: string;
    readonly neurons: number;
    readonly raster: PngPicture;
  }[];
  /** Potentials of the outputs if they do not fire; of many, the highest at the end. */
  readonly potentials: readonly { readonly name: string; readonly step: number; readonly u: number }[];
}

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

/** `10 epochs`; of an unfinished run, `1 of 10 epochs, unfinished`. */
export function epochsDone({ epochs: { length }, planned }: Pick<RunPart, 'epochs' | 'planned'>): string {
  const counted = (count: number): string => `${count} ${count === 1 ? 'epoch' : 'epochs'}`;
  return planned === undefined ? counted(length) : `${length} of ${counted(planned)}, unfinished`;
}

/** The epoch with the highest accuracy; ties go to the first. */
export function bestEpoch(
  epochs: readonly EpochRecord[],
  by: 'accuracy' | 'validation' = 'accuracy',
): EpochRecord | undefined {
  const shareOf = (record: EpochRecord | undefined): number => record?.[by] ?? -1;
  return epochs.reduce<EpochRecord | undefined>(
    (best, record) => (shareOf(record) > shareOf(best) ? record : best),
    undefined,
  );
}
