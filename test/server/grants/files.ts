// Files of grants as people have them, each with secrets beside the permissions.

/** Must appear in nothing that is sent or printed. */
export const CANARIES = [
  'ghp_0123456789abcdefghijABCDEFGHIJ012345',
  'canary-header-value-7731',
  'canary-access-token-4410',
  'canary-external-id-9902',
];
const [token = '', header = '', access = '', external = ''] = CANARIES;

export const POLICY = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Ledger",
      "Effect": "Allow",
      "Action": ["s3:getobject", "s3:Put*"],
      "Resource": "arn:aws:s3:::ledger/*"
    },
    {
      "Effect": "Allow",
      "Action": "dynamodb:GetItem",
      "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/\${aws:username}",
      "Condition": { "StringEquals": { "sts:ExternalId": "${external}" } }
    },
    { "Sid": "Del", "Effect": "Allow", "Action": "sqs:DeleteQueue", "Resource": "*" },
    { "Sid": "NoAcl", "Effect": "Deny", "Action": "sqs:*", "Resource": "*" }
  ]
}
`;

export const SETTINGS = `{
  // Comments are allowed.
  "permissions": {
    "allow": ["mcp__files__read", "mcp__crm", "Bash(git log:*)"],
    "ask": ["Write"],
    "deny": ["mcp__files__read"]
  },
  "mcpServers": {
    "db": { "command": "db-mcp", "env": { "GITHUB_TOKEN": "${token}" } },
    "mail": {
      "url": "https://mail.example/mcp",
      "headers": { "Authorization": "${header}" },
      "alwaysAllow": ["search"]
    },
    "old": { "command": "old-mcp", "disabled": true }
  }
}
`;

export const TOKEN = `{
  "access_token": "${access}",
  "token_type": "Bearer",
  "scope": "ledger:read ledger:write"
}
`;

const allow = (action: string) => ({
  Version: '2012-10-17',
  Statement: { Sid: 'One', Effect: 'Allow', Action: action, Resource: '*' },
});
export const ACCOUNT = JSON.stringify({
  RoleDetailList: [
    {
      RoleName: 'clerk',
      Arn: 'arn:aws:iam::111122223333:role/clerk',
      RolePolicyList: [
        {
          PolicyName: 'inline',
          PolicyDocument: encodeURIComponent(JSON.stringify(allow('s3:GetObject'))),
        },
      ],
      AttachedManagedPolicies: [
        { PolicyName: 'q', PolicyArn: 'arn:aws:iam::111122223333:policy/q' },
      ],
    },
    { RoleName: 'other', Arn: 'arn:aws:iam::111122223333:role/other' },
  ],
  UserDetailList: [
    {
      UserName: 'ci',
      Arn: 'arn:aws:iam::111122223333:user/ci',
      UserPolicyList: [{ PolicyName: 'own', PolicyDocument: allow('sns:Publish') }],
      GroupList: ['ops'],
      AttachedManagedPolicies: [],
    },
    { UserName: 'ann', Arn: 'arn:aws:iam::111122223333:user/ann', GroupList: ['gone'] },
  ],
  GroupDetailList: [
    {
      GroupName: 'ops',
      Arn: 'arn:aws:iam::111122223333:group/ops',
      GroupPolicyList: [{ PolicyName: 'read', PolicyDocument: allow('s3:ListBucket') }],
      AttachedManagedPolicies: [
        { PolicyName: 'q', PolicyArn: 'arn:aws:iam::111122223333:policy/q' },
      ],
    },
  ],
  Policies: [
    {
      Arn: 'arn:aws:iam::111122223333:policy/q',
      PolicyVersionList: [{ IsDefaultVersion: true, Document: allow('sqs:SendMessage') }],
    },
  ],
});
