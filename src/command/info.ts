/** `asf-bp info`: the contents of a model file. */
import { neuronsOf, weightsOf, type Layer, type Shape } from '../../spec/network.ts';
import { show } from '../errors.ts';
import { trainedWeights, digest, variantText } from '../network/network.ts';
import type { EpochRecord } from '../modelFile/model.ts';
import type { TrainingState } from '../train/state.ts';
import { unusedLines } from '../network/unused.ts';
import type { Io } from './io.ts';
import { openModel, runOf } from './models.ts';
import { strong } from './paint.ts';
import { classesLine, percent, placeText, shareText, tableText } from './output.ts';

/** Runs the command and returns 0. */
export async function infoCommand(
  path: string,
  { json }: { readonly json?: boolean },
  io: Io,
): Promise<number> {
  const { net, epochs, training } = openModel(path, 'info');
  const run = training?.run ?? runOf(path, 'info');
  const { plan, S, description, seed, variant, nir, classes } = net;
  const last = epochs.at(-1);
  // No rule here trained an imported network.
  const rule = nir && !last && !training ? undefined : net.rule;
  const layers = plan.layers.map((layer) => ({
    n: layer.n,
    kind: layer.kind.name,
    output: layer.output,
    parameters: weightsOf(layer),
    ...(layer.spikes && rule === 'asf' ? { S: S[layer.n - 1] } : {}),
    ...(layer.spikes ? { threshold: layer.Vth, leak: layer.λ } : {}),
    ...(layer.spikes && last ? { spikeRate: last.spikeRates[`${layer.n} ${layer.kind.name}`] } : {}),
  }));
  const facts = {
    name: description.name,
    kind: training ? 'checkpoint' : 'model',
    variant: variantText(variant),
    rule,
    input: plan.input,
    window: plan.T,
    parameters: plan.layers.reduce((sum, layer) => sum + weightsOf(layer), 0),
    seed,
    ...(nir && { nir }),
    ...(classes && { classes }),
    epochs: epochs.length,
    dataset: run?.dataset ?? net.trainedOn?.dataset,
    accuracy: last?.accuracy,
    testSamples: run?.testSamples,
    digest: await digest(trainedWeights('info', net)),
  };
  if (json) {
    io.stdout.write(`${JSON.stringify({ ...facts, layers, choices: variant })}\n`);
    return 0;
  }
  // A file without its training has no rates.
  const rate = last ? ['spike rate'] : [];
  const lines = [
    `${strong(show(facts.name ?? path))}: ${facts.kind}, ${facts.parameters} parameters, variant ${facts.variant}, ${rule === undefined || rule === 'asf' ? '' : `rule ${rule}, `}window ${facts.window}`,
    `${trainedText(training?.state, last)}${run ? ` on ${run.dataset}` : ''}, seed ${seed}${last ? `, test accuracy ${testedText(last.accuracy, run?.testSamples)}` : ''}`,
    `digest ${facts.digest}`,
    ...unusedLines(net),
    ...(classes ? [classesLine(classes)] : []),
    ...(nir ? [`read from a NIR graph as ${nir.as}, with steps of ${nir.dt}`] : []),
    '',
    tableText(
      [
        ['n', 'kind', 'output', 'neurons', 'weights', 'threshold', 'leak', 'S', ...rate],
        [
          '0',
          'input',
          size(plan.input),
          String(neuronsOf(plan.input)),
          '',
          '',
          '',
          '',
          ...rate.map(() => ''),
        ],
        ...plan.layers.map((layer) => cells(layer, rule === 'asf' ? S : [], last?.spikeRates)),
      ],
      { columns: io.stdout.columns || Infinity, keys: 2, numbers: 'left' },
    ),
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

/** An accuracy, with the number of test samples where the file has it. */
function testedText(accuracy: number, samples: number | undefined): string {
  if (samples === undefined) return percent(accuracy);
  const share = shareText(accuracy, samples);
  return share.endsWith('%') ? `${share} of ${samples} samples` : share;
}

/** The progress of the training, as far as the file records it. */
function trainedText(state: TrainingState | undefined, last: EpochRecord | undefined): string {
  if (state) return `trained ${placeText(state)}`;
  return last ? `trained ${placeText({ epoch: last.epoch, batch: 0 })}` : 'its training is not in the file';
}

function cells(
  layer: Layer,
  S: readonly number[],
  rates: Readonly<Record<string, number>> | undefined,
): string[] {
  const { n, kind, output, Vth, λ, spikes } = layer;
  const rate = rates?.[`${n} ${kind.name}`];
  const neuron = spikes
    ? [Vth.toPrecision(4), λ.toPrecision(4), S[n - 1]?.toPrecision(4) ?? '']
    : ['', '', ''];
  const shown = rate === undefined ? '' : rate.toFixed(4);
  return [
    String(n),
    kind.name,
    size(output),
    String(neuronsOf(output)),
    String(weightsOf(layer) || ''),
    ...neuron,
    ...(rates ? [shown] : []),
  ];
}

function size({ channels, height, width }: Shape): string {
  return `${channels} × ${height} × ${width}`;
}
