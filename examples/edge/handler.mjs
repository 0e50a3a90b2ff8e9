/**
 * Digits over HTTP, for Cloudflare, Vercel, Node and whatever else has `Request` and `Response`.
 *
 * POST /predict: a digit, 784 bytes or a PNG → { label, steps, lead, potentials }; a lead of 0: nothing was seen.
 * POST /learn: 1 to 64 digits, each 784 bytes and a byte for its class → the model whose last layer has learnt them.
 * Whatever else is refused in one line of JSON, { error }.
 */
import { InputError, session } from 'asf-bp/infer';
import { digitOf, lead, learn, tiny } from 'asf-bp/models/tiny';
import { encodeModel } from 'asf-bp';
import { readPng } from 'asf-bp/png';

const size = 784;
const mostDigits = 64;
const mostBytes = mostDigits * (size + 1);
/** Of a body that is too long, bytes that are read and forgotten. */
const mostPassedOver = 16 * 2 ** 20;
const mostPngBytes = 32 * 1024;
/** Looked at before any is unpacked. */
const mostPixels = 2 ** 18;

let net;

/** A refusal with its status. */
class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/** What somebody sent, as far as one line shows it. */
const brief = (text) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** Answers a request. Nothing that it learns stays: the model goes back to whoever asked. */
export async function answer(request) {
  try {
    const { pathname } = new URL(request.url);
    const act = { '/predict': predict, '/learn': learnDigits }[pathname];
    if (!act) throw new Refusal(404, `expected /predict or /learn, got ${brief(pathname)}`);
    if (request.method !== 'POST') throw new Refusal(405, `expected POST, got ${request.method}`);
    const type = (request.headers.get('content-type') ?? 'application/octet-stream').split(';')[0].trim();
    return act(await bodyOf(request), type);
  } catch (error) {
    const known = error instanceof Refusal || error instanceof InputError;
    const status = error instanceof Refusal ? error.status : known ? 400 : 500;
    return Response.json({ error: known ? error.message : 'something went wrong' }, { status });
  }
}

function predict(bytes, type) {
  net ??= tiny();
  const { potentials, ...decision } = session(net).decide(digitIn(bytes, type), { lead });
  return Response.json({ ...decision, potentials: [...potentials] });
}

function learnDigits(bytes, type) {
  if (type !== 'application/octet-stream')
    throw new Refusal(415, `expected application/octet-stream, got ${brief(type)}`);
  const count = bytes.length / (size + 1);
  if (!Number.isInteger(count) || count < 1 || count > mostDigits)
    throw new Refusal(400, `expected 1 to ${mostDigits} times ${size + 1} bytes, got ${bytes.length}`);
  const samples = Array.from({ length: count }, (_, k) => {
    const digit = bytes.subarray(k * (size + 1), (k + 1) * (size + 1));
    return { shown: digit.subarray(0, size), label: digit[size] };
  });
  net ??= tiny();
  const model = encodeModel(learn(net, samples));
  return new Response(model, { headers: { 'content-type': 'application/octet-stream' } });
}

/** A digit as bytes or intensities, white on black. */
function digitIn(bytes, type) {
  if (type === 'application/octet-stream') {
    if (bytes.length !== size) throw new Refusal(400, `expected ${size} bytes, got ${bytes.length}`);
    return bytes;
  }
  if (type !== 'image/png')
    throw new Refusal(415, `expected image/png or application/octet-stream, got ${brief(type)}`);
  if (bytes.length > mostPngBytes)
    throw new Refusal(413, `expected at most ${mostPngBytes} bytes of PNG, got ${bytes.length}`);
  return digitOf(readPng(bytes, 'picture', mostPixels));
}

/**
 * The body. Of one that is too long nothing is kept; yet it is read on for a while, as a client that is still sending may not
 * see the answer.
 */
async function bodyOf(request) {
  const refusal = new Refusal(413, `expected at most ${mostBytes} bytes`);
  if (Number(request.headers.get('content-length') ?? 0) > mostPassedOver) throw refusal;
  const parts = [];
  let length = 0;
  for (const reader = request.body?.getReader(); reader;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length <= mostBytes) parts.push(value);
    else parts.length = 0;
    if (length > mostPassedOver) {
      await reader.cancel();
      throw refusal;
    }
  }
  if (length > mostBytes) throw refusal;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
