// What a resource says of all its spans.
import type { Texts } from '../model/texts.ts';
import { DEFAULT_ENVIRONMENT } from '../model/words.ts';
import type { SpanBatch } from '../otlp/batch.ts';
import { createReader, FIELD } from './reader.ts';

/** Numbers of texts, as everything that a span's columns hold. */
export interface Origin {
  service: number;
  environment: number;
  owner: number;
  agent: number;
  agent_version: number;
  agent_identity: number;
  agent_parent: number;
  session: number;
  task_id: number;
  goal: number;
  producer_id: number;
  user: string | null;
}

/** The origins of a batch, by the number of the resource. */
export const originsOf = (batch: SpanBatch, texts: Texts): Origin[] => {
  const reader = createReader(batch, batch.resource_attributes, texts);
  const origins: Origin[] = [];
  for (let i = 0; i < batch.resources; i++) {
    reader.open(i);
    origins.push({
      service: reader.text(FIELD.service),
      environment: reader.text(FIELD.environment) || texts.of(DEFAULT_ENVIRONMENT),
      owner: reader.text(FIELD.owner),
      agent: reader.text(FIELD.agent),
      agent_version: reader.text(FIELD.agent_version),
      agent_identity: reader.text(FIELD.agent_identity),
      agent_parent: reader.text(FIELD.agent_parent),
      session: reader.text(FIELD.session),
      task_id: reader.text(FIELD.task_id),
      goal: reader.text(FIELD.goal),
      producer_id: reader.text(FIELD.producer_id),
      user: reader.string(FIELD.user),
    });
  }
  return origins;
};
