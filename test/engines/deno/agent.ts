// An agent on Deno: reads a file that it may and one that it may not, a variable, and a host with a secret in its URL.
const server = Deno.args[0] ?? '';
await Deno.readTextFile(new URL('package.json', import.meta.url));
await Deno.readTextFile('/etc/hostname').catch(() => undefined);
await fetch(`${server}/healthz?token=canary-of-deno-71`).then((answer) => answer.text());
Deno.env.get('HOME');
