/** All parts of a training step, in the order of the data. */
import type { Layer } from '../../../spec/network.ts';
import { cropped } from '../crop.ts';
import { isOfWindow, type StagePart, type Setting } from '../stagePart.ts';
import { backwardParts } from './backward.ts';
import { currentPart } from './current.ts';
import { encodeParts } from './encode.ts';
import { flowParts, inputFlowPart } from './flow.ts';
import { lossParts } from './loss.ts';
import { neuronPart } from './neuron.ts';
import { scaleParts } from './scale.ts';
import { updateParts } from './update.ts';

/** The parts that a network has: where its output layer fires or leaks it is not trained by ASF-BP, and has those of the window. */
export function partsOf(setting: Setting): StagePart[] {
  const all = buildParts(setting);
  return setting.variant.output === 'integrates' ? all : all.filter(isOfWindow);
}

/** All parts, also of a network whose output layer was made to fire or to leak by mistake. */
export function buildParts(setting: Setting): StagePart[] {
  const { layers } = setting.network;
  const forward = (layer: Layer): StagePart[] => {
    const shown = cropped(layer, 'neurons', setting.crop);
    return [currentPart(setting, shown), neuronPart(setting, shown), ...flowParts(setting, shown)];
  };
  return [
    ...encodeParts(setting),
    inputFlowPart(setting),
    ...layers.flatMap(forward),
    ...layers.flatMap((layer) => (layer.spikes ? scaleParts(setting, layer) : [])),
    ...lossParts(setting),
    ...[...layers].reverse().flatMap((layer) => backwardParts(setting, layer)),
    ...layers.flatMap((layer) => updateParts(setting, layer)),
  ];
}
