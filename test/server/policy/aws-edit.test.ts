// Present IAM policies: changed in place, then asked of iam-simulate.
import { describe, expect, it } from 'vitest';
import { policyOutput } from '../../../server/policy/formats.ts';
import type { PolicyInput } from '../../../server/policy/types.ts';
import { installed } from '../../collector/integrations/engines.ts';
import { awsAllows } from './aws.ts';
import { deskInput, taken } from './edits.ts';

const PRESENT = `{
    "Version": "2012-10-17",
    "Statement": [
        { "Sid": "Objects", "Effect": "Allow", "Action": ["s3:GetObject", "s3:DeleteObject", "s3:PutObject"], "Resource": "arn:aws:s3:::b/*" },
        {
            "Sid": "Queues", "Effect": "Allow",
            "Action": "sqs:*",
            "Resource": "*"
        }
    ]
}
`;
const ASKED = [
  's3:GetObject',
  's3:PutObject',
  's3:DeleteObject',
  'sqs:SendMessage',
  'sqs:DeleteQueue',
];

const changed = async (input: PolicyInput, text = PRESENT) =>
  policyOutput('aws', input, { name: 'desk.json', text });

const allowed = async (text: string, key = 'k'): Promise<string[]> => {
  const answers = await Promise.all(
    ASKED.map((action) =>
      awsAllows(
        [text],
        action,
        action.startsWith('s3') ? `arn:aws:s3:::b/${key}` : 'arn:aws:sqs:eu-west-1:123456789012:q',
      ),
    ),
  );
  return ASKED.filter((_, at) => answers[at]);
};

describe.skipIf(!installed)('present aws (skipped without test/engines/policy)', () => {
  it('loses an action and keeps its order and spaces', async () => {
    const out = await changed(deskInput(['aws:s3:GetObject'], ['aws:s3:DeleteObject']));
    expect(await allowed(PRESENT)).toEqual(ASKED);
    expect(await allowed(out.files[0]?.text ?? '')).toEqual(
      ASKED.filter((action) => action !== 's3:DeleteObject'),
    );
    expect(out.diff).toMatchSnapshot();
  });

  it('denies what a wildcard grants too', async () => {
    const out = await changed(deskInput(['aws:sqs:SendMessage'], ['aws:sqs:DeleteQueue']));
    expect(await allowed(out.files[0]?.text ?? '')).toEqual(ASKED.slice(0, 4));
    expect(out.notes[0]).toContain('a Deny takes these out');
  });

  it('narrows a wildcard to what stays', async () => {
    const out = await changed(deskInput(['aws:sqs:SendMessage'], ['aws:sqs:*']));
    expect(await allowed(out.files[0]?.text ?? '')).toEqual(ASKED.slice(0, 4));
    expect(out.files[0]?.text).toContain('"Action": "sqs:SendMessage"');
  });

  it('narrows to a resource', async () => {
    const kept = { permission: 'aws:s3:DeleteObject', resource_pattern: 'arn:aws:s3:::b/tmp/*' };
    const out = await changed(deskInput([kept], [taken('aws:s3:DeleteObject')]));
    const text = out.files[0]?.text ?? '';
    expect(await allowed(text, 'k')).not.toContain('s3:DeleteObject');
    expect(await allowed(text, 'tmp/k')).toContain('s3:DeleteObject');
  });

  it('denies on one resource what stays on others', async () => {
    const change = taken('aws:s3:PutObject', 'arn:aws:s3:::b/secret/*');
    const text = (await changed(deskInput(['aws:s3:PutObject'], [change]))).files[0]?.text ?? '';
    expect(await allowed(text, 'secret/x')).not.toContain('s3:PutObject');
    expect(await allowed(text, 'k')).toContain('s3:PutObject');
  });

  it('denies beside NotAction, which tells only what it does not mean', async () => {
    const present =
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}';
    const out = await changed(deskInput([], ['aws:s3:DeleteObject']), present);
    expect(await allowed(out.files[0]?.text ?? '')).not.toContain('s3:DeleteObject');
    expect(await allowed(out.files[0]?.text ?? '')).toContain('s3:GetObject');
  });

  it.each([
    ['no JSON', '{"Statement": ['],
    ['same key twice', '{"Statement":[],"Statement":[{"Effect":"Allow"}]}'],
    [
      'policy of a resource',
      '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}',
    ],
  ])('is refused, and written anew, for %s', async (why, text) => {
    const out = await changed(deskInput(['aws:s3:GetObject'], ['aws:s3:DeleteObject']), text);
    expect(out.diff).toBeNull();
    expect(out.notes[0]).toContain(why);
    expect(out.files.map(({ name }) => name)).toEqual(['policy.json']);
  });
});
