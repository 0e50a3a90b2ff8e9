/** The network that answers: the tiny one, or another that was opened or trained; and the last layer that learns a hand. */
import { encodeModel, InputError, loadModel } from 'asf-bp';
import { session } from 'asf-bp/infer';
import { lead, learn, tiny } from 'asf-bp/models/tiny';
import { forget, keep, kept } from './store.js';

let base;
let taught;

/** The network with what it was taught; after a reload, what was kept. */
export async function answering() {
  if (taught) return taught;
  const [bytes, lessons] = [await kept('base'), await kept('lessons')];
  base ??= bytes ? loadModel(bytes, 'the kept model') : tiny();
  taught ??= lessons ? learnt(lessons) : base;
  return taught;
}

function learnt(lessons) {
  return lessons.length === 0
    ? base
    : learn(
        base,
        lessons.map(({ image, label }) => ({ shown: image, label })),
      );
}

/** Teaches the last layer; what each lesson was taken for before and after. */
export async function teach(lessons) {
  await answering();
  taught = learnt(lessons);
  await keep('lessons', lessons);
  return answers(lessons);
}

const answers = (lessons) => {
  const asked = (net, image) => session(net).decide(image, { lead }).label;
  return lessons.map(({ image }) => ({ before: asked(base, image), after: asked(taught, image) }));
};

/** Lessons of an earlier visit, with their answers, and the name of the network. */
export async function earlier() {
  await answering();
  const lessons = (await kept('lessons')) ?? [];
  const found = answers(lessons);
  return { name: nameOf(base), lessons: lessons.map((lesson, k) => ({ ...lesson, ...found[k] })) };
}

const nameOf = ({ description, plan }) => `${description.name ?? 'a network'}, ${plan.T} steps`;

/** Lets another network answer, or the tiny one again; what it was taught is forgotten. */
export async function use(net) {
  const { input, layers } = net?.plan ?? {};
  const isForDigits = !net || (input.channels === 1 && input.height === 28 && input.width === 28);
  if (!isForDigits || (net && layers.at(-1).output.channels !== 10))
    throw new InputError(
      'drawing needs a network for 10 classes of 28 × 28 digits; this one is for other pictures',
    );
  base = taught = net ?? tiny();
  await forget('lessons');
  if (net) await keep('base', encodeModel({ net, epochs: [] }));
  else await forget('base');
  return nameOf(base);
}
