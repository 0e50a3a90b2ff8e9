/** Stage `encode`: Poisson spikes of one image. */
import { wholeWindow } from '../dist/src/backend/workspace.js';

export const run = ({ workspace, plan, input }) => workspace.encode([input], wholeWindow(plan));
export const result = ({ maps }) => [maps[0].FO];
