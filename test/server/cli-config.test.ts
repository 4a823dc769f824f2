// Settings: where they come from, and that all faults are told at once.
import { describe, expect, it } from 'vitest';
import { readConfig, urlOf } from '../../server/config.ts';
import { AppError } from '../../server/errors.ts';

const faultsOf = (options: Parameters<typeof readConfig>[0]): unknown => {
  try {
    readConfig(options);
  } catch (error) {
    return error instanceof AppError ? [error.code, error.data['faults']] : error;
  }
  return null;
};

describe('settings', () => {
  it('take their defaults where nothing is told', () => {
    expect(readConfig({ env: {}, cwd: '/srv' })).toEqual({
      config: {
        data: '/srv/data',
        host: '127.0.0.1',
        port: 4318,
        grpc_port: 4317,
        log_level: 'info',
        reports: null,
        report_output: '/srv/reports-out',
        webhook_hosts: [],
        smtp_url: null,
        smtp_from: 'footprint@localhost',
        too_young: [],
      },
      sources: {
        data: 'default',
        host: 'default',
        port: 'default',
        grpc_port: 'default',
        log_level: 'default',
        reports: 'default',
        report_output: 'default',
        webhook_hosts: 'default',
        smtp_url: 'default',
        smtp_from: 'default',
        too_young: 'default',
      },
    });
  });

  it('of the collector may stand in the same environment', () => {
    const env = { FOOTPRINT_FINGERPRINT_KEY: 'k', FOOTPRINT_URL: 'http://127.0.0.1:4318' };
    expect(readConfig({ env, cwd: '/srv' }).config.port).toBe(4318);
  });

  it('prefer a flag to the environment and the environment to the default', () => {
    const env = { FOOTPRINT_PORT: '5000', FOOTPRINT_HOST: 'localhost', PATH: '/bin' };
    expect(readConfig({ flags: { port: '0' }, env, cwd: '/' })).toMatchObject({
      config: { data: '/data', host: 'localhost', port: 0, grpc_port: 4317, log_level: 'info' },
      sources: { data: 'default', host: 'environment', port: 'flag', log_level: 'default' },
    });
  });

  it('tell every fault at once, and unknown variables too', () => {
    const env = { FOOTPRINT_PORTS: '1', FOOTPRINT_LOG_LEVEL: 'loud', FOOTPRINT_HOST: '0.0.0.0' };
    expect(faultsOf({ flags: { port: '65536' }, env, cwd: '/' })).toEqual([
      'config_invalid',
      [
        'FOOTPRINT_PORTS is no setting; there are FOOTPRINT_DATA, FOOTPRINT_HOST, FOOTPRINT_PORT, FOOTPRINT_GRPC_PORT, FOOTPRINT_LOG_LEVEL, FOOTPRINT_REPORTS, FOOTPRINT_REPORT_OUTPUT, FOOTPRINT_WEBHOOK_HOSTS, FOOTPRINT_SMTP_URL, FOOTPRINT_SMTP_FROM, FOOTPRINT_TOO_YOUNG',
        'FOOTPRINT_HOST must be a loopback address (127.0.0.1, ::1 or localhost), got "0.0.0.0"',
        '--port must be a port between 0 and 65535, got "65536"',
        'FOOTPRINT_LOG_LEVEL must be one of debug, info, warn, error, silent, got "loud"',
      ],
    ]);
  });

  it('show no password of the mail server, not even where it is refused', () => {
    const env = { FOOTPRINT_SMTP_URL: 'http://user:hunter2@mail' };
    expect(faultsOf({ env, cwd: '/' })).toEqual([
      'config_invalid',
      ['FOOTPRINT_SMTP_URL must be an smtp:// or smtps:// URL'],
    ]);
  });

  it.each([
    ['read=7', [{ risk: 'read', days: 7 }]],
    ['read=7, execute=365', ['read', 'execute']],
    ['', []],
    ['read=0', null],
    ['read=366', null],
    ['read=7,read=8', null],
    ['other=7', null],
    ['14,30,90', null],
  ])('take the age at which a grant is judged from %j', (too_young, expected) => {
    const read = () => readConfig({ flags: { too_young }, env: {}, cwd: '/' }).config.too_young;
    if (expected === null) expect(read).toThrow(/--too-young must be class=days once a class/);
    else if (typeof expected[0] === 'string')
      expect(read().map(({ risk }) => risk)).toEqual(expected);
    else expect(read()).toEqual(expected);
  });

  it.each(['', '-1', '80a', '1e3', ' 80'])('refuse the port %j', (port) => {
    expect(faultsOf({ flags: { port }, env: {}, cwd: '/' })).toEqual([
      'config_invalid',
      [`--port must be a port between 0 and 65535, got ${JSON.stringify(port)}`],
    ]);
  });

  it('switch gRPC off, and give it no port that HTTP has', () => {
    const read = (grpc_port: string) => faultsOf({ flags: { grpc_port }, env: {}, cwd: '/' });
    expect(readConfig({ flags: { grpc_port: 'off' }, env: {} }).config.grpc_port).toBe('off');
    expect(read('4318')).toEqual([
      'config_invalid',
      ['HTTP and gRPC cannot share port 4318; --grpc-port takes another one, or off'],
    ]);
    expect(read('on')).toEqual([
      'config_invalid',
      ['--grpc-port must be a port between 0 and 65535, or off, got "on"'],
    ]);
  });

  it('make a URL of an IPv6 address too', () => {
    expect([urlOf('::1', 80), urlOf('127.0.0.1', 4318)]).toEqual([
      'http://[::1]:80',
      'http://127.0.0.1:4318',
    ]);
  });
});
