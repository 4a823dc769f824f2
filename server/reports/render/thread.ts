// A thread that draws one page: the dashboard's components, compiled for the server when they are imported.
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Component } from 'svelte';
import { compile, compileModule } from 'svelte/compiler';
import { render } from 'svelte/server';
import type { ReportView } from '../../../web/report/view.ts';

const WEB = new URL('../../../web/', import.meta.url);

registerHooks({
  load(url, context, next) {
    const path = url.startsWith('file:') ? fileURLToPath(url) : '';
    if (!path.endsWith('.svelte') && !path.endsWith('.svelte.ts')) return next(url, context);
    const text = readFileSync(path, 'utf8');
    const options = { generate: 'server' as const, filename: path };
    const { js } = path.endsWith('.svelte')
      ? compile(text, { ...options, css: 'injected' })
      : compileModule(stripTypeScriptTypes(text), options);
    return { format: 'module', source: js.code, shortCircuit: true };
  },
});

/** The dashboard's tokens and tables, without the fonts that one file cannot carry. */
const styles = (): string =>
  readFileSync(new URL('styles.css', WEB), 'utf8')
    .replaceAll(/@font-face\s*\{[^}]*\}/g, '')
    .replaceAll(/:root\[data-theme[^{]*\{[^}]*\}/g, '');

/** Nothing is loaded and nothing runs, whatever the rows say. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

const draw = async (page: ReportView): Promise<string> => {
  const path = new URL('report/ReportPage.svelte', WEB).href;
  const { default: ReportPage } = (await import(path)) as {
    default: Component<{ page: ReportView }>;
  };
  const { head, body } = await render(ReportPage, { props: { page } });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="${POLICY}">
<style>${styles()}
@page { size: a4 landscape; margin: 10mm }</style>
${head}
</head>
<body>
${body}
</body>
</html>
`;
};

const html = await draw(workerData as ReportView);
parentPort?.postMessage(html);
