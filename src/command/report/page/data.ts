/** The data of a page. Nothing here refers to files. */
import type { RuleName } from '../../../../spec/rule.ts';
import type { NeuronModel } from '../../../experiment/protocol.ts';
import type { PaperRow, paperTables } from '../../../experiment/paper.ts';
import type { ExperimentReport } from '../../../experiment/experiment.ts';
import type { EpochRecord } from '../../../modelFile/model.ts';
import type { PngPicture } from '../../draw/rasterPng.ts';

/** Why something is not shown. */
export interface NotShown {
  readonly missing: string;
}

export interface RunPart {
  readonly name: string;
  /** Of its data set, as far as the files record it. */
  readonly dataset: string | undefined;
  /** Its network, as far as the files record it. */
  readonly net:
    | {
        readonly name: string | undefined;
        readonly neuron: NeuronModel;
        readonly timeWindow: number;
        readonly rule: RuleName;
        /** In words. */
        readonly variant: string;
      }
    | undefined;
  /** The command for a shell. */
  readonly command: string | NotShown;
  /** The file of a network without a name, to which the command refers. */
  readonly networkFile?: string | undefined;
  /** All facts, by name. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly epochs: readonly EpochRecord[];
  /** Epochs that the command makes, where fewer are done. */
  readonly planned?: number | undefined;
  /** After the last epoch; undefined if no epoch was measured. */
  readonly accuracy: number | undefined;
  /** Of its weights: of an unfinished run, not those that the command makes. */
  readonly digest: string;
  /** The paper's own number for this training. */
  readonly paper: { readonly table: keyof typeof paperTables; readonly row: PaperRow } | undefined;
  readonly sample: SamplePart | NotShown;
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
  readonly report: KeptReport | NotShown;
}

export interface KeptReport extends Pick<ExperimentReport, 'content' | 'figure'> {
  /** SHA-256 of its lines. */
  readonly digest: string;
}

export interface PageData {
  readonly title: string;
  readonly version: string;
  readonly runs: readonly RunPart[];
  readonly experiments: readonly ExperimentPart[];
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
