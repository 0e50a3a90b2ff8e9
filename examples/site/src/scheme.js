/** Preferences and device of the visitor: dark colours, reduced motion, or a phone. */
import { useEffect, useState } from 'preact/hooks';

const isDark = matchMedia('(prefers-color-scheme: dark)');
const isStill = matchMedia('(prefers-reduced-motion: reduce)');
/** The same width as in style.css. */
const isNarrow = matchMedia('(max-width: 38rem)');

export const prefersStill = () => isStill.matches;

/** A number that changes with the colours of the page. Canvases depend on it to draw again. */
export function useScheme() {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const change = () => setTurn((before) => before + 1);
    isDark.addEventListener('change', change);
    return () => isDark.removeEventListener('change', change);
  }, []);
  return turn;
}

/** Whether the page is as narrow as a phone. */
export function useNarrow() {
  const [found, setFound] = useState(isNarrow.matches);
  useEffect(() => {
    const change = () => setFound(isNarrow.matches);
    isNarrow.addEventListener('change', change);
    return () => isNarrow.removeEventListener('change', change);
  }, []);
  return found;
}

/** Whether an element is on the screen; false at first. */
export function useInView(place) {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const watch = new IntersectionObserver(([{ isIntersecting }]) => setSeen(isIntersecting), {
      threshold: 0.4,
    });
    watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  return isSeen;
}

/** While `isRunning`, calls `onFrame` in every frame with the milliseconds since the last frame, at most 100. */
export function useFrames(isRunning, onFrame) {
  useEffect(() => {
    if (!isRunning) return;
    let last = performance.now();
    let frame;
    const next = (now) => {
      onFrame(Math.max(0, Math.min(100, now - last)));
      last = now;
      frame = requestAnimationFrame(next);
    };
    frame = requestAnimationFrame(next);
    return () => cancelAnimationFrame(frame);
  }, [isRunning, onFrame]);
}
