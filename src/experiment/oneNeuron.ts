/** Runs one neuron with its synapses over a window: Algorithm 1, lines 3 to 8, in binary64, with variant `paper`. */
import { applyStep, initialLayerState, type LayerState, type EncodedSample } from '../../spec/algorithm1.ts';
import { real, type Floats } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import type { Layer } from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';

/** The threshold of Table 4 and Figure 1. */
export const threshold = 1;

/** A layer of one neuron. Leak 1 is the IF neuron. */
export function oneNeuron(synapses: number, leak = 1): Layer {
  const unit = { kind: 'linear', units: 1 } as const;
  const input = { channels: 1, height: 1, width: synapses };
  const description = { input, timeWindow: 1, threshold, leak, layers: [unit, unit] };
  return buildNetwork(description, paper, real).layers[0];
}

/** Runs a layer for T steps. Yields each input and the state after it; both objects are reused. */
export function* present(
  layer: Layer,
  w: Floats,
  T: number,
  applyInput: EncodedSample['applyInput'],
): Generator<{ readonly t: number; readonly input: Floats; readonly state: LayerState }> {
  const input = initialLayerState(layer.input, real).o;
  const state = initialLayerState(layer.output, real);
  for (let t = 0; t < T; t++) {
    applyInput(input, t);
    applyStep(state, { o: input }, w, layer, paper);
    yield { t, input, state };
  }
}
