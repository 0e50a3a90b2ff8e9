/** The spikes of one sample in all layers of a trained network, for `report`. */
import { neuronsOf, type Network, type Shape } from '../../../spec/network.ts';
import type { Dataset } from '../../data/index.ts';
import { layerKey, inspect, predict, type LayerView, drawSamples } from '../../train/index.ts';
import { shapeText, type SpikingNetwork } from '../../network/index.ts';
import { drawImage, drawRaster } from '../draw/raster.ts';

/** Limits on the rows and columns of a raster. */
const most = { rows: 120, columns: 600 };
/** Limit on the outputs whose potentials are drawn. */
const mostOutputs = 10;

/** A sample, with its spikes in all layers of a network. */
export type SampleData = ReturnType<typeof lookAt>;

/** Inspects the first test sample, encoded as in an evaluation. */
export function lookAt(where: string, net: SpikingNetwork, test: Dataset) {
  const { plan, seed } = net;
  const [{ input, label }] = drawSamples(where, plan, test, [0], { seed, stream: 'test', epoch: 0 });
  const views = inspect(net, input);
  const intensities = 'intensities' in input ? input.intensities : undefined;
  const fires = ({ n }: LayerView): boolean => n < plan.layers.length || plan.layers[n - 1].spikes;
  const output = views.at(-1)!; // a network has a layer
  return {
    label,
    /** The class that the network predicts. */
    said: predict(net, input).label,
    timeWindow: plan.T,
    image: drawImage({ shape: plan.input, T: plan.T, spikes: views[0].spikes, intensities }),
    /** The input and each layer that fires. */
    layers: views.filter(fires).map((view) => stripOf(view, plan)),
    potentials: fires(output) ? [] : potentialsOf(output, plan.T),
  };
}

function stripOf({ n, shape, spikes, FO }: LayerView, { T, layers }: Network) {
  const neurons = neuronsOf(shape);
  const count = FO.reduce((sum, each) => sum + Math.abs(each), 0);
  // The two channels of an input are ON and OFF, and are coloured. Channels of a layer are not.
  const flat = n === 0 ? shape : { channels: 1, height: neurons, width: 1 };
  return {
    title: n === 0 ? 'input' : layerKey(layers[n - 1]),
    facts: `${shape.height * shape.width === 1 ? shape.channels : shapeText(shape)}, ${count} spikes, ${(count / (neurons * T)).toFixed(4)} per neuron and step${coloursOf(flat, spikes)}`,
    // A row of the input's raster is a position, which both channels share.
    neurons: flat.height * flat.width * (n === 0 ? 1 : flat.channels),
    raster: drawRaster({ shape: flat, T, spikes, intensities: undefined }, most.rows, most.columns),
  };
}

/** The meaning of red and blue if there are two kinds of spikes. */
function coloursOf({ channels }: Shape, spikes: Float32Array): string {
  if (channels === 2) return '; channel 0 blue, channel 1 red';
  return spikes.some((o) => o < 0) ? '; positive red, negative blue' : '';
}

/**
 * The potentials of the outputs, in the order of the classes. Of many classes, only those with the highest potentials at the end of the
 * window are included.
 */
function potentialsOf({ shape, potentials }: LayerView, T: number) {
  const classes = neuronsOf(shape);
  const last = potentials.subarray((T - 1) * classes);
  const chosen = Array.from({ length: classes }, (_, k) => k)
    .sort((a, b) => last[b] - last[a])
    .slice(0, mostOutputs)
    .sort((a, b) => a - b);
  return chosen.flatMap((k) =>
    Array.from({ length: T }, (_, t) => ({ name: String(k), step: t + 1, u: potentials[t * classes + k] })),
  );
}
