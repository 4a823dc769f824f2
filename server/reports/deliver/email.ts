// A run as an e-mail: its findings as text, the formats asked for as attachments.
import { createTransport } from 'nodemailer';
import { countsText } from '../../../web/report/cells.ts';
import { windowText } from '../../../web/report/view.ts';
import type { KeptRun } from '../kept.ts';
import type { Rendered } from '../render/render.ts';

/** A mail server may look a sender up before it answers. */
const TIMEOUT_MS = 20_000;

/** Throws what the mail server said. */
export const mail = async ({
  smtp_url,
  from,
  to,
  run,
  files,
}: {
  smtp_url: string;
  from: string;
  to: readonly string[];
  run: KeptRun;
  files: readonly Rendered[];
}): Promise<void> => {
  const url = new URL(smtp_url);
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (url.protocol === 'smtps:' ? 465 : 587) : Number(url.port),
    secure: url.protocol === 'smtps:',
    // A password in the open would be worse than no mail.
    requireTLS: url.password !== '' && url.protocol !== 'smtps:',
    ...(url.username === ''
      ? {}
      : {
          auth: {
            user: decodeURIComponent(url.username),
            pass: decodeURIComponent(url.password),
          },
        }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // Attachments are texts of ours: nothing is read from a path or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject: `${run.title}: ${run.counts === null ? `${run.rows.length} rows` : countsText(run.counts)}`,
      text: `${run.shape?.question ?? ''}\n\n${run.rows.length} rows, ${windowText(run)}\n`,
      attachments: files.map(({ file_name, type, body }) => ({
        filename: file_name,
        contentType: type,
        content: body,
      })),
    });
  } finally {
    transport.close();
  }
};
