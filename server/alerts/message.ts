// What is told of alerts: one message a rule, evaluation and kind, however many they are.
import { visible } from '../../web/report/cells.ts';
import type { Parcel } from '../reports/deliver/send.ts';
import { slack } from '../reports/deliver/webhook.ts';
import type { Alert } from './states.ts';

export const MESSAGE_KINDS = ['firing', 'still', 'resolved', 'failed', 'restored'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export interface Message {
  id: string;
  rule: string;
  kind: MessageKind;
  /** How many alerts it tells of. */
  count: number;
  created_at: string;
  told: Told;
}

/** What it tells, as it is kept. */
export interface Told {
  title: string;
  /** The first of them. */
  alerts: Alert[];
  /** False where there were more than are looked at. */
  complete: boolean;
  error: string | null;
}

/** A flood is one message: the first, and how many there are. */
const SHOWN_MAX = 20;

export const toldOf = (title: string, alerts: readonly Alert[], complete: boolean): Told => ({
  title,
  alerts: alerts.slice(0, SHOWN_MAX),
  complete,
  error: null,
});

export const parcelOf = (message: Message): Parcel => {
  const { told, ...head } = message;
  const subject = visible(`${told.title}: ${statusOf(message)}`);
  const lines = linesOf(message);
  const stamp = message.created_at.slice(0, 19).replaceAll(':', '');
  const text = [
    `*${slack(told.title)}*: ${slack(visible(statusOf(message)))}`,
    ...lines.map(slack),
  ];
  const body = JSON.stringify({ text: text.join('\n'), message: { ...head, ...told } });
  return {
    headers: { 'footprint-alert': message.id },
    body,
    subject,
    text: `${[subject, '', ...lines].join('\n')}\n`,
    files: [
      {
        file_name: `alert-${message.rule}-${stamp}Z-${message.id.slice(0, 8)}.json`,
        type: 'application/json',
        body: `${body}\n`,
      },
    ],
  };
};

const statusOf = ({ kind, count, told }: Message): string => {
  const n = `${count}${told.complete ? '' : ' or more'}`;
  switch (kind) {
    case 'firing':
      return `${n} firing`;
    case 'still':
      return `${n} still firing`;
    case 'resolved':
      return `${n} recovered`;
    case 'failed':
      return `the rule cannot run, nothing is known: ${told.error ?? ''}`;
    case 'restored':
      return 'the rule runs again';
  }
};

/** Each on a line of its own, and no text of an agent's can begin another. */
const linesOf = ({ count, told }: Message): string[] => {
  const more = count - told.alerts.length;
  return [
    ...told.alerts.map(({ severity, message }) => `- ${severity}: ${visible(message)}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
};
