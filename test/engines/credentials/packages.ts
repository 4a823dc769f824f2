// The packages that the token integrations are tested against, as this folder has installed them.
export * from 'jose';
export * as oauth from 'oauth4webapi';
