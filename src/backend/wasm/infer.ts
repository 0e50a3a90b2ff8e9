/** The wasm backend without training: only the kernels of the forward pass, on one thread. */
import { source } from '#infer';
import type { Network } from '../../../spec/network.ts';
import type { ForwardBackend } from '../backend.ts';
import { createSerial } from './executor.ts';
import { forwardStages, negation, withReadSync, type Ground } from './forward.ts';
import { Memory } from './memory.ts';
import { forwardKernelNames, KernelModule } from './module.ts';
import { planOf, type ForwardRole } from './plan.ts';
import { asItComes } from './schedule.ts';

export const forwardKernels = /* @__PURE__ */ new KernelModule(source, forwardKernelNames);

export function createForward(network: Network): ForwardBackend {
  const plan = planOf(network);
  const memory = new Memory();
  const scratchBytes = Math.max(...plan.lists.map(({ bytes }) => bytes));
  const executor = createSerial(memory, scratchBytes, forwardKernels.instantiate(memory.wasm));
  const ground: Ground = {
    plan,
    memory,
    executor,
    schedule: asItComes(executor),
    group: 1,
    turning: negation(plan),
    bytesOf: ({ role, n }) => plan.bytes[role as ForwardRole](n), // a forward pass allocates no other role
  };
  return withReadSync({ name: 'wasm', ...forwardStages(ground), scratchBytes }, ground);
}
