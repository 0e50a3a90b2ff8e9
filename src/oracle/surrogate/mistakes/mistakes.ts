/** The catalogue of mistakes in training steps by surrogate gradients, from the issues of five frameworks and from practice. */
import { entriesOf } from '../../../keysOf.ts';
import type { SurrogateModel } from '../model.ts';
import type { SurrogateRow } from './changes.ts';
import { ofCurrents, scaledInputs } from './currents.ts';
import { ofGradients } from './gradients.ts';
import { fittedOfLosses, ofLosses } from './losses.ts';
import { fittedOfSurrogates, ofNeurons, ofStates, ofSurrogates } from './neurons.ts';

const ofFormats = entriesOf({ binary16: 11, bfloat16: 8 }).map(([id, bits]): SurrogateRow => ({
  id,
  bits,
  stages: ['current', 'neuron', 'backward'],
  says: `Its numbers are of ${id}.`,
}));

const rows: readonly SurrogateRow[] = [
  ...ofNeurons,
  ...ofStates,
  ...ofCurrents,
  ...ofSurrogates,
  ...fittedOfSurrogates,
  ...ofGradients,
  ...scaledInputs,
  ...ofLosses,
  ...fittedOfLosses,
  ...ofFormats,
];

/**
 * The mistakes of a model, each in all layers. If there are several layers, each mistake is also listed for each layer alone,
 * except mistakes of formats and losses.
 */
export function mistakesOf({ layers }: SurrogateModel): SurrogateRow[] {
  if (layers.length < 2) return [...rows];
  const alone = rows.filter(({ bits, stages }) => bits === undefined && !stages.includes('loss'));
  return [
    ...rows,
    ...layers.flatMap(({ n }) =>
      alone.map((row): SurrogateRow => ({
        ...row,
        id: `${row.id}@${n}`,
        isAlone: true,
        says: `${row.says} In layer ${n} alone.`,
        concerns: (stage, model) => stage.n === n && row.concerns?.(stage, model) !== false,
      })),
    ),
  ];
}
