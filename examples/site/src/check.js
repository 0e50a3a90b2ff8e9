/** Checks a training step by surrogate gradients: a file of the visitor, or a small step with a planted mistake. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Arrays } from './arrays.js';
import { askChecker, endCheck } from './ask.js';
import { takeDropped } from './drop.js';
import { Folded } from './folded.js';
import { html } from './html.js';
import { lineOfArray, lineOfMistake, linesOf } from './lines.js';
import { frameworks, planted } from './planted.js';
import { many } from './words.js';

const marks = { agrees: '✓', differs: '✗', undecided: '?' };
const recorder = `from asfbp_record import record
with record(net, 'step.npz'):
    loss = loss_fn(net(x), y); loss.backward()`;

export function Check() {
  const [framework, setFramework] = useState('snntorch');
  /** Index of the planted mistake, or −1 for none. */
  const [chosen, setChosen] = useState();
  const [answer, setAnswer] = useState();
  const [progress, setProgress] = useState();
  const [problem, setProblem] = useState('');
  const verdict = useRef();
  // Scrolls to the answer or the problem, because either may be outside the screen.
  useEffect(() => {
    const { top, bottom } = verdict.current.getBoundingClientRect();
    if ((answer || problem) && (top < 0 || bottom > innerHeight))
      verdict.current.scrollIntoView({ block: 'center' });
  }, [answer, problem]);
  /** Number of the last question. Answers to earlier questions are dropped. */
  const turn = useRef(0);

  const run = async (kind, message) => {
    const own = ++turn.current;
    const isLate = () => own !== turn.current;
    endCheck('');
    setAnswer(undefined);
    setProblem('');
    setProgress({ of: 0 });
    try {
      const found = await askChecker(kind, message, (told) => !isLate() && setProgress(told));
      if (!isLate()) setAnswer({ ...found, turn: own });
    } catch (error) {
      if (!isLate()) setProblem(error.message);
    }
    if (!isLate()) setProgress(undefined);
  };
  const plant = (place, as = framework) => {
    setChosen(place);
    const own = planted[place];
    const its = frameworks[as];
    run('plantStep', { framework: as, ...(own && { mistake: own.id(its), numbers: own.numbers(its) }) });
  };
  const open = ([file]) => {
    setChosen(undefined);
    run('checkStep', { file });
  };
  takeDropped('step', open);
  const stop = () => {
    turn.current++;
    endCheck('');
    setProgress(undefined);
  };
  const its = frameworks[framework];
  return html`<section aria-labelledby="check" class="check">
    <h2 id="check">Check a step</h2>
    <p class="lead">
      Is your training step right? Each array of a step of snnTorch, SpikingJelly, Norse or Sinabs is compared
      with the equations of surrogate gradients, and the mistake is named. No file leaves this page.
    </p>
    <div class="columns">
      <fieldset class="plant">
        <legend><h3>Plant a mistake</h3></legend>
        <label>
          In a small step of${' '}
          <select
            name="framework"
            value=${framework}
            onChange=${({ target }) => {
              setFramework(target.value);
              if (chosen !== undefined) plant(chosen, target.value);
            }}
          >
            ${Object.entries(frameworks).map(([key, { name }]) => html`<option value=${key}>${name}</option>`)}
          </select>
        </label>
        <p class="row">
          ${[...planted.keys(), -1].map(
            (place) =>
              html`<button
                type="button"
                class="small"
                aria-pressed=${String(chosen === place)}
                onClick=${() => plant(place)}
              >
                ${place < 0 ? 'No mistake' : planted[place].says(its)}
              </button>`,
          )}
        </p>
      </fieldset>
      <${Folded} words="Check a step of your own">
        <fieldset class="files" data-takes="step">
          <legend class="hidden">A step of your own</legend>
          <label>
            Your step: drop step.npz here, or choose it
            <input
              type="file"
              name="step"
              accept=".npz"
              onChange=${({ target }) => {
                if (target.files.length > 0) open(target.files);
                // Allows the visitor to choose the same file again.
                target.value = '';
              }}
            />
          </label>
          <div>
            <p class="quiet">Three lines of Python record it:</p>
            <pre tabindex="0" aria-label="how to record a step"><code>${recorder}</code></pre>
          </div>
        </fieldset>
      <//>
    </div>
    <p
      ref=${verdict}
      role="status"
      data-testid="check"
      class=${answer ? `verdict ${answer.verdict}` : 'quiet'}
    >
      ${answer ? verdictOf(answer) : progress ? 'Checking the step.' : ''}
    </p>
    ${
      progress &&
      html`<p class="row">
        <progress aria-label="the check" max=${progress.of || 1} value=${progress.done ?? 0} />
        <button type="button" class="small" onClick=${stop}>Stop the check</button>
      </p>`
    }
    ${problem && html`<p role="alert">${problem}</p>`}
    ${answer && html`<${Answer} key=${answer.turn} answer=${answer} />`}
  </section>`;
}

