/** The first screen: a digit is drawn, its spikes pass through the network, and a class leads. It begins with a demonstration. */
import { digitFromStrokes, digitOf } from 'asf-bp/models/tiny';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask } from './ask.js';
import { takeDropped } from './drop.js';
import { html } from './html.js';
import { Thumbnail } from './maps.js';
import { Network } from './network.js';
import { Pad, pen, size } from './pad.js';
import { pixelsIn } from './pixels.js';
import { partOf, presets } from './presets.js';
import { prefersStill, useFrames } from './scheme.js';
import { digitWords, many } from './words.js';

const classes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const known = new URL('./known.bin', document.baseURI).href;
const strokesOf = (digit) => presets[digit].map((stroke) => stroke.map(([x, y]) => [x * size, y * size]));
const imageOf = (strokes) => digitFromStrokes(strokes, pen);
/** The ten example digits. */
export const pictures = classes.map((digit) => imageOf(strokesOf(digit)));

/** Milliseconds of the demonstration for drawing a digit, for a step, and for the answer. */
const pace = { draw: 1100, step: 130, stand: 1600 };
/** Limit on the side of a picture in pixels. Larger pictures are scaled down. */
const mostSide = 560;
/** Digits of the demonstration, in order. */
const shown = [3, 7, 2, 5, 8, 0, 4, 6, 9, 1];

