// Changes a present settings file of an MCP client in its own text: Claude Code's lists, and lists of each server's tools.
import { isRecord, openJson, record, textsOf } from './jsonc.ts';
import type { JsonFile } from './jsonc.ts';
import { ruleOf, serverTool } from './mcp.ts';
import type { ListName } from './mcp.ts';
import { covers, isPattern } from './pattern.ts';
import { names } from './say.ts';
import { leftOf } from './what_stays.ts';
import type { Left } from './what_stays.ts';
import type { Edit, Plan, PolicyFile } from './types.ts';

/** Where clients keep tools that run unasked. */
const SERVER_LISTS = ['alwaysAllow', 'autoApprove'] as const;
const SERVER_KEYS = ['mcpServers', 'servers'] as const;

export const editMcp = (plan: Plan, { text }: PolicyFile): Edit => {
  const file = openJson(text);
  if ('refused' in file) return file;
  const root = file.value();
  if (!isRecord(root)) return { refused: 'It is no settings file.' };
  const hasRules = isRecord(root['permissions']);
  if (!hasRules && !SERVER_KEYS.some((key) => isRecord(root[key])))
    return { refused: 'It has neither `permissions` nor servers.' };
  const notes = ['A client asks for what is in no list: what was taken out is asked for.'];
  for (const left of leftOf(plan)) {
    const refused =
      (hasRules ? editRules(file, left, plan, notes) : null) ?? editServers(file, left);
    if (refused !== null) return { refused };
  }
  if (record(root['permissions'])['defaultMode'] === 'bypassPermissions')
    notes.push(
      '`defaultMode` allows everything, whatever the lists say: what was taken out is denied.',
    );
  return file.edit(notes);
};

/** Whether a rule of `allow` covers another as Claude Code reads them; a specifier only narrows. */
const ruleCovers = (wide: string, narrow: string): boolean => {
  const [tool = ''] = narrow.split('(', 1);
  if (wide === narrow || wide === tool) return true;
  if (wide.includes('(')) return false;
  if (wide.includes('*')) return covers(wide, tool);
  return /^mcp__(?:(?!__).)+$/.test(wide) && tool.startsWith(`${wide}__`);
};

/** Changes the three lists; a text says why it cannot. */
const editRules = (file: JsonFile, left: Left, plan: Plan, notes: string[]): string | null => {
  const { change } = left;
  const rule = ruleOf({ ...change, resource_pattern: '*' });
  const told = names([change.permission]);
  if (rule === null || change.resource_pattern !== '*')
    return `No rule of this client says ${told} on its resource.`;
  const permissions = record(record(file.value())['permissions']);
  const allow = textsOf(permissions['allow'] ?? []);
  if (allow === null) return '`permissions.allow` is no list of rules.';
  const inside = allow.filter((one) => ruleCovers(rule, one));
  const wider = allow.filter((one) => !inside.includes(one) && ruleCovers(one, rule));
  const kept = left.kept.map((held) => ruleOf(held));
  const bound = left.bound.map((held) => ruleOf({ ...held, resource_pattern: '*' }));
  if (wider.length > 0 && kept.length > 0)
    return `The rule ${names(wider)} is wider than ${told}, and what stays of it cannot be told apart.`;
  if (kept.includes(null) || bound.includes(null)) return `No rule says what stays of ${told}.`;
  const stays = kept.filter((one) => one !== null);
  // What narrows a rule that stays is kept as it is.
  for (let at = allow.length - 1; at >= 0; at -= 1) {
    const one = allow[at] ?? '';
    if (inside.includes(one) && !stays.some((kept_rule) => ruleCovers(kept_rule, one)))
      file.remove(['permissions', 'allow', at]);
  }
  if (inside.length > 0)
    for (const one of stays) if (!allow.some((other) => one === other)) add(file, 'allow', one);
  for (const one of bound) if (one !== null) add(file, 'ask', one);
  const bypass = permissions['defaultMode'] === 'bypassPermissions';
  if ((wider.length > 0 || bypass) && stays.length === 0 && bound.length === 0) {
    add(file, 'deny', rule);
    if (wider.length > 0)
      notes.push(`The rule ${names(wider)} grants more than ${told} and stays; ${told} is denied.`);
  }
  if (plan.known.some((one) => isHeldAlike(one, rule, plan)))
    return `This client spells ${told} like another tool that is held.`;
  return null;
};

const isHeldAlike = (permission: string, rule: string, plan: Plan): boolean =>
  ruleOf({ permission, resource_pattern: '*' }) === rule &&
  plan.held.some((held) => covers(held.permission, permission)) &&
  !plan.changes.some((change) => covers(change.permission, permission));

const add = (file: JsonFile, list: ListName, rule: string): void => {
  const present = textsOf(record(record(file.value())['permissions'])[list] ?? []) ?? [];
  if (present.includes(rule)) return;
  if (present.length === 0) file.set(['permissions', list], [rule]);
  else file.push(['permissions', list], rule);
};

/** Takes tools out of what a server runs unasked. */
const editServers = (file: JsonFile, { change, kept }: Left): string | null => {
  const named = serverTool(change.permission);
  if (named === null) return null;
  for (const key of SERVER_KEYS)
    for (const [server, told] of Object.entries(record(record(file.value())[key])))
      for (const list of SERVER_LISTS) {
        if (!covers(named.server, server)) continue;
        const tools = textsOf(record(told)[list] ?? []) ?? [];
        if (tools.some((tool) => isPattern(tool)) && kept.length + tools.length > 0)
          return `\`${list}\` of ${names([server])} lets every tool run unasked; name them one by one.`;
        for (let at = tools.length - 1; at >= 0; at -= 1) {
          const permission = `mcp.${server}:${tools[at] ?? ''}`;
          if (
            covers(named.tool, tools[at] ?? '') &&
            !kept.some((held) => covers(held.permission, permission))
          )
            file.remove([key, server, list, at]);
        }
      }
  return null;
};
