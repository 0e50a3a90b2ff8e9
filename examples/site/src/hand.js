/** The first screen: draw a digit, see it recognised step by step, name a few of your own, and it learns them. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask } from './ask.js';
import { html } from './html.js';
import { SpikeMaps, Thumbnail } from './maps.js';
import { Pad } from './pad.js';

const classes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;

export function Hand() {
  const [image, setImage] = useState();
  const [found, setFound] = useState();
  const [t, setT] = useState(0);
  const [speed, setSpeed] = useState(6);
  const [lessons, setLessons] = useState([]);
  const [cleared, setCleared] = useState(0);
  const [problem, setProblem] = useState('');
  const latest = useRef(0);

  const show = async (digit) => {
    setImage(digit);
    if (!digit) return setFound(undefined);
    const turn = ++latest.current;
    try {
      const seen = await ask('look', { image: digit });
      if (turn !== latest.current) return;
      setFound(seen);
      setT(isStill ? seen.steps.length : 1);
      setProblem('');
    } catch (error) {
      setProblem(error.message);
    }
  };
  useEffect(() => {
    if (!found || t >= found.steps.length) return;
    const timer = setTimeout(() => setT(t + 1), 1000 / speed);
    return () => clearTimeout(timer);
  }, [found, t, speed]);

  const clear = () => {
    setCleared(cleared + 1);
    setImage(undefined);
    setFound(undefined);
  };
  const retell = async (all) => {
    try {
      const answers = await ask('teach', { lessons: all });
      setLessons(all.map((lesson, k) => ({ ...lesson, ...answers[k] })));
    } catch (error) {
      setProblem(error.message);
    }
  };
  const name = async (label) => {
    if (!image) return;
    clear();
    await retell([...lessons, { image, label }]);
  };
  const right = (when) => lessons.filter((lesson) => lesson[when] === lesson.label).length;

  return html`<section aria-labelledby="hand">
    <h2 id="hand">Draw a digit, then say which it is</h2>
    <div class="columns">
      <div>
        <${Pad} onDigit=${show} cleared=${cleared} />
        <p><button type="button" onClick=${clear}>Clear</button></p>
      </div>
      <div aria-live="polite">
        <p class="answer" data-testid="answer">${found ? `This is a ${found.label}` : 'Nothing drawn yet'}</p>
        <p>
          ${found ? `decided after ${found.after} of ${found.steps.length} steps` : 'It answers as soon as one class leads.'}
        </p>
        <${Bars} potentials=${found?.steps[t - 1]?.potentials} />
      </div>
    </div>
    <fieldset disabled=${!image}>
      <legend>It is a …</legend>
      ${classes.map((label) => html`<button type="button" onClick=${() => name(label)}>${label}</button>`)}
    </fieldset>
    <p data-testid="lessons">
      ${
        lessons.length === 0
          ? 'Name a few of your digits: the last layer learns them at once.'
          : `Of your ${lessons.length}, it knew ${right('before')} before and knows ${right('after')} now.`
      }
    </p>
    <ul class="lessons">
      ${lessons.map(
        ({ image: drawn, label, before, after }) =>
          html`<li><${Thumbnail} image=${drawn} />${label}: ${before} → ${after}</li>`,
      )}
    </ul>
    ${lessons.length > 0 && html`<button type="button" onClick=${() => retell([])}>Forget my digits</button>`}
    ${problem && html`<p role="alert">${problem}</p>`}
    ${
      found &&
      html`<h3>Step ${t} of ${found.steps.length}</h3>
        <label>
          Steps a second
          <input
            type="range"
            min="1"
            max="30"
            value=${speed}
            onInput=${(event) => setSpeed(Number(event.target.value))}
          />
        </label>
        <button type="button" onClick=${() => setT(1)}>Again</button>
        <${SpikeMaps} spikes=${found.steps[t - 1].spikes} />`
    }
  </section>`;
}

/** Potentials of the classes as bars around zero. */
function Bars({ potentials }) {
  const most = Math.max(1, ...(potentials ?? []).map(Math.abs));
  return html`<table class="bars">
    <caption>
      Potential of each class
    </caption>
    <tbody>
      ${classes.map((label) => {
        const u = potentials?.[label] ?? 0;
        const style = `inline-size:${(50 * Math.abs(u)) / most}%;margin-inline-start:${u < 0 ? 50 - (50 * -u) / most : 50}%`;
        return html`<tr>
          <th scope="row">${label}</th>
          <td><div class=${u < 0 ? 'below' : 'above'} style=${style}></div></td>
          <td class="number">${u.toFixed(1).replace('-0.0', '0.0')}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}