export function Hand({ network, onNetwork }) {
  const [strokes, setStrokes] = useState([]);
  /** A picture that replaces the strokes. */
  const [picture, setPicture] = useState();
  const isDrawn = picture !== undefined || strokes.length > 0;
  const drawn = () => picture ?? imageOf(strokes);
  /** Whether the strokes are an example. The visitor's next stroke replaces an example. */
  const [isShown, setShown] = useState(true);
  const [seen, setSeen] = useState();
  const [lessons, setLessons] = useState([]);
  const [isTeaching, setTeaching] = useState(false);
  const [problem, setProblem] = useState('');
  const [focus, setFocus] = useState(0);
  const [t, setT] = useState(1);
  const [isPlaying, setPlaying] = useState(false);
  const [isDemo, setDemo] = useState(!prefersStill());
  /** Whether a question is open, and the next image to ask about. */
  const asking = useRef({ isOpen: false, next: undefined });
  /** Number of the last action on the pad. A picture that was read for an earlier action is dropped. */
  const asked = useRef(0);
  const T = seen?.steps.length ?? network.T;

  const alert = useRef();
  const demo = useRef({ turn: 0, ms: 0, isAsked: false, isOver: false });
  /** Ends the demonstration immediately, because a pending frame would draw over the visitor's strokes. */
  const endDemo = () => {
    demo.current.isOver = true;
    setDemo(false);
  };
  /** Begins the next digit of the demonstration, and clears the last one. */
  const turnDemo = (turn = demo.current.turn + 1) => {
    demo.current = { turn, ms: 0, isAsked: false, isOver: false };
    setStrokes([]);
    setPicture(undefined);
    setSeen(undefined);
    setT(1);
  };
  /** Returns the answer of the worker, or shows the error. */
  const attempt = async (question) => {
    try {
      setProblem('');
      return await question;
    } catch (error) {
      setProblem(error.message);
    }
  };
  /** Asks about an image, and calls `onFound` with the answer. While a question is open, only the newest image waits. */
  const look = async (image, onFound = () => {}) => {
    const state = asking.current;
    state.next = { image, onFound };
    if (state.isOpen) return;
    state.isOpen = true;
    while (state.next) {
      const { image: digit, onFound: done } = state.next;
      state.next = undefined;
      const found = digit && (await attempt(ask('look', { image: digit, known })));
      if (state.next) continue;
      setSeen(found && { ...found, image: digit });
      if (found) done(found);
    }
    state.isOpen = false;
  };
  const begin = (found) => {
    setT(prefersStill() ? found.steps.length : 1);
    setPlaying(!prefersStill());
  };
  const stand = (found) => {
    setPlaying(false);
    setT(found.steps.length);
  };
  const take = (next, isDone, isExample = false) => {
    endDemo();
    setShown(isExample);
    setStrokes(next);
    setPicture(undefined);
    return look(imageOf(next), isDone ? begin : stand);
  };
  const draw = (next, isDone) => {
    asked.current++;
    return take(next, isDone);
  };
  const clear = () => {
    asked.current++;
    endDemo();
    setShown(false);
    setStrokes([]);
    setPicture(undefined);
    setPlaying(false);
    look(undefined);
    setFocus(focus + 1);
  };

  /** Reads a picture of a digit as the command does. */
  const takePicture = async ([file]) => {
    const own = ++asked.current;
    endDemo();
    const isLate = () => own !== asked.current;
    const show = async () => {
      const pixels = await pixelsIn(file, { most: mostSide }).catch((error) => {
        if (!isLate()) throw error;
      });
      if (isLate()) return;
      const image = Uint8Array.from(digitOf(pixels), (ink) => Math.round(255 * ink));
      setShown(true);
      setStrokes([]);
      setPicture(image);
      look(image, begin);
      document.querySelector('.pad').scrollIntoView({ block: 'nearest' });
    };
    await attempt(show());
    setTimeout(() => alert.current?.scrollIntoView({ block: 'nearest' }));
  };
  takeDropped('pad', takePicture);

  // Shows the maps of the network before anything is drawn.
  const lookAtNothing = () => look(new Uint8Array(784));
  useEffect(() => {
    lookAtNothing();
  }, []);
  // Loads the lessons of an earlier visit. If the network has changed, it reads the drawing again, or the demonstration restarts its digit.
  useEffect(() => {
    attempt(ask('earlier', { known })).then((earlier) => {
      if (!earlier) return;
      setLessons(earlier.lessons);
      if (earlier.name !== network.name || earlier.isOwn !== network.isOwn) onNetwork(earlier);
      else if (isDrawn && !isDemo) look(drawn(), stand);
      else if (prefersStill() && strokes.length === 0) take(strokesOf(shown[0]), true, true);
      else if (network.turn > 0) {
        if (isDemo) turnDemo(demo.current.turn);
        setT(1);
        lookAtNothing();
      }
    });
  }, [network.turn]);

  // Plays the steps.
  const passed = useRef(0);
  useFrames(
    isPlaying,
    useCallback(
      (ms) => {
        passed.current += ms;
        if (passed.current < pace.step) return;
        passed.current %= pace.step;
        setT((before) => Math.min(T, before + 1));
      },
      [T],
    ),
  );
  useEffect(() => {
    if (isPlaying && t >= T) setPlaying(false);
  }, [t, T, isPlaying]);

  // The demonstration draws a digit, plays its steps, shows the answer, and begins the next digit.
  const place = useRef();
  useFrames(
    isDemo,
    useCallback(
      (ms) => {
        const state = demo.current;
        if (state.isOver || (state.isAsked && asking.current.isOpen)) return;
        state.ms += ms;
        const strokesNow = strokesOf(shown[state.turn % shown.length]);
        if (state.ms < pace.draw) return setStrokes(partOf(strokesNow, state.ms / pace.draw));
        if (!state.isAsked) {
          state.isAsked = true;
          setStrokes(strokesNow);
          look(imageOf(strokesNow), begin);
        } else if (state.ms > pace.draw + pace.step * T + pace.stand) {
          // The demonstration pauses while it is not on the screen.
          if (place.current.getBoundingClientRect().bottom > 0) turnDemo();
        }
      },
      [T],
    ),
  );

  const retell = async (all) => {
    setTeaching(true);
    const told = all.map(({ image, label }) => ({ image, label }));
    const answers = await attempt(ask('teach', { lessons: told, known }));
    setTeaching(false);
    if (answers) setLessons(all.map((lesson, k) => ({ ...lesson, ...answers[k] })));
    return answers;
  };
  const teach = async (label) => {
    const lesson = { image: drawn(), label };
    endDemo();
    setFocus(focus + 1);
    await retell([...lessons, lesson]);
    look(lesson.image, stand);
  };
  const forget = async (all) => {
    setFocus(focus + 1);
    await retell(all);
    if (isDrawn) look(drawn(), stand);
  };
  const back = async () => {
    const tiny = await attempt(ask('tiny'));
    if (tiny) onNetwork(tiny);
  };
  const choose = (digit) => {
    asked.current++;
    demo.current.turn = shown.indexOf(digit);
    take(strokesOf(digit), true, true);
  };
  const isOpenQuestion = isDemo && (!seen || t < seen.after || !isDrawn || !demo.current.isAsked);

  const learnt = html`<${Lessons} lessons=${lessons} isTeaching=${isTeaching} onForget=${forget} />`;

  return html`<section aria-labelledby="hand" class="first" ref=${place}>
    <h2 id="hand" class="hidden">Draw a digit</h2>
    <div class="hand">
      <${Pad}
        strokes=${strokes}
        picture=${picture}
        isShown=${isShown}
        onStrokes=${draw}
        onClear=${clear}
        isEmpty=${!isDrawn && !isDemo}
        focus=${focus}
      />
      <div class="row">
        <button type="button" onClick=${clear}>Clear</button>
        ${
          isDemo
            ? html`<button type="button" onClick=${() => endDemo()}>Pause demo</button>`
            : html`<button
                type="button"
                onClick=${() => {
                  asked.current++;
                  turnDemo();
                  setShown(true);
                  setDemo(true);
                }}
              >
                Demo
              </button>`
        }
      </div>
      <div class="presets" role="group" aria-labelledby="drawn">
        <span class="quiet">
          <span id="drawn">Or try one of these</span>, or${' '}
          <label class="link">
            a picture
            <input
              type="file"
              name="picture"
              accept="image/*"
              class="hidden"
              onChange=${({ target }) => {
                if (target.files.length > 0) takePicture([...target.files]);
                target.value = '';
              }}
            />
          </label>
        </span>
        ${classes.map(
          (digit) =>
            html`<button type="button" aria-label=${`a drawn ${digit}`} onClick=${() => choose(digit)}>
              <${Thumbnail} image=${pictures[digit]} label="" />
            </button>`,
        )}
      </div>
      <fieldset disabled=${!isDrawn || isTeaching} class="names">
        <legend>Wrong? Say what it is</legend>
        ${classes.map((label) => html`<button type="button" onClick=${() => teach(label)}>${label}</button>`)}
      </fieldset>
    </div>
    <${Network}
      seen=${seen}
      t=${Math.min(t, T)}
      T=${T}
      isPlaying=${isPlaying}
      answer=${html`<${Answer}
        found=${isOpenQuestion || !isDrawn ? undefined : seen}
        isDemo=${isDemo}
        isDrawn=${isDrawn}
        isAsked=${demo.current.isAsked}
      />`}
      onPlay=${() => {
        endDemo();
        if (!isPlaying && t >= T) setT(1);
        setPlaying(!isPlaying);
      }}
      onStep=${(step) => {
        endDemo();
        setPlaying(false);
        setT(step);
      }}
    />
    <div class="below">
      ${problem && html`<p role="alert" ref=${alert}>${problem}</p>`} ${lessons.length > 0 && learnt}
      <p class="quiet">
        Each pixel is a neuron: strong if it fires now, pale if it fired before. Later neurons add up their
        input, the <b>potential</b>, and fire at the threshold, <b>Vth</b>. Each square is a feature map: one
        detector, applied at every place. Touch or point at one. ${' '}<span data-testid="network"
          >The network: ${network.name}.</span
        >
        ${network.isOwn && html`${' '}<button type="button" class="small" onClick=${back}>Back to the bundled network</button>`}
      </p>
      ${lessons.length === 0 && learnt}
      <p class="quiet">
        Next: <a href="#why">why two sums are enough</a>,${' '}
        <a href="#race">race it against two other rules</a>,${' '}
        <a href="#training">train a network yourself</a>.
      </p>
    </div>
  </section>`;
}

