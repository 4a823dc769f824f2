// Why a span is left out while the rest of its request is kept.

export type Rejection = 'trace id' | 'span id' | 'parent span id' | 'attributes' | 'key';

const REASON: Record<Rejection, string> = {
  'trace id': 'a trace id is not 16 bytes or all zero',
  'span id': 'a span id is not 8 bytes or all zero',
  'parent span id': 'a parent span id is not 8 bytes',
  attributes: 'a span has more than 1000 attributes',
  key: 'an attribute key is longer than 32 KiB',
};

/** Counts rejected spans and says why in one line. */
export interface Rejections {
  count: number;
  reasons: Set<Rejection>;
}

export const createRejections = (): Rejections => ({ count: 0, reasons: new Set() });

export const reject = (rejections: Rejections, why: Rejection): void => {
  rejections.count += 1;
  rejections.reasons.add(why);
};

export const rejectionText = ({ reasons }: Rejections): string =>
  [...reasons].map((why) => REASON[why]).join('; ');
