// The shapes of credentials, as data: sources are their issuers' documents and the rule sets of public secret scanners.

/** One kind of credential by the shape of its value. */
export interface SecretShape {
  readonly kind: string;
  /** One of these stands in every match, letter case aside: whoever finds none need not try the pattern. */
  readonly anchors: readonly string[];
  /** Global. Group 1, where there is one, stands before the credential and is kept. */
  readonly pattern: RegExp;
}

/** A token with a prefix of its own: `prefix` as a pattern, then so many characters of `alphabet` or more. */
const prefixed = (
  kind: string,
  anchors: readonly string[],
  prefix: string,
  least: number,
  alphabet = 'A-Za-z0-9_-',
): SecretShape => ({
  kind,
  anchors,
  pattern: new RegExp(`(?<![A-Za-z0-9])(?:${prefix})[${alphabet}]{${String(least)},}`, 'g'),
});

/** Between a name and its value: quotes, escaped ones of JSON in JSON too, around `=` or `:`. */
const ASSIGNED = String.raw`["'\\]{0,8}\s{0,3}(?:=>|[=:])\s{0,3}["'\\]{0,8}`;

/** Credentials told by words around them. */
const IN_CONTEXT: readonly SecretShape[] = [
  {
    kind: 'private_key',
    anchors: ['-----begin'],
    pattern:
      /-----BEGIN[A-Z0-9 +]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END[A-Z0-9 +]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/gi,
  },
  {
    kind: 'putty_private_key',
    anchors: ['private-lines:'],
    pattern: /(Private-Lines:\s?)[\s\S]*/g,
  },
  {
    kind: 'http_auth',
    anchors: ['bearer', 'basic', 'dpop', 'digest'],
    pattern:
      /(\b(?:bearer|basic|dpop|digest)[\s+:]{1,3})(?=[\w.~+/=-]{0,20}\d|[\w.~+/=-]{20}|[\w.~+/-]{0,20}=)[\w.~+/=-]{8,}/gi,
  },
  {
    kind: 'url_password',
    anchors: ['://', ':\\/'],
    pattern: /(:(?:\\*\/){2}[^\s/:@"'\\]{0,100}:)[^\s/@"'\\]{1,300}(?=@)/g,
  },
  {
    kind: 'url_token',
    anchors: ['://', ':\\/'],
    pattern: /(:(?:\\*\/){2})[^\s/:@"'\\?#]{16,300}(?=@)/g,
  },
  {
    kind: 'assigned_password',
    anchors: ['password', 'passwd', 'passphrase', 'pwd', 'secret', 'accountkey', 'accesskey'],
    pattern: new RegExp(
      `((?:password|passwd|passphrase|pwd|secret(?:[_-]?(?:access[_-]?)?key)?|accountkey|sharedaccesskey)${ASSIGNED})[^\\s"'\\\\&;,{}\\[\\]<>]{4,}`,
      'gi',
    ),
  },
  {
    kind: 'assigned_key',
    anchors: ['key'],
    pattern: new RegExp(
      `((?:api|access|private|auth|account|signing|encryption|subscription)[_.-]?key${ASSIGNED})[^\\s"'\\\\&;,{}\\[\\]<>]{6,}`,
      'gi',
    ),
  },
  {
    kind: 'assigned_token',
    anchors: ['token', 'authorization', 'jwt', 'code='],
    pattern: new RegExp(
      `((?:token|authorization|jwt|[?&]code)${ASSIGNED})(?=[^\\s"'\\\\&;,{}]{0,200}\\d)[^\\s"'\\\\&;,{}\\[\\]<>]{8,}`,
      'gi',
    ),
  },
  {
    kind: 'url_signature',
    anchors: ['sig=', 'signature='],
    pattern: /((?:[?&]sig|signature)=)[A-Za-z0-9%+/=_-]{16,}/gi,
  },
  {
    kind: 'cookie',
    anchors: ['cookie'],
    pattern: /(cookie["'\\]{0,8}\s{0,3}[:=]\s{0,3}["'\\]{0,8})[^\s"'\\=;]{1,100}=[^\r\n"'\\]{4,}/gi,
  },
  {
    kind: 'session_id',
    anchors: ['sessid', 'connect.sid', 'sessionid'],
    pattern: /((?:phpsessid|jsessionid|sessid|connect\.sid|sessionid)=)[^\s"'\\;&]{8,}/gi,
  },
  {
    kind: 'netrc',
    anchors: ['login '],
    pattern: /(login\s+\S{1,100}\s+password\s+)\S{3,}/g,
  },
  {
    kind: 'command_line_password',
    anchors: ['--password', '--token', '-u '],
    pattern: /((?:--(?:password|token)\s+|\s-u\s+[^\s:]{1,100}:))[^\s"'\\]{4,}/g,
  },
];

/** Credentials told by a shape of their own. */
const BY_SHAPE: readonly SecretShape[] = [
  {
    // A word that runs into it is taken too: to look for `eyJ` inside of one word again and again takes long.
    kind: 'jwt',
    anchors: ['eyj'],
    pattern: /(?<![\w-])(?=[\w-]*?eyJ[\w-]{8})[\w-]{11,}\.[\w-]{8,}(?:\.[\w-]*){0,3}/g,
  },
  prefixed('aws_access_key', ['akia', 'asia', 'abia', 'acca'], 'AKIA|ASIA|ABIA|ACCA', 16, '0-9A-Z'),
  prefixed(
    'aws_session_token',
    ['iqojb3jpz2lu', 'fwogzxivyxdz'],
    'IQoJb3JpZ2lu|FwoGZXIvYXdz',
    20,
    'A-Za-z0-9+/=%',
  ),
  prefixed(
    'github_token',
    ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'],
    'gh[pousr]_',
    20,
    'A-Za-z0-9_',
  ),
  prefixed('github_fine_grained_token', ['github_pat_'], 'github_pat_', 20),
  prefixed(
    'gitlab_token',
    ['glpat-', 'glptt-', 'glrt-', 'gldt-', 'glcbt-', 'glsoat-'],
    'gl(?:pat|ptt|rt|dt|cbt|soat)-',
    16,
  ),
  prefixed(
    'slack_token',
    ['xoxa-', 'xoxb-', 'xoxe', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xoxc-', 'xoxd-'],
    'xox[a-eoprs][.-]',
    10,
    'A-Za-z0-9.%_-',
  ),
  prefixed('slack_app_token', ['xapp-'], 'xapp-', 10),
  prefixed('google_api_key', ['aiza'], 'AIza', 30),
  prefixed('google_oauth_token', ['ya29.'], 'ya29\\.', 16),
  prefixed('google_client_secret', ['gocspx-'], 'GOCSPX-', 20),
  prefixed('google_refresh_token', ['1//0'], '1//0', 20),
  {
    kind: 'azure_client_secret',
    anchors: ['q~'],
    pattern: /(?<![A-Za-z0-9])[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{30,36}/g,
  },
  prefixed('model_api_key', ['sk-'], 'sk-', 16),
  prefixed('groq_key', ['gsk_'], 'gsk_', 20),
  prefixed('perplexity_key', ['pplx-'], 'pplx-', 20),
  prefixed('xai_key', ['xai-'], 'xai-', 30),
  prefixed('hugging_face_token', ['hf_', 'api_org_'], 'hf_|api_org_', 20),
  prefixed('replicate_token', ['r8_'], 'r8_', 20),
  prefixed('langsmith_key', ['lsv2_'], 'lsv2_(?:pt|sk)_', 20),
  prefixed('tavily_key', ['tvly-'], 'tvly-', 16),
  prefixed(
    'stripe_key',
    ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'],
    '[sr]k_(?:live|test)_',
    16,
  ),
  prefixed('stripe_webhook_secret', ['whsec_'], 'whsec_', 16, 'A-Za-z0-9+/='),
  prefixed('square_token', ['sq0atp-', 'sq0csp-'], 'sq0(?:atp|csp)-', 20),
  prefixed('shopify_token', ['shpat_', 'shpss_', 'shpca_', 'shppa_'], 'shp(?:at|ss|ca|pa)_', 20),
  prefixed('npm_token', ['npm_'], 'npm_', 20),
  prefixed('pypi_token', ['pypi-ageic'], 'pypi-AgEIc', 20),
  prefixed('rubygems_token', ['rubygems_'], 'rubygems_', 20),
  prefixed('docker_token', ['dckr_pat_', 'dckr_oat_'], 'dckr_[po]at_', 16),
  prefixed('vault_token', ['hvs.', 'hvb.', 'hvr.'], 'hv[sbr]\\.', 20),
  {
    kind: 'terraform_token',
    anchors: ['.atlasv1.'],
    pattern: /(?<![A-Za-z0-9])[A-Za-z0-9]{10,20}\.atlasv1\.[A-Za-z0-9_-]{30,}/g,
  },
  prefixed('pulumi_token', ['pul-'], 'pul-', 30, '0-9a-f'),
  prefixed(
    'doppler_token',
    ['dp.pt.', 'dp.st.', 'dp.sa.'],
    'dp\\.(?:pt|st|sa)\\.',
    20,
    'A-Za-z0-9._',
  ),
  prefixed('digitalocean_token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], 'do[opr]_v1_', 30),
  prefixed('databricks_token', ['dapi'], 'dapi', 32, '0-9a-f-'),
  prefixed(
    'atlassian_token',
    ['atatt3', 'atctt3', 'atbb'],
    'AT(?:A|C)TT3|ATBB',
    20,
    'A-Za-z0-9_=-',
  ),
  prefixed('linear_key', ['lin_api_', 'lin_oauth_'], 'lin_(?:api|oauth)_', 20),
  prefixed('notion_token', ['ntn_', 'secret_'], 'ntn_|secret_', 36),
  prefixed('figma_token', ['figd_'], 'figd_', 20),
  prefixed('postman_key', ['pmak-'], 'PMAK-', 24),
  prefixed('new_relic_key', ['nrak-', 'nrjs-'], 'NRAK-|NRJS-', 16),
  prefixed('grafana_token', ['glsa_', 'glc_'], 'glsa_|glc_', 20, 'A-Za-z0-9_+/='),
  prefixed('sentry_token', ['sntrys_', 'sntryu_'], 'sntry[su]_', 20, 'A-Za-z0-9_+/=-'),
  prefixed('dynatrace_token', ['dt0c01.', 'dt0s16.'], 'dt0[cs]\\d\\d\\.', 20, 'A-Za-z0-9._'),
  prefixed('planetscale_token', ['pscale_'], 'pscale_(?:tkn|pw|oauth)_', 20, 'A-Za-z0-9_.=-'),
  prefixed('supabase_key', ['sbp_', 'sb_secret_'], 'sbp_|sb_secret_', 20),
  prefixed('fly_token', ['fm2_', 'fo1_'], 'fm2_|fo1_', 30, 'A-Za-z0-9_+/=-'),
  prefixed('sendgrid_key', ['sg.'], 'SG\\.[A-Za-z0-9_-]{16,}\\.', 16),
  prefixed('mailgun_key', ['key-'], 'key-', 32, '0-9a-f'),
  {
    kind: 'mailchimp_key',
    anchors: ['-us'],
    pattern: /(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}(?!\d)/g,
  },
  {
    kind: 'twilio_key',
    anchors: [...'0123456789abcdef'].map((digit) => `sk${digit}`),
    pattern: /(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])/g,
  },
  {
    kind: 'telegram_token',
    anchors: [':aa'],
    pattern: /(?<!\d)\d{8,10}:AA[A-Za-z0-9_-]{30,}/g,
  },
  {
    kind: 'webhook_url',
    anchors: ['hooks.slack.com', 'webhook.office.com', '/api/webhooks/'],
    pattern:
      /((?:hooks\.slack\.com\\*\/(?:services|workflows)|webhook\.office\.com\\*\/webhookb2|discord(?:app)?\.com\\*\/api\\*\/webhooks)\\*\/)[^\s"'<>]{16,}/g,
  },
  prefixed('age_key', ['age-secret-key-'], 'AGE-SECRET-KEY-', 30),
  prefixed('one_password_token', ['ops_ey'], 'ops_ey', 30, 'A-Za-z0-9_=.-'),
  prefixed(
    'footprint_key',
    ['fp_ingest_', 'fp_read_', 'fp_admin_'],
    'fp_(?:ingest|read|admin)_',
    20,
  ),
];

/** Every shape, those told by their surroundings first. */
export const SECRET_SHAPES: readonly SecretShape[] = [...IN_CONTEXT, ...BY_SHAPE];
