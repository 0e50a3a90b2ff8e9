/** A race: three rules train the same network from the same seed, on the same digits, for the same seconds. */
import { evaluate, firstOf, models, network, train } from 'asf-bp';
import { openBackend } from 'asf-bp/backend/open';
import { memoryFor } from 'asf-bp/train/memory';
import { timeRuleOf } from 'spec/rule.js';
import { dataOf } from './digits.js';

const rules = ['asf', 'stbp', 'lee'];
/** With a lower rate or a rectangular surrogate, STBP learns slowly (`asf-bp experiment rules`). */
const settings = { seed: 1, learningRate: 0.005, epochs: 100 };
const surrogate = 'fastSigmoid';
const size = { batch: 32, shard: 16, moments: true };
const tests = 300;
const beat = 150;

let stopping;

/** Ends the race after the current batch. */
export function stopRace() {
  stopping?.abort();
}

/**
 * @param seconds seconds per rule
 * @returns for each rule its images, loss by seconds and by digits, memory and accuracy
 */
export async function race({ timeWindow, seconds, address }, tell) {
  stopping = new AbortController();
  const { signal } = stopping;
  const data = await dataOf(address, true);
  const lanes = rules.map((rule) => {
    const net = network(models.tiny, { timeWindow, rule });
    const backend = openBackend('wasm', net.plan);
    const time = timeRuleOf(rule, { surrogate, width: 1 });
    const bytes = memoryFor(backend, { ...size, rule: time });
    backend.dispose?.();
    const its = { ...settings, rule, ...(rule === 'stbp' && { surrogate }) };
    const steps = train(net, data.train, { ...its, backend: 'wasm', threads: 1, signal });
    return {
      rule,
      net,
      steps,
      bytes,
      seconds: 0,
      batches: 0,
      images: 0,
      seen: 0,
      x: [],
      digits: [],
      loss: [],
      accuracy: undefined,
    };
  });
  const shown = () =>
    lanes.map(({ rule, bytes, seconds: own, images, x, digits, loss, accuracy }) => ({
      rule,
      bytes,
      seconds: own,
      images,
      x,
      digits,
      loss,
      accuracy,
    }));
  let told = 0;
  try {
    for (;;) {
      // The next batch is for the rule with the least time.
      const open = lanes.filter((lane) => lane.seconds < seconds || lane.batches < 2);
      if (open.length === 0 || signal.aborted) break;
      const lane = open.reduce((one, other) => (other.seconds < one.seconds ? other : one));
      const began = performance.now();
      const { value, done } = await lane.steps.next();
      if (done) break;
      // The first batch also draws the weights and compiles. Its digits count, but its time does not.
      lane.seen += value.samples;
      if (lane.batches > 0) {
        lane.seconds += (performance.now() - began) / 1000;
        lane.images += value.samples;
        lane.x.push(lane.seconds);
        lane.digits.push(lane.seen);
        lane.loss.push(value.loss);
      }
      lane.batches++;
      if (performance.now() - told > beat) {
        tell(shown());
        told = performance.now();
      }
    }
  } finally {
    for (const { steps } of lanes) await steps.return();
  }
  if (!signal.aborted) {
    for (const lane of lanes) {
      tell(shown());
      ({ accuracy: lane.accuracy } = await evaluate(lane.net, firstOf(data.test, tests), { signal }));
    }
  }
  return shown();
}
