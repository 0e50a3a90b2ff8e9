/** The network that reads drawings: the bundled one, or one that was opened or trained. Its last layer learns from the visitor. */
import { encodeModel, InputError, loadModel, predict } from 'asf-bp';
import { learn, tiny } from 'asf-bp/models/tiny';
import { digitsAt } from './digits.js';
import { isForDigits } from './run.js';
import { forget, keep, kept } from './store.js';

let base;
let taught;
/** The name of the network; undefined for the bundled one. */
let called;

/** Returns the network after all lessons. After a reload, it is read from the store. */
export async function answering(address) {
  if (taught) return taught;
  const [bytes, lessons] = [await kept('base'), await kept('lessons')];
  called ??= await kept('called');
  base ??= bytes ? loadModel(bytes, 'the kept model') : tiny();
  if (!bytes) called = undefined;
  taught ??= lessons ? await learnt(lessons, address) : base;
  return taught;
}

/** Digits with the network's answers. The network replays them while it learns, so that it does not forget them. */
let known;

async function replayed(address) {
  if (known?.of === base) return known.samples;
  const bytes = new Uint8Array(await (await digitsAt(address)).arrayBuffer());
  const size = 784;
  const samples = Array.from({ length: bytes.length / size }, (_, k) => {
    const shown = bytes.subarray(k * size, (k + 1) * size);
    return { shown, label: predict(base, shown).label };
  });
  known = { of: base, samples };
  return samples;
}

async function learnt(lessons, address) {
  if (lessons.length === 0) return base;
  const samples = await replayed(address);
  return learn(base, [...samples, ...lessons.map(({ image, label }) => ({ shown: image, label }))]);
}

/** Trains the last layer. Returns the answers to each lesson before and after the lessons. */
export async function teach({ lessons, known: address }) {
  await answering(address);
  taught = await learnt(lessons, address);
  await keep('lessons', lessons);
  return answers(lessons);
}

/** The answers to each lesson, before the lessons and now. */
const answers = (lessons) =>
  lessons.map(({ image }) => ({ before: said(base, image), after: said(taught, image) }));

const said = (net, image) => {
  const { label, isSure } = predict(net, image);
  return { label, isSure };
};

/** Returns the network, and the lessons of an earlier visit with their answers. */
export async function earlier({ known: address }) {
  await answering(address);
  const lessons = (await kept('lessons')) ?? [];
  const found = answers(lessons);
  return { ...who(), lessons: lessons.map((lesson, k) => ({ ...lesson, ...found[k] })) };
}

/** The name of the network, its window, and whether the visitor opened or trained it. */
function who() {
  const { description, plan } = base;
  return {
    name: `${called ?? description.name ?? 'a network'}, ${plan.T} steps`,
    T: plan.T,
    isOwn: called !== undefined,
  };
}

/** Replaces the network by another or by the bundled one, and forgets all lessons. */
export async function use(net, name) {
  if (net && !isForDigits(net))
    throw new InputError(
      'drawing needs a network for 10 classes of 28 × 28 digits; asf-bp export MODEL --nir turns this one into a graph that runs below',
    );
  base = taught = net ?? tiny();
  called = name;
  await forget('lessons');
  if (net) {
    await keep('base', encodeModel({ net, epochs: [] }));
    await keep('called', name);
  } else {
    await forget('base');
    await forget('called');
  }
  return who();
}
