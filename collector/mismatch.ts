// The one silent failure of OpenTelemetry's JavaScript API: a newer copy finds the SDK of an older one and records nothing.
import { trace } from '@opentelemetry/api';
import { guard } from './guard.ts';
import { field, textField } from './read.ts';

/** Where the API keeps what is registered; shared by every copy of the API of major version 1. */
const API_GLOBAL = Symbol.for('opentelemetry.js.api.1');

let looking = true;

/** The registered provider, whichever copy of the API registered it. */
export const registeredProvider = (): unknown =>
  field(Reflect.get(globalThis, API_GLOBAL), 'trace');

/** Whether this copy of the API can speak to what is registered: it hands out no-ops where that is older than itself. */
export const isMismatch = (provider: unknown): boolean =>
  provider !== undefined && provider !== trace.getTracerProvider();

/**
 * Says so, through the diagnostic logger that the other copy registered, since our own is as mute as our tracer,
 * and through Node's own warnings for those who registered none.
 */
export const tellMismatch = (): void =>
  guard(
    'telling of an API mismatch',
    () => {
      const registered: unknown = Reflect.get(globalThis, API_GLOBAL);
      const told =
        'footprint: the running OpenTelemetry SDK registered itself by @opentelemetry/api ' +
        `${textField(registered, 'version') ?? 'of another version'}, which is older than the copy that ` +
        'this package found; nothing is recorded. Make them one version (npm ls @opentelemetry/api).';
      const logger = field(registered, 'diag');
      const warn = field(logger, 'warn');
      if (typeof warn === 'function') warn.call(logger, told);
      process.emitWarning(told, { code: 'FOOTPRINT_API_MISMATCH' });
    },
    undefined,
  );

/** Looks once something is registered, and tells of a mismatch once; costs one property read until then. */
export const watchForMismatch = (): void => {
  if (!looking) return;
  const provider = registeredProvider();
  if (provider === undefined) return;
  looking = false;
  if (isMismatch(provider)) tellMismatch();
};
