// Names of permissions that look like an assignment of a credential (`password:reset`), and are none.

/**
 * A whole text `system:action`, behind the verb of a span's name, or with a resource pattern behind `|` where a surface
 * tells one; no digit in the action.
 */
const NAME =
  /^(?:(?:authorize|request_approval|execute_tool) )?[A-Za-z][\w.-]{0,100}:([A-Za-z][A-Za-z_.:*-]{0,60})(?:\|[^\s"']{0,1000})?$/;

/** What is done to a thing. A password that is one of these words, written behind `password:` and alone, is not told from it. */
const VERBS = new Set(
  (
    'accept add admin administer append approve archive assign assume attach audit authorize block browse ' +
    'cancel change charge check clear close copy count create decrypt delegate delete deploy deny describe ' +
    'destroy detach disable download drop edit enable encrypt erase exchange execute expire export fetch find ' +
    'forward generate get grant impersonate import insert inspect introspect invalidate invite invoke issue kill ' +
    'link list lock lookup manage merge modify move notify open patch pay post publish purge put query read ' +
    'readonly refresh refund regenerate register reject remove rename renew replace reply request reset restore ' +
    'retrieve reveal revoke rollback rotate run save search send set share show sign spawn store submit sync ' +
    'terminate transfer truncate unblock unlink unlock update upload upsert use validate verify view wipe write'
  ).split(' '),
);

/** Whether the whole text is the name of a permission: then `system:` before its action assigns nothing. */
export const isPermissionName = (text: string): boolean => {
  const action = NAME.exec(text)?.[1];
  if (action === undefined) return false;
  const words = action
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  return action === '*' || words.some((word) => VERBS.has(word));
};