const wrongIn = ({ findings }) => findings.filter(({ verdict }) => verdict === 'differs');

/** The verdict in one line. */
function verdictOf(answer) {
  const { name, verdict, findings, compared, seconds } = answer;
  const [wrong, all] = [wrongIn(answer), many(findings.length, 'array')];
  const time = `(${seconds.toFixed(1)} s)`;
  if (verdict === 'agrees')
    return `✓ ${name} agrees with the equations: ${many(compared, 'number')} of ${all} ${time}`;
  if (verdict === 'undecided')
    return `? ${name} is undecided: none of ${all} differs, but some cannot be decided ${time}`;
  return `✗ ${name} is wrong: ${wrong.length} of ${all} differ, first ${wrong[0].key} ${time}`;
}

function Answer({ answer }) {
  const { as, findings, diagnoses, untold, notChecked, unknown } = answer;
  const [first] = wrongIn(answer);
  const layers = Math.max(...findings.map(({ n }) => n));
  const [key, setKey] = useState((first ?? findings[0]).key);
  const [picture, setPicture] = useState();
  const [problem, setProblem] = useState('');
  const finding = findings.find((each) => each.key === key);
  useEffect(() => {
    let isLate = false;
    askChecker('pictureOf', { key, at: finding.first }).then(
      (found) => !isLate && setPicture(found),
      (error) => !isLate && error.message && setProblem(error.message),
    );
    return () => (isLate = true);
  }, [key]);
  const needs = notChecked.filter((each) => each.needs);
  return html`<p class="quiet">Judged as ${as}.</p>
    ${first && html`<${Causes} diagnoses=${diagnoses} first=${first} />`}
    ${
      untold.length > 0 &&
      html`<p class="quiet">
        These numbers cannot tell whether: ${untold.map(({ says }) => says.replace(/\.$/, '')).join('; ')}.
      </p>`
    }
    ${
      needs.length > 0 &&
      html`<p class="quiet">
        Not judged: ${needs.map(({ key: own, why }) => `${own} (${why})`).join(', ')}.
      </p>`
    }
    ${unknown.length > 0 && html`<p class="quiet">Not known, and not judged: ${unknown.join(', ')}.</p>`}
    <div class="columns">
      <${Table} findings=${findings} layers=${layers} />
      <${Lines}
        first=${first}
        layers=${layers}
        mistake=${diagnoses.flatMap(({ explains }) => explains)[0]?.id}
      />
    </div>
    <h3>The arrays as pictures</h3>
    <p>
      <label>
        Array${' '}
        <select name="array" value=${key} onChange=${({ target }) => setKey(target.value)}>
          ${findings.map(
            ({ key: own, verdict }) => html`<option value=${own}>${marks[verdict]} ${own}</option>`,
          )}
        </select>
      </label>
    </p>
    ${problem && html`<p role="alert">${problem}</p>`}
    ${picture && html`<${Arrays} picture=${picture} finding=${findings.find((each) => each.key === picture.key)} />`}`;
}

const parts = {
  current: 'the currents',
  neuron: 'the neurons',
  surrogate: 'the surrogate',
  backward: 'the backward pass',
  returned: 'the backward pass',
  dw: 'dW',
  db: 'db',
};

/** `backward.2`, `backward.1` → `the backward pass of layers 2 and 1`. */
function placeWords(places) {
  const layers = new Map();
  for (const part of places) {
    const [what, n] = part.split('.');
    const words = parts[what] && n ? parts[what] : part;
    layers.set(words, [...(layers.get(words) ?? []), ...(words === part ? [] : [n])]);
  }
  return [...layers].map(([words, all]) => words + layerWords(all)).join(', ');
}

