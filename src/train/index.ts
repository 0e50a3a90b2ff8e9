/** Training, evaluation and prediction, for the command. */
export { evaluate, mostSamples } from './evaluate.ts';
export { type FitOptions, type Measuring, type Split, fit } from './fit.ts';
export { layerKey } from './layerLabels.ts';
export { memoryFor } from './memory.ts';
export type { Progress } from './openTraining.ts';
export { inspect, predict, requestPrediction } from './predict.ts';
export type { Answer, LayerView } from './predictOn.ts';
export { ProcessGroupError } from './processGroup.ts';
export { isBroken, type Verified } from './report.ts';
export { type Shown, drawSamples } from './sampleInput.ts';
export {
  type Settings,
  checkRule,
  checkSettings,
  checkWidth,
  defaultCheckpointMinutes,
  defaultSteps,
  defaults,
  surrogateNames,
  takesSurrogate,
  timeRule,
} from './settings.ts';
export type { TrainingState } from './state.ts';
export { train } from './train.ts';
