// The signs that charts share, by the word a legend draws them under.

export type LegendKind =
  | 'used'
  | 'held'
  | 'waste'
  | 'denied'
  | 'unobservable'
  | 'grade'
  | 'dot'
  | 'ungranted'
  | 'other'
  | 'ask'
  | 'deny'
  | 'ok';
