// Addresses inside the dashboard and of its API.
import { describe, expect, it } from 'vitest';
import { apiAddress } from '../../web/lib/api.ts';
import { importCommand, putCommand, shellWord } from '../../web/lib/how-to-grant.ts';
import {
  address,
  agentPath,
  changed,
  kept,
  nameFromPath,
  nameInPath,
} from '../../web/lib/search.ts';

const search = (text: string) => new URLSearchParams(text);

describe('the state in the address', () => {
  it('changes one parameter and leaves the others', () => {
    expect(changed(search('env=production&sort=used'), { sort: '-used' })).toBe(
      '?env=production&sort=-used',
    );
  });

  it('drops what is null or empty, and the question mark with the last', () => {
    expect(changed(search('q=x'), { q: '' })).toBe('');
    expect(changed(search('q=x&tab=drift'), { q: null })).toBe('?tab=drift');
  });

  it('carries environment, range and zone from page to page, and nothing else', () => {
    const now = search('env=a&from=now-7d&to=now&tz=utc&sort=used&q=x');
    expect(kept(now).toString()).toBe('env=a&from=now-7d&to=now&tz=utc');
    expect(address('/tokens', now, { show: 'no_end', env: null })).toBe(
      '/tokens?from=now-7d&to=now&tz=utc&show=no_end',
    );
  });
});

describe('a name in a path', () => {
  const names = [
    'procurement',
    'a/b',
    '..',
    '.',
    '100%',
    '%2F',
    'a?b#c',
    'spiffe://corp/agent',
    'back\\slash',
    'ünï \u202e',
    'a+b c',
  ];

  it.each(names)('comes back as it was: %j', (name) => {
    const path = agentPath(name);
    const url = new URL(path, 'http://localhost');
    expect(url.pathname.split('/')).toHaveLength(3);
    const parameter = decodeURIComponent(url.pathname.split('/')[2] ?? '');
    expect(nameFromPath(parameter)).toBe(name);
  });

  it.each(names)('holds no encoded slash, which servers refuse: %j', (name) => {
    expect(nameInPath(name)).not.toMatch(/%2f|%5c|\\|\//i);
  });

  it('survives text that is no well-formed Unicode and paths that nobody encoded', () => {
    expect(() => nameInPath('\ud800')).not.toThrow();
    expect(nameFromPath('50%')).toBe('50%');
  });
});

describe('an address of the API', () => {
  it('fills the path, repeats lists, and leaves out what is null', () => {
    const params = {
      agent: 'a/b c',
      environment: null,
      since: '2026-11-22T00:00:00Z',
      effect: ['deny', 'error'],
      granted: true,
    };
    expect(apiAddress('/agents/{agent}/surface', params)).toBe(
      '/api/v1/agents/a%2Fb%20c/surface?since=2026-11-22T00%3A00%3A00Z&effect=deny&effect=error&granted=true',
    );
  });

  it('takes a name for a name even where it looks like a placeholder', () => {
    expect(apiAddress('/agents/{agent}/drift', { agent: '$&{agent}' })).toBe(
      '/api/v1/agents/%24%26%7Bagent%7D/drift',
    );
  });
});

describe('commands to paste', () => {
  it('quote what a shell would run', () => {
    expect(shellWord('role-1')).toBe('role-1');
    expect(shellWord("a'; rm -rf ~ #")).toBe(`'a'\\''; rm -rf ~ #'`);
    expect(importCommand('a b', 'default')).toBe(
      "footprint grants import json --agent 'a b' --environment default grants.json",
    );
    expect(importCommand('$(id)', '`id`')).toContain("'$(id)' --environment '`id`'");
  });

  it('hold JSON that the API reads', () => {
    const command = putCommand('http://127.0.0.1:4318', "it's/me", 'o"r');
    expect(command).toContain("it'\\''s%2Fme/grants'");
    const body = /-d '([^']*)'/.exec(command)?.[1] ?? '';
    expect(JSON.parse(body)).toEqual({
      environment: 'o"r',
      source: 'role buyer',
      permissions: [{ permission: 'tool:write_file' }],
    });
  });
});
