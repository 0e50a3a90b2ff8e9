/** The handler of a runtime that answers requests. The body of the POST has the digits. */
import { learn } from './program.mjs';

export async function answer(request) {
  try {
    return Response.json(await learn(new Uint8Array(await request.arrayBuffer())));
  } catch (error) {
    return Response.json({ error: String(error?.stack ?? error) }, { status: 500 });
  }
}
