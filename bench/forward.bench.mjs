/** The stages `current`, `neuron` and `flow` of all layers, each layer over the whole window. */
import { wholeWindow } from '../dist/src/backend/workspace.js';

export const run = ({ workspace, plan }) => workspace.forwardLayers(wholeWindow(plan), true);
export const result = ({ maps }) => maps.slice(1).flatMap(({ FI, FO }) => [FI, FO]);
