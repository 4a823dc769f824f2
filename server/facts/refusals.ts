// How an action says itself that it was refused.

/** Status of HTTP that refuses what was asked of a known caller; 401 only says that the caller is not known. */
export const FORBIDDEN_STATUS = 403;

/** Values of `error.type` that mean a refusal, in lower case without separators. */
const REFUSALS: ReadonlySet<string> = new Set([
  '403',
  'forbidden',
  'forbiddenerror',
  'forbiddenexception',
  'permissiondenied',
  'permissiondeniederror',
  'permissiondeniedexception',
  'accessdenied',
  'accessdeniederror',
  'accessdeniedexception',
  'accessdeniedfault',
  'notauthorized',
  'notauthorizedexception',
  'unauthorizedoperation',
  'authorizationerror',
  'authorizationfailed',
  'insufficientscope',
  'insufficientpermissions',
  'insufficientprivilege',
  'policydenied',
  'policyviolation',
  'eacces',
  'eperm',
]);

/** Whether an `error.type` names a refusal, however its words are joined and whatever package stands before it. */
export const isRefusal = (errorType: string): boolean => {
  const last = errorType.slice(
    Math.max(errorType.lastIndexOf('.'), errorType.lastIndexOf(':')) + 1,
  );
  return REFUSALS.has(last.replace(/[\s_-]/g, '').toLowerCase());
};
