// The page's clock: a minute hand that relative ranges and "4 min ago" follow.

/** Nothing on a page is finer than a minute, and each beat asks the API again. */
const BEAT_MS = 60_000;

class Clock {
  now = $state.raw(new Date());

  /** Beats at once: what somebody did just now lies before the end of what is asked for. */
  catchUp(): void {
    this.now = new Date();
  }

  /** Beats until the returned function is called; a hidden page stands still and catches up when shown. */
  start(): () => void {
    const beat = () => {
      if (!document.hidden) this.now = new Date();
    };
    const timer = setInterval(beat, BEAT_MS);
    document.addEventListener('visibilitychange', beat);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', beat);
    };
  }
}

export const clock = new Clock();
