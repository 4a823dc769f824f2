// Which addresses a webhook may reach: public ones over https, and what the operator lists.
import { BlockList, isIP } from 'node:net';
import { AppError } from '../../errors.ts';

/** Private, loopback, link-local (the clouds' metadata too), shared, test and multicast ranges (RFC 6890). */
const REFUSED = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  REFUSED.addSubnet(net, prefix, 'ipv4');

/** Global unicast; all else of IPv6 is local, mapped, or nobody's. */
const GLOBAL_6 = new BlockList();
GLOBAL_6.addSubnet('2000::', 3, 'ipv6');
/** Within it: documentation, 6to4, Teredo and ORCHID, which lead elsewhere. */
const REFUSED_6 = new BlockList();
for (const [net, prefix] of [
  ['2001:db8::', 32],
  ['2001::', 23],
  ['2002::', 16],
] as const)
  REFUSED_6.addSubnet(net, prefix, 'ipv6');

export const isPublic = (address: string): boolean => {
  const family = isIP(address);
  if (family === 4) return !REFUSED.check(address, 'ipv4');
  return family === 6 && GLOBAL_6.check(address, 'ipv6') && !REFUSED_6.check(address, 'ipv6');
};

/** True where the operator lists the host of a URL, with its port or without. */
export const isListed = (url: URL, hosts: readonly string[]): boolean =>
  hosts.includes(url.hostname) || hosts.includes(`${url.hostname}:${portOf(url)}`);

const portOf = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80');

/** The URL as it may be saved. Throws AppError `bad_request`; names are resolved only when it is used. */
export const checkUrl = (text: string, hosts: readonly string[]): URL => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new AppError('bad_request', 'url: must be an https URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('bad_request', 'url: must hold no user and no password');
  }
  if (isListed(url, hosts)) return url;
  if (url.protocol !== 'https:') {
    throw new AppError(
      'bad_request',
      'url: must be https; FOOTPRINT_WEBHOOK_HOSTS lists exceptions',
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if ((isIP(host) !== 0 && !isPublic(host)) || /(^|\.)(localhost|local|internal)\.?$/.test(host)) {
    throw new AppError(
      'bad_request',
      'url: leads to a private address; FOOTPRINT_WEBHOOK_HOSTS lists exceptions',
    );
  }
  return url;
};
