/** The handler of a runtime that answers requests: POST /cold and /learn, with the model and then the digits in the body. */
import { first, learn } from './program.mjs';

/** The body: length of the model in 4 bytes, the model, the digits. */
function partsOf(body) {
  const length = new DataView(body).getUint32(0, true);
  return [new Uint8Array(body, 4, length), new Uint8Array(body, 4 + length)];
}

export async function answer(request) {
  try {
    const [model, bytes] = partsOf(await request.arrayBuffer());
    if (new URL(request.url).pathname === '/cold') return Response.json({ u: first(model, bytes) });
    return Response.json(await learn(bytes));
  } catch (error) {
    return Response.json({ error: String(error?.stack ?? error) }, { status: 500 });
  }
}
