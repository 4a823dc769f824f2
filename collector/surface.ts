// All that an agent holds at an instant, told as `surface_snapshot` spans of at most 500 permissions each.
import { ATTR, MAX_SURFACE_PERMISSIONS, SPAN } from './attributes.ts';
import { guard, report } from './guard.ts';
import { field, text, textField } from './read.ts';
import { redactText } from './redact.ts';
import { close, open } from './span.ts';
import type { HeldPermission, SurfaceOptions } from './types.ts';

/** As many as the server takes for one agent from one source; a longer list is cut, and said to be. */
const MAX_PERMISSIONS = 10_000;
/** Stands between permission and resource pattern, so neither may hold it. */
const SEPARATOR = '|';

const written = (held: unknown): string | undefined => {
  const permission = text(held) ?? textField(held, 'permission');
  if (permission === undefined) return undefined;
  if (typeof held === 'string' && permission.includes(SEPARATOR)) {
    const at = permission.indexOf(SEPARATOR);
    return `${redactText(permission.slice(0, at))}${redactText(permission.slice(at))}`;
  }
  // Each by itself, as a decision or a use tells it: what is hidden of one name must be the same everywhere.
  const name = redactText(permission.replaceAll(SEPARATOR, '_'));
  return `${name}${SEPARATOR}${redactText(textField(held, 'resource_pattern') ?? '*')}`;
};

/**
 * Records that these permissions, and no others, are held now by the agent of the task (or of `options`),
 * as far as `source` knows. An empty list says that nothing is held. Never throws.
 */
export const surface = (permissions: Iterable<HeldPermission>, options: SurfaceOptions): void =>
  guard(
    'recording a surface',
    () => {
      const held = new Set<string>();
      let read = 0;
      for (const permission of permissions) {
        if (read === MAX_PERMISSIONS) {
          report(`a surface was cut to ${MAX_PERMISSIONS} permissions`);
          break;
        }
        read += 1;
        const line = written(permission);
        if (line !== undefined) held.add(line);
      }
      const all = [...held].sort();
      const parts = Math.max(1, Math.ceil(all.length / MAX_SURFACE_PERMISSIONS));
      const agent = textField(options, 'agent');
      for (let part = 1; part <= parts; part += 1) {
        const from = (part - 1) * MAX_SURFACE_PERMISSIONS;
        const draft = {
          [ATTR.surface_permissions]: all.slice(from, from + MAX_SURFACE_PERMISSIONS),
          [ATTR.surface_source]: text(field(options, 'source')) ?? 'config',
          [ATTR.surface_part]: part,
          [ATTR.surface_parts]: parts,
        };
        close(open(SPAN.surface_snapshot, draft, { agent }));
      }
    },
    undefined,
  );
