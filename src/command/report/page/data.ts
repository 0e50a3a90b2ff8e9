/** The data of a page. It has no paths of files to load. */
import type { PaperRow, paperTables, ExperimentSummary } from '../../../experiment/index.ts';
import type { EpochRecord } from '../../../modelFile/index.ts';
import type { SampleData } from '../sample.ts';

/** The reason why a part is not shown. */
export interface NotShown {
  readonly missing: string;
}

export interface RunData {
  readonly name: string;
  /** Name of the data set, if the files record it. */
  readonly dataset: string | undefined;
  /** `LeNet, IF, variant paper`; empty if the files do not record the network. The default variant is omitted. */
  readonly network: string;
  readonly timeWindow: number | undefined;
  /** The command, quoted for a shell. */
  readonly command: string | NotShown;
  /** The text of `network.json`. The command refers to this file if `--model` has no name for the network. */
  readonly networkFile?: string | undefined;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly epochs: readonly EpochRecord[];
  /** Only for an unfinished run: the number of epochs that the command sets. */
  readonly planned?: number | undefined;
  /** Test accuracy after the last epoch; undefined if no epoch was measured. */
  readonly accuracy: number | undefined;
  /** SHA-256 of the weights. An unfinished run does not have its final digest yet. */
  readonly digest: string;
  /** The paper's number for this training. */
  readonly paper: { readonly table: keyof typeof paperTables; readonly row: PaperRow } | undefined;
  readonly sample: SampleData | NotShown;
}

export interface ExperimentData {
  readonly name: string;
  readonly help: string;
  readonly command: string;
  /** `digest` is the SHA-256 of the JSON lines. */
  readonly summary: (Pick<ExperimentSummary, 'content' | 'figure'> & { readonly digest: string }) | NotShown;
}

export interface PageData {
  readonly title: string;
  readonly version: string;
  readonly runs: readonly RunData[];
  readonly experiments: readonly ExperimentData[];
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
