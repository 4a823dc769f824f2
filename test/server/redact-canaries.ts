// Planted credentials of many kinds: each a text that an agent might send and the secret in it that must never be kept.
import { randomBytes } from 'node:crypto';

export interface Canary {
  kind: string;
  /** What is sent. */
  text: string;
  /** What must stand nowhere afterwards, as it is and in the encoding that it was sent in. */
  secrets: string[];
}

const hex = (length: number): string => randomBytes(length).toString('hex').slice(0, length);
const letters = (length: number, alphabet: string): string =>
  Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length] ?? '').join('');
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const DIGITS = '0123456789';
const base62 = (length: number): string => letters(length, UPPER + UPPER.toLowerCase() + DIGITS);
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Each kind: the secret, and the text around it. */
const KINDS: Record<string, () => [secret: string, text?: (secret: string) => string]> = {
  jwt: () => [`${part({ alg: 'RS256', kid: hex(8) })}.${part({ sub: hex(9) })}.${base62(43)}`],
  bearer: () => [base62(32), (s) => `Authorization: Bearer ${s}`],
  basic: () => [
    Buffer.from(`user:${base62(12)}`).toString('base64'),
    (s) => `Authorization: Basic ${s}`,
  ],
  aws_access_key: () => [`AKIA${letters(16, UPPER + DIGITS)}`],
  aws_secret_key: () => [base62(40), (s) => `aws_secret_access_key = ${s}`],
  aws_session: () => [`IQoJb3JpZ2luX2VjE${base62(80)}`],
  azure_storage: () => [`${base62(86)}==`, (s) => `AccountName=a;AccountKey=${s};EndpointSuffix=x`],
  azure_signature: () => [
    base62(43),
    (s) => `https://a.blob.core.windows.net/c?sv=2022&sig=${s}&se=2030`,
  ],
  azure_client_secret: () => [`abc8Q~${base62(34)}`],
  google_api_key: () => [`AIza${base62(35)}`],
  google_oauth: () => [`ya29.${base62(60)}`],
  google_client_secret: () => [`GOCSPX-${base62(28)}`],
  gcp_service_account: () => [
    base62(64),
    (s) =>
      JSON.stringify({
        private_key: `-----BEGIN PRIVATE KEY-----\n${s}\n-----END PRIVATE KEY-----\n`,
      }),
  ],
  private_key: () => [
    base62(64),
    (s) => `-----BEGIN RSA PRIVATE KEY-----\n${s}\n-----END RSA PRIVATE KEY-----`,
  ],
  openssh_key: () => [base62(70), (s) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${s}`],
  github: () => [`ghp_${base62(36)}`],
  github_app: () => [`ghs_${base62(36)}`, (s) => `https://x-access-token:${s}@github.com/a/b.git`],
  github_pat: () => [`github_pat_${base62(22)}_${base62(59)}`],
  gitlab: () => [`glpat-${base62(20)}`],
  slack_bot: () => [
    `xoxb-${letters(12, DIGITS)}-${letters(12, DIGITS)}-${base62(24)}`,
    (s) => `(${s})`,
  ],
  slack_app: () => [`xapp-1-A${base62(10)}-${base62(40)}`],
  slack_webhook: () => [
    `T${base62(8)}/B${base62(8)}/${base62(24)}`,
    (s) => `https://hooks.slack.com/services/${s}`,
  ],
  stripe: () => [`sk_live_${base62(24)}`],
  stripe_webhook: () => [`whsec_${base62(32)}`],
  openai: () => [`sk-proj-${base62(48)}`],
  anthropic: () => [`sk-ant-api03-${base62(80)}`],
  groq: () => [`gsk_${base62(52)}`],
  hugging_face: () => [`hf_${base62(34)}`],
  npm: () => [`npm_${base62(36)}`],
  pypi: () => [`pypi-AgEIcHlwaS5vcmc${base62(60)}`],
  docker: () => [`dckr_pat_${base62(27)}`],
  vault: () => [`hvs.${base62(24)}`],
  digitalocean: () => [`dop_v1_${hex(64)}`],
  databricks: () => [`dapi${hex(32)}`],
  atlassian: () => [`ATATT3xFfGF0${base62(60)}`],
  shopify: () => [`shpat_${hex(32)}`],
  sendgrid: () => [`SG.${base62(22)}.${base62(43)}`],
  mailgun: () => [`key-${hex(32)}`],
  mailchimp: () => [`${hex(32)}-us12`],
  twilio: () => [`SK${hex(32)}`],
  telegram: () => [`${letters(9, '123456789')}:AA${base62(33)}`],
  linear: () => [`lin_api_${base62(40)}`],
  grafana: () => [`glsa_${base62(32)}_${hex(8)}`],
  postgres_url: () => [base62(16), (s) => `postgres://app:${s}@db.internal:5432/app`],
  mongodb_url: () => [base62(16), (s) => `mongodb+srv://root:${s}@cluster.example.net/`],
  redis_url: () => [base62(16), (s) => `redis://:${s}@cache:6379/0`],
  sql_connection: () => [base62(12), (s) => `Server=db;User Id=sa;Password=${s};Encrypt=true`],
  password: () => [base62(10), (s) => `the password: ${s}`],
  form: () => [base62(24), (s) => `grant_type=client_credentials&client_secret=${s}`],
  refresh_token: () => [`${base62(39)}7`, (s) => JSON.stringify({ refresh_token: s })],
  api_key_header: () => [base62(24), (s) => `x-api-key: ${s}`],
  cookie: () => [base62(24), (s) => `Cookie: session=${s}; theme=dark`],
  curl: () => [base62(12), (s) => `curl -u admin:${s} https://example.com`],
  footprint: () => [`fp_admin_${base62(43)}`],
};

/** How a credential's text may be wrapped on its way. */
const WRAPS: Record<string, (text: string) => { text: string; encoded?: string }> = {
  plain: (text) => ({ text }),
  'in a sentence': (text) => ({ text: `I called it with ${text} and it answered 200` }),
  'in JSON': (text) => ({ text: JSON.stringify({ args: { header: text }, n: 1 }) }),
  'in JSON in JSON': (text) => ({
    text: JSON.stringify({ body: JSON.stringify({ inner: [text] }) }),
  }),
  'in a URL': (text) => {
    const encoded = encodeURIComponent(text);
    return { text: `https://example.com/callback?x=${encoded}&y=1`, encoded };
  },
  'in base64': (text) => {
    const encoded = Buffer.from(text).toString('base64');
    return { text: `payload ${encoded}`, encoded };
  },
  'in URL-safe base64 in JSON': (text) => {
    const encoded = Buffer.from(`{"v":${JSON.stringify(text)}}`).toString('base64url');
    return { text: JSON.stringify({ data: encoded }), encoded };
  },
};

export const CANARY_KINDS = Object.keys(KINDS);
export const CANARY_WRAPS = Object.keys(WRAPS);

/** So many canaries, kinds and wraps in turn, no two alike. */
export const canaries = (count: number): Canary[] => {
  return Array.from({ length: count }, (_, i) => {
    const kind = CANARY_KINDS[i % CANARY_KINDS.length] ?? '';
    const turn = i + Math.floor(i / CANARY_KINDS.length);
    const wrap = CANARY_WRAPS[turn % CANARY_WRAPS.length] ?? '';
    const [secret = '', around = (text: string) => text] = KINDS[kind]?.() ?? [];
    const { text, encoded } = WRAPS[wrap]?.(around(secret)) ?? { text: '' };
    const secrets = encoded === undefined ? [secret] : [secret, encoded];
    return { kind: `${kind} ${wrap}`, text, secrets };
  });
};
