// The clock of a demo agent: real time moved by an offset, so that waiting takes no time and history can be lived through.
const MILLIS = 1000;

export interface Clock {
  /** Sets the clock to an instant, in milliseconds since 1970; it runs on from there. */
  set: (instant_ms: number) => void;
  /** Lets so many seconds go by at once. */
  pass: (seconds: number) => void;
}

/**
 * Moves `Date` and `performance.now` of this process. Everything in it goes by them: spans, the authorization
 * server's expiry and the agent's own waiting. Timers stay real, so that spans are sent as ever.
 */
export const moveClock = (): Clock => {
  const RealDate = Date;
  const now = RealDate.now.bind(RealDate);
  const elapsed = performance.now.bind(performance);
  let offset_ms = 0;
  const moved = (): number => now() + offset_ms;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, made) =>
      Reflect.construct(target, args.length === 0 ? [moved()] : args, made) as Date,
    get: (target, key) => (key === 'now' ? moved : Reflect.get(target, key)),
  });
  performance.now = () => elapsed() + offset_ms;
  return {
    set: (instant_ms) => {
      offset_ms = Math.round(instant_ms - now());
    },
    pass: (seconds) => {
      offset_ms += Math.round(seconds * MILLIS);
    },
  };
};
