/** A place to draw: with a pointer, or with the arrow keys and the space bar. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { digitFrom } from './digit.js';
import { html } from './html.js';

const size = 280;
const pen = 22;

export function Pad({ onDigit, cleared }) {
  const canvas = useRef();
  const last = useRef();
  const [cursor, setCursor] = useState([size / 2, size / 2]);

  useEffect(() => {
    canvas.current.getContext('2d', { willReadFrequently: true }).clearRect(0, 0, size, size);
  }, [cleared]);

  const line = (from, to) => {
    const context = canvas.current.getContext('2d', { willReadFrequently: true });
    Object.assign(context, { lineWidth: pen, lineCap: 'round', strokeStyle: '#fff' });
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
  };
  const placeOf = (event) => {
    const { left, top, width } = canvas.current.getBoundingClientRect();
    return [((event.clientX - left) * size) / width, ((event.clientY - top) * size) / width];
  };
  const say = () => onDigit(digitFrom(canvas.current));
  const down = (event) => {
    canvas.current.setPointerCapture(event.pointerId);
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
    const step = { ArrowLeft: [-12, 0], ArrowRight: [12, 0], ArrowUp: [0, -12], ArrowDown: [0, 12] }[
      event.key
    ];
    if (!step && event.key !== ' ') return;
    event.preventDefault();
    const to = step ? cursor.map((at, axis) => Math.min(size, Math.max(0, at + step[axis]))) : cursor;
    if (event.shiftKey || event.key === ' ') line(cursor, to);
    setCursor(to);
    if (event.shiftKey || event.key === ' ') say();
  };
  return html`<canvas
    ref=${canvas}
    class="pad"
    width=${size}
    height=${size}
    tabindex="0"
    role="img"
    aria-label="Draw a digit here. Arrow keys move the pen, with Shift they draw, Space makes a dot."
    onPointerDown=${down}
    onPointerMove=${move}
    onPointerUp=${up}
    onPointerCancel=${up}
    onKeyDown=${key}
  />`;
}
