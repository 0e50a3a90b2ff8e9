/** A page that reads a digit from a picture file, and learns what you say it is. Vite and esbuild make one file of it. */
import { InputError, session } from 'asf-bp/infer';
import { digitOf, lead, learn, tiny } from 'asf-bp/models/tiny';

const [file, answer, teach] = ['file', 'answer', 'teach'].map((id) => document.getElementById(id));
let net = tiny();
let digit;

/** The pixels of a picture file, as the browser decodes it. */
async function pixelsOf(blob) {
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, channels: 4, depth: 8, data: new Uint8Array(data.buffer) };
}

function ask() {
  const { label, steps } = session(net).decide(digit, { lead });
  answer.textContent = `${label} after ${steps} steps`;
}

file.addEventListener('change', async () => {
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
  ask();
});
