-- What bears on evidence besides uses: the model, what a tool's definition said, who told a use, and what was confirmed.

alter table spans add column model varchar;
alter table credential_spans add column delegation_chain varchar[];
alter table surfaces add column definition varchar;
alter table decisions add column log_alone boolean default false;
alter table session_parts add column models varchar[];
alter table agent_profiles add column models varchar[];

-- hidden_uses: told by a server alone, and not by the agent
alter table permission_uses add column hidden_uses uinteger default 0;
alter table session_uses add column hidden_uses uinteger default 0;
alter table use_days add column hidden_uses uinteger default 0;

-- grain: one row per session that somebody looked at: its uses are evidence though nobody vouched for them
create table confirmations (
  workspace varchar not null,
  environment varchar not null,
  agent varchar not null,
  session varchar not null,
  reason varchar not null,
  created_at timestamp not null
);

-- grain: one row per permission whose uses what logs them leaves out; an agent's own spans may tell them all the same
create table unlogged_permissions (
  permission varchar primary key,
  reason varchar not null
);

insert into unlogged_permissions values
  ('aws:iam:PassRole', 'AWS logs the call that the role is passed to, never iam:PassRole'),
  ('aws:s3:GetObject', 'AWS logs calls on S3 objects only where data events are switched on'),
  ('aws:s3:GetObjectVersion', 'AWS logs calls on S3 objects only where data events are switched on'),
  ('aws:s3:PutObject', 'AWS logs calls on S3 objects only where data events are switched on'),
  ('aws:s3:DeleteObject', 'AWS logs calls on S3 objects only where data events are switched on'),
  ('aws:s3:DeleteObjectVersion', 'AWS logs calls on S3 objects only where data events are switched on'),
  ('aws:s3:ListBucket', 'AWS logs calls on S3 objects only where data events are switched on'),
  ('aws:dynamodb:GetItem', 'AWS logs calls on DynamoDB items only where data events are switched on'),
  ('aws:dynamodb:PutItem', 'AWS logs calls on DynamoDB items only where data events are switched on'),
  ('aws:dynamodb:UpdateItem', 'AWS logs calls on DynamoDB items only where data events are switched on'),
  ('aws:dynamodb:DeleteItem', 'AWS logs calls on DynamoDB items only where data events are switched on'),
  ('aws:dynamodb:Query', 'AWS logs calls on DynamoDB items only where data events are switched on'),
  ('aws:dynamodb:Scan', 'AWS logs calls on DynamoDB items only where data events are switched on'),
  ('aws:lambda:InvokeFunction', 'AWS logs calls of functions only where data events are switched on');

-- grain: one row per class of risk whose grants are young for another time than days_needed_of says, by a setting
create table young_days (
  risk varchar not null,
  days uinteger not null
);
