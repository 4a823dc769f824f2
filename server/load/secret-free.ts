// Grants from elsewhere are kept as they are told, so what looks like a credential in them is refused, not masked.
import { secretRanges } from '../../collector/secrets.ts';
import { AppError } from '../errors.ts';
import type { ImportedGrants } from '../store/store.ts';

/** Throws AppError `bad_param`, which names the place and never the value. */
export const checkSecretFree = (grants: ImportedGrants): void => {
  const { environment, agent, source, source_ref, permissions } = grants;
  const check = (text: string, place: string): void => {
    if (secretRanges(text).length === 0) return;
    throw new AppError('bad_param', `${place} looks like a credential, which is never kept`);
  };
  for (const [place, text] of Object.entries({ environment, agent, source, source_ref }))
    check(text, place);
  for (const [i, held] of permissions.entries()) {
    check(held.permission, `permissions[${i}].permission`);
    check(held.resource_pattern, `permissions[${i}].resource_pattern`);
    check(held.source_ref ?? '', `permissions[${i}].source_ref`);
  }
};
