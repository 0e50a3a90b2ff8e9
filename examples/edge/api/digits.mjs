/** An edge function of Vercel: /api/digits/predict and /api/digits/learn. */
import { answer } from '../handler.mjs';

export const config = { runtime: 'edge' };

export default function handle(request) {
  const url = new URL(request.url);
  url.pathname = url.pathname.replace(/^\/api\/digits/, '');
  return answer(new Request(url, request));
}
