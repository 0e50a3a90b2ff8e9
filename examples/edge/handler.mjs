/**
 * Digits over HTTP, for Cloudflare, Vercel, Node and other runtimes with `Request` and `Response`.
 *
 * POST /predict: a digit, 784 bytes or a PNG → { label, second, lead, isSure, steps, potentials }.
 * POST /learn: 1 to 64 digits, each 784 bytes and a byte for its class → the model, with a last layer trained on them.
 * Other requests are refused with one line of JSON, { error }.
 */
import { session } from 'asf-bp/infer';
import { digitOf, encodeModel, lead, learn, tiny } from 'asf-bp/models/tiny';
import { readPng } from 'asf-bp/png';
import { answerWith, rawBytes, Refusal, refuseType } from './requests.mjs';

const size = 784;
const mostDigits = 64;
const mostBytes = mostDigits * (size + 1);
/** Limit on the pixels, checked before decompression. */
const mostPixels = 2 ** 18;

let net;

/** Answers a request. Learning changes only the returned model. */
export const answer = (request) =>
  answerWith({ '/predict': predict, '/learn': learnDigits }, mostBytes, request);

function predict(bytes, type) {
  net ??= tiny();
  const { potentials, ...decision } = session(net).decide(digitIn(bytes, type), { lead });
  return Response.json({ ...decision, potentials: [...potentials] });
}

function learnDigits(bytes, type) {
  if (type !== rawBytes) refuseType([rawBytes], type);
  const count = bytes.length / (size + 1);
  if (!Number.isInteger(count) || count < 1 || count > mostDigits)
    throw new Refusal(400, `expected 1 to ${mostDigits} times ${size + 1} bytes, got ${bytes.length}`);
  const samples = Array.from({ length: count }, (_, k) => {
    const digit = bytes.subarray(k * (size + 1), (k + 1) * (size + 1));
    return { shown: digit.subarray(0, size), label: digit[size] };
  });
  net ??= tiny();
  const model = encodeModel(learn(net, samples));
  return new Response(model, { headers: { 'content-type': rawBytes } });
}

/** A digit as bytes or intensities, white on black. */
function digitIn(bytes, type) {
  if (type === rawBytes) {
    if (bytes.length !== size) throw new Refusal(400, `expected ${size} bytes, got ${bytes.length}`);
    return bytes;
  }
  if (type !== 'image/png') refuseType(['image/png', rawBytes], type);
  return digitOf(readPng(bytes, 'picture', mostPixels));
}
