// Reading texts and lists of an application's: no credential becomes unrecognizable because a text was cut or split.
import { describe, expect, it } from 'vitest';
import { MAX_TEXT_CHARS, text, texts } from '../../collector/read.ts';

describe('a list of scopes in one text', () => {
  it.each([
    ['mail:send  calendar:read', ['mail:send', 'calendar:read']],
    ['password:reset secret:read mail:send', ['password:reset', 'secret:read', 'mail:send']],
    ['', []],
  ])('is split at spaces: %s', (told, scopes) => {
    expect(texts(told)).toEqual(scopes);
  });

  it.each([
    'Authorization: Bearer abcdef0123456789',
    'mail:send password: hunter22 calendar:read',
    'x-api-key: abcdef0123456789',
    'a b -----BEGIN PRIVATE KEY----- abcdef0123456789',
  ])('holds no credential that its parts would not tell: %s', (told) => {
    const scopes = texts(told)?.join(' ');
    expect(scopes).toMatch(/\[fp_[0-9a-f]{32}\]/);
    expect(scopes).not.toMatch(/abcdef0123456789|hunter22/);
    expect(scopes?.includes('mail:send')).toBe(told.includes('mail:send'));
  });
});

describe('a long text', () => {
  it('is cut, and a credential that stands across the cut is gone before', () => {
    expect(text('a'.repeat(2 * MAX_TEXT_CHARS))).toBe('a'.repeat(MAX_TEXT_CHARS));
    const token = `ghp_${'Ab1'.repeat(12)}`;
    const cut = text(`${' '.repeat(MAX_TEXT_CHARS - 30)}${token}`);
    expect(cut).toHaveLength(MAX_TEXT_CHARS);
    expect(cut).not.toContain('ghp_');
  });
});
