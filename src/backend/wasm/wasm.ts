/**
 * The wasm backend: AssemblyScript SIMD kernels behind the contract of `backend.ts`. Buffers stay in the kernels' memory. One call runs a
 * layer over the whole window of one sample.
 *
 * Each operation becomes work for an executor. Work on one sample goes into a *sample queue*, which never waits for another queue; work on
 * gradients and weights is divided into *weight slices*. A thread takes the next free queue or slice.
 */
import type { Network } from '../../../spec/network.ts';
import type { Backend } from '../backend.ts';
import { backwardStages } from './backwardStages.ts';
import { batchStages } from './batchStages.ts';
import { core } from './core.ts';
import { createSerial } from './executor.ts';
import { forwardStages } from './forward.ts';
import { Memory } from './memory.ts';
import { at } from './plan.ts';
import { createPool } from './pool.ts';
import { SharedMemory } from './sharedMemory.ts';
import { planTraining } from './trainingPlan.ts';

/** Bytes of the address space that are reserved for programs and staged data. `Memory.grow` refuses a batch that needs more. */
const stagedBytes = 2 ** 26;

/** @param threads 1 for a synchronous backend, with `readSync` */
export function createWasm(network: Network, threads = 1): Backend {
  const plan = planTraining(network, threads);
  const { chunk: queues, scratchBytes, weightBytes } = plan;
  const memory = threads > 1 ? new SharedMemory() : new Memory();
  const executor =
    memory instanceof SharedMemory
      ? createPool(memory, { threads, queues, scratchBytes })
      : createSerial(memory, scratchBytes, core);
  const context = { plan, memory, executor };
  return {
    ...forwardStages(context),
    ...batchStages(context),
    ...backwardStages(context),
    scratchBytes: threads * scratchBytes,
    mostBytes: 2 ** 32 - stagedBytes,
    async cells(gradient) {
      await executor.flush();
      return memory.f32(at(gradient), weightBytes(gradient.n) / 4);
    },
  };
}
