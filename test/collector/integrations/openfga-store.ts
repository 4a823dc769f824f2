// A store in a real OpenFGA with one model and one tuple: an agent that may read a document, and visit it for a while.
import { load } from './engines.ts';

export interface Check {
  user: string;
  relation: string;
  object: string;
}
interface Configuration {
  apiUrl: string;
  storeId?: string;
  authorizationModelId?: string;
  retryParams?: { maxRetry: number };
}

/** What the tests use of the client of @openfga/sdk. */
export interface Fga {
  check(
    check: Check,
    how?: { authorizationModelId?: string; headers?: Record<string, string> },
  ): Promise<{ allowed?: boolean }>;
  batchCheck(body: { checks: Check[] }): Promise<{ result: { request: Check }[] }>;
  clientBatchCheck(body: Check[]): Promise<{ result: { _request: Check }[] }>;
  listRelations(body: {
    user: string;
    object: string;
    relations: string[];
  }): Promise<{ relations: string[] }>;
  createStore(body: { name: string }): Promise<{ id: string }>;
  writeAuthorizationModel(body: unknown): Promise<{ authorization_model_id: string }>;
  readAuthorizationModels(): Promise<unknown>;
  write(body: unknown): Promise<unknown>;
}

export const clientOf = (configuration: Configuration): Fga => {
  const { OpenFgaClient } = load<{ OpenFgaClient: new (how: Configuration) => Fga }>(
    '@openfga/sdk',
  );
  return new OpenFgaClient(configuration);
};

const direct = (...types: object[]) => ({ directly_related_user_types: types });
const MODEL = {
  schema_version: '1.1',
  type_definitions: [
    { type: 'agent' },
    {
      type: 'document',
      relations: { reader: { this: {} }, writer: { this: {} }, visitor: { this: {} } },
      metadata: {
        relations: {
          reader: direct({ type: 'agent' }),
          writer: direct({ type: 'agent' }),
          visitor: direct({ type: 'agent', condition: 'for_a_while' }),
        },
      },
    },
  ],
  conditions: {
    for_a_while: {
      name: 'for_a_while',
      expression: 'now < until',
      parameters: {
        now: { type_name: 'TYPE_NAME_TIMESTAMP' },
        until: { type_name: 'TYPE_NAME_TIMESTAMP' },
      },
    },
  },
};

export const makeStore = async (
  apiUrl: string,
): Promise<{ storeId: string; authorizationModelId: string }> => {
  const { id: storeId } = await clientOf({ apiUrl }).createStore({ name: 'desk' });
  const client = clientOf({ apiUrl, storeId });
  const model = await client.writeAuthorizationModel(MODEL);
  const tuple = { user: 'agent:desk', object: 'document:d-1' };
  const condition = { name: 'for_a_while', context: { until: '2030-01-01T00:00:00Z' } };
  await client.write({
    writes: [
      { ...tuple, relation: 'reader' },
      { ...tuple, relation: 'visitor', condition },
    ],
  });
  return { storeId, authorizationModelId: model.authorization_model_id };
};
