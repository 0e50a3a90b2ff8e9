/** The window records that a forward pass gives its kernels. */
import { windowFields } from '#kernels';
import { forwardKernels } from '../../src/backend/wasm/infer.ts';
import { createForward } from '../../src/backend/wasm/forward.ts';
import type { RunFields } from '../../src/backend/wasm/window.ts';
import { wholeWindow, Workspace } from '../../src/backend/workspace.ts';
import { neuronsOf, weightsOf, type Network } from '../../spec/network.ts';

/** A field of each record that goes to the kernel of convolution, where a network of weights 0 sees no event. */
export function fieldGiven(net: Network, field: keyof RunFields): number[] {
  const given: number[] = [];
  const kernels = {
    parameters: forwardKernels.parameters,
    instantiate(memory: WebAssembly.Memory) {
      const all = forwardKernels.instantiate(memory);
      const convolutionForward = (record: number, scratch: number): void => {
        given.push(new Uint32Array(memory.buffer, record)[windowFields.indexOf(field)]!);
        all.convolutionForward(record, scratch);
      };
      return { ...all, convolutionForward };
    },
  } as unknown as typeof forwardKernels; // all of it that a forward pass takes
  const workspace = new Workspace(createForward(net, kernels));
  const weighted = net.layers.filter(({ weightShape }) => weightShape.length > 0);
  workspace.writeWeights(weighted.map((layer) => new Float32Array(weightsOf(layer))));
  workspace.forward([{ frames: new Float32Array(net.T * neuronsOf(net.input)) }], wholeWindow(net));
  return given;
}