function layerWords(all) {
  if (all.length === 0) return '';
  return ` of layer${all.length > 1 ? 's' : ''} ${[all.slice(0, -1).join(', '), all.at(-1)].filter(Boolean).join(' and ')}`;
}

/** Sentences about the mistakes, each with its places, or a description of the difference if no mistake is known. */
function Causes({ diagnoses, first }) {
  const causes = new Map();
  for (const { part, explains } of diagnoses) {
    const says = explains.map((each) => each.says).join(' Or: ');
    causes.set(says, [...(causes.get(says) ?? []), part]);
  }
  const named = [...causes].filter(([says]) => says !== '');
  const rest = causes.get('') ?? [];
  return html`<ul class="causes" data-testid="causes">
    ${named.map(
      ([says, places]) =>
        html`<li><strong>${says}</strong> <span class="quiet">In ${placeWords(places)}.</span></li>`,
    )}
    ${
      rest.length > 0 &&
      html`<li>
        No known mistake explains ${placeWords(rest)}.${' '}${named.length === 0 && first.description}
      </li>`
    }
  </ul>`;
}

const verdictWords = { agrees: 'agrees', differs: 'differs', undecided: 'undecided' };

/** One row per array, one column per layer. */
function Table({ findings, layers }) {
  const columns = Array.from({ length: layers }, (_, k) => k + 1);
  const byKey = new Map(findings.map((finding) => [finding.key, finding]));
  const rows = [
    ...new Set(findings.filter(({ n }) => n > 0).map(({ key }) => key.replace(/^layer\d+\./, ''))),
  ];
  const cell = (finding, span) =>
    finding
      ? html`<td class=${finding.verdict} colspan=${span}>
          <span aria-hidden="true">${marks[finding.verdict]}</span
          ><span class="hidden">${verdictWords[finding.verdict]}</span>
          ${finding.verdict === 'differs' && html` <small>${finding.differing} of ${finding.compared}</small>`}
        </td>`
      : html`<td colspan=${span}><span class="quiet">–</span></td>`;
  const whole = findings.filter(({ n }) => n === 0);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="verdict on each array">
    <table class="verdicts">
      <thead>
        <tr>
          <th scope="col">array</th>
          ${columns.map((n) => html`<th scope="col">layer ${n}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (what) =>
            html`<tr>
              <th scope="row"><code>${what}</code></th>
              ${columns.map((n) => cell(byKey.get(`layer${n}.${what}`)))}
            </tr>`,
        )}
        ${whole.map(
          (finding) =>
            html`<tr>
              <th scope="row"><code>${finding.key}</code></th>
              ${cell(finding, layers)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The equations, with marks at two lines: that of the first array that differs, and that of the mistake. */
function Lines({ first, layers, mistake }) {
  const [lines, setLines] = useState();
  useEffect(() => {
    import('../../../spec/surrogateGradient.ts?raw').then(
      ({ default: text }) => setLines(linesOf(text)),
      () => setLines([]),
    );
  }, []);
  const ofArray = first && lineOfArray(first.key, layers);
  const ofMistake = first && mistake && lineOfMistake(mistake);
  const note = (part) =>
    [
      ofArray && part.startsWith(ofArray) && `${first.key}, the first array that differs`,
      ofMistake && part.startsWith(ofMistake) && 'the named mistake',
    ].filter(Boolean);
  return html`<div>
    <p class="quiet">One step, as <code>spec/surrogateGradient.ts</code> states it:</p>
    <table class="lines" aria-label="the equations of a step">
      <tbody>
        ${(lines ?? []).map(({ head, parts: all }) => {
          const notes = all.map(note);
          return html`<tr class=${notes.flat().length > 0 ? 'marked' : ''}>
            <th scope="row">${head}</th>
            <td>
              ${all.map((part, k) =>
                notes[k].length > 0 ? html`<mark>${part}</mark> ` : html`<span>${part}</span> `,
              )}
              ${notes.flat().length > 0 && html`<b>← ${notes.flat().join('; ')}</b>`}
            </td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}
