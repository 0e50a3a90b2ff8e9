/** An array as pictures: the expected numbers, the recorded ones, and their difference. Stronger shades are larger numbers. */
import { useEffect, useRef } from 'preact/hooks';
import { html } from './html.js';
import { rgb } from './maps.js';
import { useScheme } from './scheme.js';

const number = (value) =>
  Number.isFinite(value) ? String(Number(value.toPrecision(4))).replace('-', '−') : String(value);

/** Minimum and maximum of the finite numbers. */
function rangeOf(arrays) {
  let [least, most] = [Infinity, -Infinity];
  for (const array of arrays)
    for (const value of array)
      if (Number.isFinite(value)) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return least <= most ? [least, most] : [0, 0];
}

function Shades({ data, rows, columns, range: [least, most], colour, label, name, first }) {
  const canvas = useRef();
  const scheme = useScheme();
  useEffect(() => {
    const context = canvas.current.getContext('2d');
    const style = getComputedStyle(canvas.current);
    const [from, to, none] = ['--map', colour, '--ink-of-canvas'].map((each) => rgb(style, each));
    const picture = context.createImageData(columns, rows);
    for (const [place, value] of data.entries()) {
      const share = most > least ? Math.min(1, Math.max(0, (value - least) / (most - least))) : 0;
      const shade = Number.isFinite(value) ? from.map((each, k) => each + share * (to[k] - each)) : none;
      picture.data.set([...shade, 255], 4 * place);
    }
    context.putImageData(picture, 0, 0);
  }, [data, rows, columns, least, most, scheme]);
  return html`<figure>
    <figcaption>${name}</figcaption>
    <div class="shades" style=${`block-size: ${Math.min(320, Math.max(64, 12 * rows))}px`}>
      <canvas ref=${canvas} width=${columns} height=${rows} role="img" aria-label=${label} />
      ${
        first &&
        html`<svg
          class="marks"
          viewBox=${`0 0 ${columns} ${rows}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <rect x=${first.column} y=${first.row} width="1" height="1" />
        </svg>`
      }
    </div>
    <p class="ramp" aria-hidden="true">
      <span>${number(least)}</span><i style=${`--to: var(${colour})`}></i><span>${number(most)}</span>
    </p>
  </figure>`;
}

const sideWords = ([from, to, all], one) =>
  to - from === all ? `${all} ${one}${all === 1 ? '' : 's'}` : `${one}s ${from} to ${to - 1} of ${all}`;

/** @param picture the part of an array that the worker sent */
export function Arrays({ picture, finding }) {
  const { key, isOverTime, sample, samples, rows, columns, first, got, expected } = picture;
  const [high, wide] = [rows[1] - rows[0], columns[1] - columns[0]];
  const [down, across] = [
    sideWords(rows, isOverTime ? 'neuron' : 'output'),
    sideWords(columns, isOverTime ? 'step' : rows[2] === 1 ? 'output' : 'input'),
  ];
  const range = rangeOf(expected ? [expected, got] : [got]);
  const difference = expected?.map((value, k) => Math.abs(got[k] - value));
  const lost = got.filter((value) => !Number.isFinite(value)).length;
  const size = { rows: high, columns: wide, first };
  const says = (what, [least, most]) =>
    `${what} ${key}: ${across} across, ${down} down, from ${number(least)} to ${number(most)}`;
  const off = difference && rangeOf([difference]);
  return html`${finding?.first && html`<p data-testid="first"><${First} finding=${finding} /></p>`}
    <div class="arrays">
      ${
        expected &&
        html`<${Shades}
          ...${size}
          data=${expected}
          range=${range}
          colour="--one"
          name="Expected"
          label=${says('expected', range)}
        />`
      }
      <${Shades}
        ...${size}
        data=${got}
        range=${range}
        colour="--one"
        name="Yours"
        label=${says('your', range)}
      />
      ${
        difference &&
        html`<${Shades}
          ...${size}
          data=${difference}
          range=${[0, off[1]]}
          colour="--two"
          name="Difference"
          label=${says('difference of', off)}
        />`
      }
    </div>
    <p class="quiet">
      Across: ${across}. Down: ${down}${isOverTime && ` of sample ${sample} of ${samples}`}. The stronger the
      shade, the larger the number.${' '}
      ${first && 'The box marks the first number that differs. '}${lost > 0 && `${lost} of yours are infinite or NaN: black. `}
      ${!expected && 'The page cannot compute the expected array from input, label and weights. '}
      ${expected && 'The equations compute the expected numbers from input, label and weights alone.'}
    </p>`;
}

/** A sentence about the first number that differs. */
function First({ finding: { key, differing, compared, first } }) {
  const { sample, t, neuron, expected, got, bound, u } = first;
  const at = [
    t !== undefined && `step ${t}`,
    sample !== undefined && `sample ${sample}`,
    neuron.length > 0 && `${neuron.length > 1 ? 'place' : 'neuron'} ${neuron.join(', ')}`,
  ].filter(Boolean);
  const [right, wrong] = [expected, got].map((value) =>
    String(Number(value.toPrecision(9))).replace('-', '−'),
  );
  const around = bound > 0 ? ` ± ${number(bound)}` : '';
  const fired = u === undefined ? '' : ` at the potential ${number(u)}`;
  return html`<code>${key}</code>: ${differing} of ${compared} numbers differ, first at${' '}
    ${at.join(', ') || 'its only number'} (counted from 0): expected <strong>${right}</strong>${around},${' '}
    got <strong> ${wrong}</strong>${fired}.`;
}
