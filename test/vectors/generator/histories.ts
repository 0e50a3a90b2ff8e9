/** All ways to take the decisions that rounding leaves open. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { Replay } from '../../../src/engine/run.ts';
import type { NeuronStage } from '../../../src/engine/stage.ts';

type Firing = NeuronStage & { readonly keys: { readonly spikes: string } };

/** Yields one run for each way to take the open decisions. In each run, the spikes of all neurons are decided. */
export function* historiesOf(run: Replay): Generator<Replay> {
  const { computation, there } = run;
  const stage = computation.stages.find(
    (each): each is Firing =>
      each.kind === 'neuron' && each.keys.spikes !== undefined && !there.has(each.keys.spikes),
  );
  if (!stage) return yield run;
  const { spikes: key } = stage.keys;
  const histories = new Map<string, Floats>();
  const others: Floats[] = [];
  /**
   * Adds the history that begins with these decisions. If one decision changes, later decisions of that neuron may have to change.
   */
  const add = (spikes?: Floats): void => {
    const { v, open } = run.results(stage, { spikes })[stage.writes.indexOf(key)];
    const possible = v.map((own, i) => (open?.[i] && spikes ? spikes[i] : own));
    if (!spikes || possible.some((each, i) => each !== spikes[i])) return add(possible);
    if (histories.has(spikes.join())) return;
    histories.set(spikes.join(), spikes);
    open?.forEach((isOpen, i) => isOpen && others.push(spikes.map((each, k) => (k === i ? 1 - each : each))));
  };
  add();
  for (const other of others) add(other);
  for (const spikes of histories.values())
    yield* historiesOf(new Replay(computation, new Map([...there, [key, { v: spikes }]])));
}
