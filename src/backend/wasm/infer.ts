/** The module with only the kernels of the forward pass. */
import { source } from '#infer';
import { forwardParameters } from '#kernels';
import { KernelModule } from './module.ts';

export const forwardKernels = /* @__PURE__ */ new KernelModule(source, forwardParameters);