/** The two best classes and their difference, with doubt if the difference is too small. */
function Answer({ found, isDemo, isDrawn, isAsked }) {
  if (!found)
    return html`<p class="answer" role=${isDemo ? undefined : 'status'} data-testid="answer">
      <strong>${isDrawn ? '…' : 'Draw a digit'}</strong>
      <span
        >${isDrawn ? (isDemo && !isAsked ? 'a digit is being drawn' : 'the potentials are still close') : 'from 0 to 9: it answers as you draw'}</span
      >
    </p>`;
  const { label, second, ahead, aim, isSure, after, steps } = found;
  const clear = `decided after ${after} of ${steps.length} steps; runner-up ${second}, ${ahead < aim / 2 ? '' : 'far '}behind`;
  const doubt = `${label} is only ${ahead.toFixed(1)} ahead of ${second}; a clear digit gets near ${aim}`;
  return html`<p class="answer" role=${isDemo ? undefined : 'status'} data-testid="answer">
    <strong class=${isSure ? '' : 'unsure'}>
      ${isSure ? `This is ${digitWords(label)}` : `Not sure: ${label} or ${second}?`}
    </strong>
    <span>${isSure ? clear : doubt}</span>
  </p>`;
}

/** The answers to each of the visitor's digits, before and after the lessons. */
function Lessons({ lessons, isTeaching, onForget }) {
  const read = (when) => {
    const right = lessons.filter(
      ({ [when]: { label, isSure }, label: own }) => isSure && label === own,
    ).length;
    const unsure = lessons.filter((lesson) => !lesson[when].isSure).length;
    return `${right} of ${lessons.length}${unsure > 0 ? ` (${unsure} not sure)` : ''}`;
  };
  if (lessons.length === 0)
    return html`<p class="quiet" data-testid="lessons">
      ${isTeaching ? 'It learns …' : 'Does it misread your digit? Say which it is: the last layer learns your handwriting, and practises the digits it knew.'}
    </p>`;
  const doubt = lessons.some(({ before }) => !before.isSure)
    ? ' If a drawing that it was not sure of is not a digit, undo that lesson.'
    : '';
  const rest = lessons.some(({ after: { label, isSure }, label: own }) => !isSure || label !== own)
    ? ' One example is not always enough: draw a digit that it still misreads once more, and say it again.'
    : '';
  return html`<p data-testid="lessons">
      ${isTeaching ? 'It learns …' : `You taught it ${many(lessons.length, 'digit')}: it read ${read('before')} before, and ${read('after')} now.${rest}${doubt}`}
      ${' '}<button type="button" class="small" onClick=${() => onForget([])}>Forget my digits</button>
    </p>
    <ul class="lessons">
      ${lessons.map(
        ({ image, label, before, after }, k) =>
          html`<li>
            <${Thumbnail} image=${image} label=${`your ${label}`} />
            <span>${verdict(before, label)} → ${verdict(after, label)}</span>
            <button
              type="button"
              class="small"
              aria-label=${`Undo lesson ${k + 1}, your ${label}`}
              disabled=${isTeaching}
              onClick=${() => onForget(lessons.filter((_, other) => other !== k))}
            >
              undo
            </button>
          </li>`,
      )}
    </ul>`;
}

function verdict({ label: said, isSure }, label) {
  if (!isSure) return html`<span class="unsure">not sure</span>`;
  return said === label
    ? html`<strong>${said}</strong>`
    : html`<s aria-label=${`${said}, wrong`}>${said}</s>`;
}
