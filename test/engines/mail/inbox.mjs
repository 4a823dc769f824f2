// A mail server that keeps what it is sent.
import { SMTPServer } from 'smtp-server';

/** Listens on a free loopback port; `mails` holds each message as it came. */
export const startInbox = async ({ refuse = false } = {}) => {
  const mails = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: (address, session, done) =>
      done(refuse ? Object.assign(new Error('no such box hunter2'), { responseCode: 550 }) : null),
    onData(stream, session, done) {
      let text = '';
      stream.setEncoding('utf8').on('data', (piece) => (text += piece));
      stream.on('end', () => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  const port = await new Promise((resolve) => {
    const listening = server.listen(0, '127.0.0.1', () => resolve(listening.address().port));
  });
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    close: () => new Promise((done) => server.close(done)),
  };
};
