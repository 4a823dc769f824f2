// How credentials look: names of attributes that hold them, and the shapes of the values themselves, as data.

/** One kind of credential by the shape of its value; the pattern matches the credential alone, globally. */
export interface SecretShape {
  readonly kind: string;
  readonly pattern: RegExp;
}

/**
 * Last words of an attribute's key whose value is a credential. Counts (`input_tokens`), token types and
 * ids are not.
 */
export const SECRET_KEY =
  /(^|[._-])(password|passwd|passphrase|pwd|secret|client[._-]?secret|api[._-]?key|apikey|access[._-]?key|secret[._-]?(access[._-]?)?key|private[._-]?key|(access|refresh|id|auth|bearer|session|security|api)[._-]?token|token|authorization|proxy[._-]authorization|cookie|set[._-]cookie|x[._-]api[._-]key|credentials?|connection[._-]?string|dsn)$/i;

/** Shapes of values, the most telling first. */
export const SECRET_SHAPES: readonly SecretShape[] = [
  {
    kind: 'private_key',
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  { kind: 'jwt', pattern: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3}/g },
  {
    kind: 'http_auth',
    pattern: /(?<=\b(?:Bearer|Basic|DPoP)\s{1,3})(?!fp_)[A-Za-z0-9._~+/=-]{8,}/gi,
  },
  { kind: 'aws_access_key', pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b/g },
  {
    kind: 'github_token',
    pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})/g,
  },
  { kind: 'gitlab_token', pattern: /\bgl(?:pat|ptt|rt|dt)-[A-Za-z0-9_-]{20,}/g },
  { kind: 'slack_token', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g },
  { kind: 'google_api_key', pattern: /\bAIza[0-9A-Za-z_-]{35}/g },
  { kind: 'google_oauth_token', pattern: /\bya29\.[0-9A-Za-z_-]{20,}/g },
  { kind: 'model_api_key', pattern: /\bsk-[A-Za-z0-9_-]{20,}/g },
  { kind: 'payment_key', pattern: /\b(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{16,}/g },
  { kind: 'npm_token', pattern: /\bnpm_[A-Za-z0-9]{30,}/g },
  { kind: 'webhook_url', pattern: /\bhttps:\/\/hooks\.[a-z.]+\/services\/[A-Za-z0-9/]{20,}/g },
  { kind: 'url_password', pattern: /(?<=:\/\/[^\s/:@]{0,100}:)(?!\[fp_)[^\s/@]{1,200}(?=@)/g },
  {
    kind: 'assignment',
    pattern:
      /(?<=\b(?:password|passwd|pwd|secret|client_secret|api_?key|access_?key|access_token|refresh_token|id_token|AccountKey|SharedAccessKey|sig)["']?\s{0,3}[=:]\s{0,3}["']?)(?!\[fp_)[^\s"'&;,}]{6,}/gi,
  },
];

/** Whether the value under this key is a credential whatever it looks like. */
export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key);

/** The text with each credential in it replaced by what `replacement` makes of it. */
export const replaceSecrets = (text: string, replacement: (secret: string) => string): string => {
  let clean = text;
  for (const { pattern } of SECRET_SHAPES) clean = clean.replace(pattern, replacement);
  return clean;
};
