/**
 * A page that reads a digit from a drawing or a picture file, and learns the class that you enter. Vite or esbuild makes one file of it.
 */
import { InputError, session } from 'asf-bp/infer';
import { digitFromStrokes, digitOf, lead, learn, tiny } from 'asf-bp/models/tiny';

const [pad, clear, file, answer, teach] = ['pad', 'clear', 'file', 'answer', 'teach'].map((id) =>
  document.getElementById(id),
);
let net = tiny();
let digit;

function ask() {
  const { label, steps, isSure } = session(net).decide(digit, { lead });
  answer.textContent = `${label} after ${steps} steps${isSure ? '' : ', not sure'}`;
}

/** The drawing: for each stroke a list of points [x, y], in pixels of the pad. The pen is in pixels too. */
let strokes = [];
const pen = 16;
const ink = pad.getContext('2d');
Object.assign(ink, { lineWidth: pen, lineCap: 'round' });

function draw({ offsetX, offsetY }) {
  const stroke = strokes.at(-1);
  stroke.push([offsetX, offsetY]);
  ink.beginPath();
  ink.moveTo(...(stroke.at(-2) ?? stroke[0]));
  ink.lineTo(offsetX, offsetY + 0.01); // a dot must be visible, but a line of length 0 is not
  ink.stroke();
}

function wipe() {
  strokes = [];
  digit = undefined;
  ink.clearRect(0, 0, pad.width, pad.height);
  answer.textContent = 'no digit yet';
}

pad.addEventListener('pointerdown', (event) => {
  // Only the first finger, the pen or the left button draws.
  if (!event.isPrimary || event.button !== 0) return;
  pad.setPointerCapture(event.pointerId);
  strokes.push([]);
  draw(event);
});
pad.addEventListener('pointermove', (event) => {
  if (event.isPrimary && pad.hasPointerCapture(event.pointerId)) draw(event);
});
// The stroke has ended.
pad.addEventListener('lostpointercapture', (event) => {
  if (!event.isPrimary) return;
  digit = digitFromStrokes(strokes, pen);
  ask();
});
clear.addEventListener('click', wipe);

/** The pixels of a picture file, which the browser decodes. */
async function pixelsOf(blob) {
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}

file.addEventListener('change', async () => {
  wipe();
  try {
    digit = digitOf(await pixelsOf(file.files[0]));
    ask();
  } catch (error) {
    answer.textContent =
      error instanceof InputError ? error.message : `expected a picture, got ${file.files[0]?.name}`;
  }
});

teach.addEventListener('change', () => {
  if (!digit || teach.value === '') return;
  net = learn(net, [{ shown: digit, label: Number(teach.value) }]);
  teach.value = '';
  ask();
});
