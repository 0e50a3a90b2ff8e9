/** Backends by name, for the command. */
export type { Backend, Input } from './backend.ts';
export {
  type RequestName,
  backendNames,
  deviceNames,
  isOnDevice,
  mostThreads,
  openBackend,
  requestBackend,
  requestNames,
  runsKernels,
  worksAtOnce,
} from './open.ts';
export { setWasmModule } from './wasm/core.ts';
export { hasSimd } from './wasm/memory.ts';
export { canShare } from './wasm/thread.ts';
export { type Choice, chooseBackend } from './webgpu/choose.ts';
export { DeviceLost } from './webgpu/errors.ts';
export { Workspace, wholeWindow } from './workspace.ts';
