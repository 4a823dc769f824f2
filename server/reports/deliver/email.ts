// A parcel as an e-mail: its text, and its files as attachments.
import { createTransport } from 'nodemailer';
import type { ParcelFile } from './send.ts';

/** A mail server may look a sender up before it answers. */
const TIMEOUT_MS = 20_000;

/** Throws what the mail server said. */
export const mail = async ({
  smtp_url,
  from,
  to,
  subject,
  text,
  files,
}: {
  smtp_url: string;
  from: string;
  to: readonly string[];
  subject: string;
  text: string;
  files: readonly ParcelFile[];
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
      subject,
      text,
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
