/**
 * `asf-bp`: trains spiking neural networks with ASF-BP (accumulated spiking flow), evaluates them, and predicts.
 *
 * @module asf-bp
 */
export {
  network,
  models,
  digest,
  type NetworkOptions,
  type SpikingNetwork,
  type TrainedOn,
} from './network/network.ts';
export { lenet, lenetNmnist, vgg7, vgg7dvs, type NetworkFile, type VariantGiven } from './network/models.ts';
export { type InputDescription, type NetworkDescription } from '../spec/dictionary.ts';
export {
  type AveragePoolLayer,
  type ConvolutionLayer,
  type LayerDescription,
  type LayerKindName,
  type LinearLayer,
  type MaxPoolLayer,
  type Shape,
  type SumPoolLayer,
} from '../spec/network.ts';
export { type Draw } from '../spec/random.ts';
export { variants, choices, type Variant, type VariantName } from '../spec/variant.ts';
export { train, type Steps } from './train/train.ts';
export type { Progress, TrainOptions } from './train/openTraining.ts';

export { fit, type Checkpoint, type FitOptions, type Measuring, type Split } from './train/fit.ts';
export { type TrainSettings } from './train/settings.ts';
export { type RuleName } from '../spec/rule.ts';
export { type SurrogateName } from '../spec/surrogate.ts';
export { type Totals, type TrainingState } from './train/state.ts';
export {
  evaluate,
  type Evaluation,
  type EvaluateOptions,
  type StopSignal,
  type Watching,
} from './train/evaluate.ts';
export { type ShardAssignment, type RankNeeds, type ProcessGroup } from './train/processGroup.ts';
export { predict, requestPrediction, inspect, session, type PredictOptions } from './train/predict.ts';
export { type Answer, type LayerView, type LookOptions, type Prediction } from './train/predictOn.ts';
export { type Shown } from './train/sampleInput.ts';
export {
  type DecideOptions,
  type Decision,
  type Session,
  type SessionOptions,
  type ShownStep,
} from './train/session.ts';
export { images, firstOf, sliceOf, type Dataset } from './data/dataset.ts';
export { cifar10 } from './data/cifar10.ts';
export { rowOf } from './modelFile/row.ts';
export { recordings, type Recording, type RecordingSet } from './data/recordings.ts';
export { type Binning } from './data/frames.ts';
export { type AnyBytes } from './formats/bytes.ts';
export { readAedat } from './formats/aedat.ts';
export { readCifar10, type Cifar10 } from './formats/cifar10.ts';
export { readIdx, type Idx } from './formats/idx.ts';
export { readEvents, type Events, type Sensor } from './formats/events.ts';
export { type Input } from './backend/backend.ts';
export { type BackendChoice, type BackendName, type RequestName } from './backend/open.ts';
export { chooseBackend, type Choice } from './backend/webgpu/choose.ts';
export { DeviceLost } from './backend/webgpu/errors.ts';
export { type Verified } from './train/report.ts';
export { setWasmModule } from './backend/wasm/core.ts';
export { encodeOnGrid, onGrid, type Gridded } from './modelFile/grid.ts';
export { InputError } from './errors.ts';
export {
  decodeModel,
  encodeCheckpoint,
  encodeModel,
  loadModel,
  type EpochRecord,
  type ModelFile,
  type RunRecord,
} from './modelFile/model.ts';
