/** `asf-bp info`: the contents of a model file. */
import { neuronsOf, weightsOf } from '../../spec/network.ts';
import { show } from '../errors.ts';
import { trainedWeights, digest, variantText, shapeText, unusedLines } from '../network/index.ts';
import type { ModelFile } from '../modelFile/index.ts';
import { openModel, runOf } from './models.ts';
import { everywhere, type CommandWith } from './options/option.ts';
import { strong } from './io.ts';
import { answer, classesLine, percent, positionText, shareText, tableText } from './output.ts';

type LayerFacts = ReturnType<typeof layersOf>[number];

export const optionTable = everywhere;

export const main: CommandWith<typeof optionTable> = async ([path], { json = false }, io) => {
  const file = openModel(path, 'info');
  const { net, epochs, training } = file;
  const { plan, description, seed, variant, nir, classes } = net;
  const run = training?.run ?? runOf(path, 'info');
  const last = epochs.at(-1);
  // An imported network that was not trained further has no rule.
  const rule = nir && !last && !training ? undefined : net.rule;
  const layers = layersOf(file, rule);
  const facts = {
    name: description.name,
    kind: training ? 'checkpoint' : 'model',
    variant: variantText(variant),
    rule,
    input: plan.input,
    window: plan.T,
    parameters: layers.reduce((sum, { parameters }) => sum + parameters, 0),
    seed,
    ...(nir && { nir }),
    ...(classes && { classes }),
    epochs: epochs.length,
    dataset: run?.dataset ?? net.trainedOn?.dataset,
    accuracy: last?.accuracy,
    testSamples: run?.testSamples,
    digest: await digest(trainedWeights('info', net)),
  };
  const trainedBy = rule === undefined || rule === 'asf' ? '' : `rule ${rule}, `;
  const tested = last && `, test accuracy ${testedText(last.accuracy, run?.testSamples)}`;
  const lines = [
    `${strong(show(facts.name ?? path))}: ${facts.kind}, ${facts.parameters} parameters, variant ${facts.variant}, ${trainedBy}window ${facts.window}`,
    `${trainedText(file)}${run ? ` on ${run.dataset}` : ''}, seed ${seed}${tested ?? ''}`,
    `digest ${facts.digest}`,
    ...unusedLines(net),
    ...(classes ? [classesLine(classes)] : []),
    ...(nir ? [`read from a NIR graph as ${nir.as}, with steps of ${nir.dt}`] : []),
    '',
    tableText(rowsOf([{ n: 0, kind: 'input', output: plan.input, parameters: 0 }, ...layers], !!last), {
      columns: io.stdout.columns || Infinity,
      keys: 2,
      numbers: 'left',
    }),
  ];
  return answer(io, json, { ...facts, layers, choices: variant }, lines);
};

function layersOf({ net: { plan, S }, epochs }: ModelFile, rule: string | undefined) {
  const rates = epochs.at(-1)?.spikeRates;
  return plan.layers.map((layer) => ({
    n: layer.n,
    kind: String(layer.kind.name),
    output: layer.output,
    parameters: weightsOf(layer),
    ...(layer.spikes && rule === 'asf' ? { S: S[layer.n - 1] } : {}),
    ...(layer.spikes ? { threshold: layer.Vth, leak: layer.λ } : {}),
    ...(layer.spikes && rates ? { spikeRate: rates[`${layer.n} ${layer.kind.name}`] } : {}),
  }));
}

/** A table of the layers, with spike rates if the file has epochs. */
function rowsOf(layers: readonly LayerFacts[], hasRates: boolean): string[][] {
  const short = (value: number | undefined): string => value?.toPrecision(4) ?? '';
  const head = ['n', 'kind', 'output', 'neurons', 'weights', 'threshold', 'leak', 'S'];
  const rows = layers.map(({ n, kind, output, parameters, threshold, leak, S, spikeRate }) => {
    const cells = [`${n}`, kind, shapeText(output), `${neuronsOf(output)}`, `${parameters || ''}`];
    const rate = hasRates ? [spikeRate?.toFixed(4) ?? ''] : [];
    return [...cells, short(threshold), short(leak), short(S), ...rate];
  });
  return [[...head, ...(hasRates ? ['spike rate'] : [])], ...rows];
}

/** An accuracy, with the number of test samples if it is known. */
function testedText(accuracy: number, samples: number | undefined): string {
  if (samples === undefined) return percent(accuracy);
  const share = shareText(accuracy, samples);
  return share.endsWith('%') ? `${share} of ${samples} samples` : share;
}

/** The progress of the training, if the file records it. */
function trainedText({ training, epochs }: ModelFile): string {
  if (training) return `trained ${positionText(training.state)}`;
  const last = epochs.at(-1);
  return last
    ? `trained ${positionText({ epoch: last.epoch, batch: 0 })}`
    : 'the file does not record its training';
}
