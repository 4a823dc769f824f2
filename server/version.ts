// The version of this installation, from the package that it came in.
import { readFile } from 'node:fs/promises';

export const readVersion = async (): Promise<string> => {
  const text = await readFile(new URL('./package.json', import.meta.url), 'utf8');
  const told: unknown = JSON.parse(text);
  const has = typeof told === 'object' && told !== null && 'version' in told;
  return has && typeof told.version === 'string' ? told.version : 'unknown';
};
