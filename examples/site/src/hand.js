/** The first screen: draw a digit, see it recognised, name a few of your own, and it learns them. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask } from './ask.js';
import { html } from './html.js';
import { Thumbnail } from './maps.js';
import { Pad } from './pad.js';

const classes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

export function Hand({ network, onSeen, onNetwork }) {
  const [image, setImage] = useState();
  const [found, setFound] = useState();
  const [lessons, setLessons] = useState([]);
  const [cleared, setCleared] = useState(0);
  const [problem, setProblem] = useState('');
  const latest = useRef(0);

  /** What the worker answers, or why it does not. */
  const attempt = async (question) => {
    try {
      setProblem('');
      return await question;
    } catch (error) {
      setProblem(error.message);
    }
  };
  const show = async (digit) => {
    const turn = ++latest.current;
    setImage(digit);
    const seen = digit && (await attempt(ask('look', { image: digit })));
    if (turn !== latest.current) return;
    setFound(seen);
    if (seen) onSeen({ ...seen, image: digit });
  };
  useEffect(() => {
    attempt(ask('earlier')).then((earlier) => {
      if (!earlier) return;
      setLessons(earlier.lessons);
      if (earlier.name !== network.name) onNetwork(earlier.name);
      else if (image) show(image);
    });
  }, [network.turn]);

  const clear = () => {
    setCleared(cleared + 1);
    return show(undefined);
  };
  const retell = async (all) => {
    const answers = await attempt(
      ask('teach', { lessons: all.map(({ image: drawn, label }) => ({ image: drawn, label })) }),
    );
    if (answers) setLessons(all.map((lesson, k) => ({ ...lesson, ...answers[k] })));
  };
  const name = async (label) => {
    const lesson = { image, label };
    clear();
    await retell([...lessons, lesson]);
  };
  const back = async () => {
    const tiny = await attempt(ask('tiny'));
    if (tiny) onNetwork(tiny);
  };

  return html`<section aria-labelledby="hand">
    <h2 id="hand">Draw a digit</h2>
    <div class="hand">
      <${Pad} onDigit=${show} cleared=${cleared} />
      <div>
        <p class="answer" role="status" data-testid="answer">
          ${found ? `This is a ${found.label}` : 'Nothing drawn yet'}
        </p>
        <p>
          ${found ? `Decided after ${found.after} of ${found.steps.length} steps.` : 'Draw in the black field, from 0 to 9: it answers at once.'}
        </p>
        <fieldset disabled=${!image} class="names">
          <legend>Teach it: which digit is this?</legend>
          ${classes.map((label) => html`<button type="button" onClick=${() => name(label)}>${label}</button>`)}
        </fieldset>
        <p class="controls">
          <button type="button" onClick=${clear}>Clear</button>
          <span class="quiet" data-testid="network">Who answers: the network ${network.name}.</span>
          ${network.name !== 'tiny, 16 steps' && html`<button type="button" onClick=${back}>The tiny one again</button>`}
        </p>
      </div>
    </div>
    ${problem && html`<p role="alert">${problem}</p>`}
    <${Lessons} lessons=${lessons} onForget=${() => retell([])} />
  </section>`;
}

/** What it took each of your digits for, before and after it learnt them. */
function Lessons({ lessons, onForget }) {
  const right = (when) => lessons.filter((lesson) => lesson[when] === lesson.label).length;
  if (lessons.length === 0)
    return html`<p data-testid="lessons">
      It errs on yours? Draw it, name it, and again: its last layer learns your digits at once.
    </p>`;
  return html`<p data-testid="lessons">
      Of your ${lessons.length}, it knew <strong>${right('before')}</strong> before and knows
      <strong>${' '}${right('after')}</strong> now. Below each: its answer before → now.
    </p>
    <ul class="lessons">
      ${lessons.map(
        ({ image, label, before, after }) =>
          html`<li>
            <${Thumbnail} image=${image} label=${`your ${label}`} />
            ${verdict(before, label)} → ${verdict(after, label)}
          </li>`,
      )}
    </ul>
    <p><button type="button" onClick=${onForget}>Forget my digits</button></p>`;
}

const verdict = (said, label) =>
  said === label ? html`<strong>${said}</strong>` : html`<s aria-label=${`${said}, wrong`}>${said}</s>`;
