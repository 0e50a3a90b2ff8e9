/**
 * Makes an animated WebP from pictures of a page. Chromium encodes the part of each frame that has changed; this module joins
 * the parts.
 */

/** Runs in the page. Returns { x, y, width, height, webp } for the change from each PNG to the next; undefined if nothing changes. */
async function encodeChanges({ pngs, width, height, quality }) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  let before;
  const frames = [];
  for (const png of pngs) {
    const blob = await (await fetch(`data:image/png;base64,${png}`)).blob();
    const bitmap = await createImageBitmap(blob, {
      resizeWidth: width,
      resizeHeight: height,
      resizeQuality: 'high',
    });
    context.drawImage(bitmap, 0, 0);
    const now = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
    let [left, right, top, bottom] = before ? [width, -1, height, -1] : [0, width - 1, 0, height - 1];
    for (let i = 0; before && i < now.length; i++) {
      if (now[i] === before[i]) continue;
      const [x, y] = [i % width, Math.floor(i / width)];
      [left, right, top, bottom] = [
        Math.min(left, x),
        Math.max(right, x),
        Math.min(top, y),
        Math.max(bottom, y),
      ];
    }
    before = now;
    if (right < 0) {
      frames.push(undefined);
      continue;
    }
    // WebP requires even positions.
    [left, top] = [left - (left % 2), top - (top % 2)];
    const [wide, high] = [right - left + 1, bottom - top + 1];
    const part = new OffscreenCanvas(wide, high);
    part.getContext('2d', { alpha: false }).drawImage(canvas, -left, -top);
    const bytes = new Uint8Array(
      await (await part.convertToBlob({ type: 'image/webp', quality })).arrayBuffer(),
    );
    frames.push({
      x: left,
      y: top,
      width: wide,
      height: high,
      webp: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')),
    });
  }
  return frames;
}

const chunk = (name, data) => {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
};

function int24(...values) {
  const bytes = Buffer.alloc(3 * values.length);
  for (const [k, value] of values.entries()) bytes.writeUIntLE(value, 3 * k, 3);
  return bytes;
}

const pictures = ['ALPH', 'VP8 ', 'VP8L'];

/** The picture of a still WebP, without the other parts of the file. A frame of an animation has only these parts. */
function pictureOf(webp) {
  const parts = [];
  for (let at = 12; at < webp.length;) {
    const length = webp.readUInt32LE(at + 4);
    const next = at + 8 + length + (length % 2);
    if (pictures.includes(webp.toString('latin1', at, at + 4))) parts.push(webp.subarray(at, next));
    at = next;
  }
  return Buffer.concat(parts);
}

/**
 * @param page a page of the browser that encodes the pictures
 * @param shots { png, ms }: a picture as a Buffer, and its duration
 */
export async function animatedWebp(page, shots, { width, height, quality }) {
  const pngs = shots.map(({ png }) => png.toString('base64'));
  const frames = await page.evaluate(encodeChanges, { pngs, width, height, quality });
  const shown = [];
  for (const [k, frame] of frames.entries()) {
    // A frame without a change prolongs the frame before.
    if (frame) shown.push({ ...frame, ms: shots[k].ms });
    else shown.at(-1).ms += shots[k].ms;
  }
  const body = shown.map(({ x, y, width: wide, height: high, ms, webp }) => {
    const head = Buffer.concat([int24(x / 2, y / 2, wide - 1, high - 1, ms), Buffer.of(2)]);
    return chunk('ANMF', Buffer.concat([head, pictureOf(Buffer.from(webp, 'base64'))]));
  });
  const whole = Buffer.concat([
    Buffer.from('WEBP', 'latin1'),
    chunk('VP8X', Buffer.concat([Buffer.of(2, 0, 0, 0), int24(width - 1, height - 1)])),
    chunk('ANIM', Buffer.of(255, 255, 255, 255, 0, 0)),
    ...body,
  ]);
  return chunk('RIFF', whole);
}
