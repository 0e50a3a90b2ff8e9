/** A place to draw: with a pointer, or with the arrow keys and the space bar. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { digitFrom } from './digit.js';
import { html } from './html.js';

const size = 280;
const pen = 22;
/** How far an arrow key moves. */
const stride = 12;
const ways = {
  ArrowLeft: [-stride, 0],
  ArrowRight: [stride, 0],
  ArrowUp: [0, -stride],
  ArrowDown: [0, stride],
};

export function Pad({ onDigit, cleared }) {
  const canvas = useRef();
  const last = useRef();
  const [cursor, setCursor] = useState([size / 2, size / 2]);
  const [isByKey, setByKey] = useState(false);
  const [isTouched, setTouched] = useState(false);
  const context = () => canvas.current.getContext('2d', { willReadFrequently: true });

  useEffect(() => {
    context().clearRect(0, 0, size, size);
    setTouched(false);
  }, [cleared]);

  const line = (from, to) => {
    setTouched(true);
    const drawn = context();
    Object.assign(drawn, { lineWidth: pen, lineCap: 'round', strokeStyle: '#fff' });
    drawn.beginPath();
    drawn.moveTo(...from);
    drawn.lineTo(...to);
    drawn.stroke();
  };
  const placeOf = ({ clientX, clientY }) => {
    const { left, top, width } = canvas.current.getBoundingClientRect();
    return [((clientX - left) * size) / width, ((clientY - top) * size) / width];
  };
  const say = () => onDigit(digitFrom(canvas.current));
  const down = (event) => {
    canvas.current.setPointerCapture(event.pointerId);
    setByKey(false);
    last.current = placeOf(event);
    line(last.current, last.current);
  };
  const move = (event) => {
    if (!last.current) return;
    const to = placeOf(event);
    line(last.current, to);
    last.current = to;
  };
  const up = () => {
    if (!last.current) return;
    last.current = undefined;
    say();
  };
  const key = (event) => {
    const way = ways[event.key];
    if (!way && event.key !== ' ') return;
    event.preventDefault();
    setByKey(true);
    const to = way ? cursor.map((at, axis) => Math.min(size, Math.max(0, at + way[axis]))) : cursor;
    const isDrawing = event.shiftKey || event.key === ' ';
    if (isDrawing) line(cursor, to);
    setCursor(to);
    if (isDrawing) say();
  };
  const [left, top] = cursor.map((at) => `${(100 * at) / size}%`);
  return html`<div class="pad">
    <canvas
      ref=${canvas}
      width=${size}
      height=${size}
      tabindex="0"
      role="application"
      aria-label="Draw a digit here. Arrow keys move the pen, with Shift they draw, Space makes a dot."
      onPointerDown=${down}
      onPointerMove=${move}
      onPointerUp=${up}
      onPointerCancel=${up}
      onKeyDown=${key}
    />
    ${!isTouched && html`<p aria-hidden="true">draw here</p>`}
    ${isByKey && html`<span class="pen" style=${`inset-inline-start:${left};inset-block-start:${top}`}></span>`}
  </div>`;
}
