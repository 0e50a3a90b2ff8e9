/** The handler of a runtime that answers requests: POST with the digits in the body. */
import { learn } from './program.mjs';

export async function answer(request) {
  try {
    return Response.json(await learn(new Uint8Array(await request.arrayBuffer())));
  } catch (error) {
    return Response.json({ error: String(error?.stack ?? error) }, { status: 500 });
  }
}
