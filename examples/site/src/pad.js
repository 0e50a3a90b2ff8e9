/** A pad to draw on with one finger, the left button of a mouse, or the arrow keys and the space bar. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from './html.js';
import { useScheme } from './scheme.js';

/** Side of the pad and width of the pen, in the units of strokes. */
export const size = 280;
export const pen = 16;
/** The distance of one press of an arrow key. */
const stride = 12;
const ways = {
  ArrowLeft: [-stride, 0],
  ArrowRight: [stride, 0],
  ArrowUp: [0, -stride],
  ArrowDown: [0, stride],
};

/**
 * @param strokes lists of points
 * @param picture the bytes of an image that replaces the strokes, if any
 * @param isShown whether the strokes are an example, which the next stroke replaces
 * @param onStrokes called with the strokes, and whether the pen is up
 */
export function Pad({ strokes, picture, isShown, onStrokes, onClear, isEmpty, focus }) {
  const canvas = useRef();
  /** The pointer that is drawing, if any. */
  const drawing = useRef();
  const now = useRef(strokes);
  const [cursor, setCursor] = useState([size / 2, size / 2]);
  const [isByKey, setByKey] = useState(false);
  const scheme = useScheme();
  now.current = strokes;

  useEffect(() => {
    const context = canvas.current.getContext('2d');
    context.clearRect(0, 0, size, size);
    const strokeStyle = getComputedStyle(canvas.current).color;
    Object.assign(context, { lineWidth: pen, lineCap: 'round', lineJoin: 'round', strokeStyle });
    const side = Math.sqrt(picture?.length ?? 0);
    context.fillStyle = strokeStyle;
    for (const [at, value] of picture?.entries() ?? []) {
      context.globalAlpha = value / 255;
      const [x, y] = [at % side, Math.floor(at / side)];
      context.fillRect((x * size) / side, (y * size) / side, size / side, size / side);
    }
    context.globalAlpha = 1;
    for (const [first, ...rest] of strokes) {
      context.beginPath();
      context.moveTo(...first);
      // A dot would be a line of length 0, which a canvas does not draw.
      context.lineTo(first[0], first[1] + 0.01);
      for (const point of rest) context.lineTo(...point);
      context.stroke();
    }
  }, [strokes, picture, scheme]);
  useEffect(() => {
    if (focus > 0) canvas.current.focus();
  }, [focus]);

  const give = (next, isDone) => {
    now.current = next;
    onStrokes(next, isDone);
  };
  const placeOf = ({ clientX, clientY }) => {
    const { left, top, width } = canvas.current.getBoundingClientRect();
    return [((clientX - left) * size) / width, ((clientY - top) * size) / width];
  };
  const down = (event) => {
    if (drawing.current !== undefined || event.button !== 0 || !event.isPrimary) return;
    drawing.current = event.pointerId;
    canvas.current.setPointerCapture(event.pointerId);
    setByKey(false);
    give([...(isShown ? [] : now.current), [placeOf(event)]], false);
  };
  const move = (event) => {
    if (event.pointerId !== drawing.current) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    const points = (passed.length ? passed : [event]).map(placeOf);
    give([...now.current.slice(0, -1), [...now.current.at(-1), ...points]], false);
  };
  const up = (event) => {
    if (event.pointerId !== drawing.current) return;
    drawing.current = undefined;
    give(now.current, true);
  };
  const key = (event) => {
    if (['Delete', 'Backspace', 'Escape'].includes(event.key)) {
      event.preventDefault();
      return onClear();
    }
    const way = ways[event.key];
    if (!way && event.key !== ' ') return;
    event.preventDefault();
    setByKey(true);
    const to = way ? cursor.map((at, axis) => Math.min(size, Math.max(0, at + way[axis]))) : cursor;
    setCursor(to);
    if (event.shiftKey || event.key === ' ') give([...(isShown ? [] : now.current), [cursor, to]], true);
  };
  const [left, top] = cursor.map((at) => `${(100 * at) / size}%`);
  return html`<div class="pad">
    <canvas
      ref=${canvas}
      width=${size}
      height=${size}
      tabindex="0"
      role="application"
      aria-label="Draw a digit here. Arrow keys move the pen, with Shift they draw, Space makes a dot, Delete clears."
      onPointerDown=${down}
      onPointerMove=${move}
      onPointerUp=${up}
      onPointerCancel=${up}
      onKeyDown=${key}
    />
    ${isEmpty && html`<p aria-hidden="true">draw a digit</p>`}
    ${isByKey && html`<span class="pen" style=${`inset-inline-start:${left};inset-block-start:${top}`}></span>`}
  </div>`;
}
