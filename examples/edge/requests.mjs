/**
 * Handles requests: an action for each path receives the body and its type. Other requests are refused with one line of JSON, { error }.
 */
import { InputError } from 'asf-bp/infer';

export const rawBytes = 'application/octet-stream';
/** Limit on the bytes of a body that are read and dropped. */
const mostPassedOver = 16 * 2 ** 20;

export class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/** Shortens a text of the client for a line. */
const brief = (text) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** Refuses a body of another type than those expected. */
export function refuseType(expected, type) {
  // curl sends this type by default.
  const isOfCurl = type === 'application/x-www-form-urlencoded';
  const next = isOfCurl ? `; with curl: -H 'content-type: ${expected[0]}'` : '';
  throw new Refusal(415, `expected ${expected.join(' or ')}, got ${brief(type)}${next}`);
}

/** Answers a request by the action for its path. A body has at most `mostBytes`. */
export async function answerWith(acts, mostBytes, request) {
  try {
    const { pathname } = new URL(request.url);
    const act = acts[pathname];
    if (!act) throw new Refusal(404, `expected ${Object.keys(acts).join(' or ')}, got ${brief(pathname)}`);
    if (request.method !== 'POST') throw new Refusal(405, `expected POST, got ${request.method}`);
    const type = (request.headers.get('content-type') ?? rawBytes).split(';')[0].trim();
    return act(await bodyOf(request, mostBytes), type);
  } catch (error) {
    const known = error instanceof Refusal || error instanceof InputError;
    const status = error instanceof Refusal ? error.status : known ? 400 : 500;
    return Response.json({ error: known ? error.message : 'something went wrong' }, { status });
  }
}

/**
 * Reads the body. If it is too long, its rest is read up to a limit and dropped before the refusal, because a client that is
 * still sending may miss the answer.
 */
async function bodyOf(request, mostBytes) {
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
