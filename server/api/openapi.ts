// /openapi.json: the document of all routes, made from what the code declares.
import { Hono } from 'hono';
import { describeRoute, generateSpecs } from 'hono-openapi';
import type { ApiEnv } from './context.ts';

/** Ingest speaks OTLP, whose bodies the OpenTelemetry project specifies; only the doors are described here. */
const door = (operationId: string, what: string, left_out: string) => ({
  post: {
    operationId,
    summary: `OTLP/HTTP ${what}, protobuf or JSON, plain or gzip (OTLP 1.11)`,
    requestBody: {
      required: true,
      content: { 'application/x-protobuf': {}, 'application/json': {} },
    },
    responses: {
      200: { description: `Kept; with partialSuccess where ${left_out} were rejected` },
      default: { description: 'A Status in the type of the request' },
    },
  },
});

const log = (operationId: string, whose: string) => ({
  post: {
    operationId,
    summary: `${whose}, as a JSON array or lines, plain or gzip`,
    requestBody: {
      required: true,
      content: { 'application/json': {}, 'application/x-ndjson': {} },
    },
    responses: {
      200: { description: 'How many decisions were kept, and which entries could not be read' },
      default: { description: 'A Status' },
    },
  },
});

const INGEST = {
  '/v1/opa/logs': log('postV1OpaLogs', 'The decision log of OPA'),
  '/v1/cerbos/logs': log('postV1CerbosLogs', 'The audit log of Cerbos'),
  '/v1/logs': door('postV1Logs', 'logs that tell of permissions', 'log records'),
  '/v1/traces': door('postV1Traces', 'traces', 'spans'),
};

export const openApiRoutes = (app: Hono<ApiEnv>, version: string) => {
  let document: Promise<unknown> | null = null;
  const generate = async (): Promise<unknown> => {
    const made = await generateSpecs(app, {
      documentation: {
        info: {
          title: 'Footprint',
          version,
          description:
            'What AI agents were permitted to do, what they used, what can be taken back.',
        },
      },
      excludeStaticFile: false,
    });
    return { ...made, paths: { ...INGEST, ...made.paths } };
  };
  return new Hono<ApiEnv>().get(
    '/openapi.json',
    describeRoute({
      summary: 'This document (OpenAPI 3.1)',
      responses: { 200: { description: 'The document', content: { 'application/json': {} } } },
    }),
    async (c) => {
      document ??= generate();
      return c.json(await document);
    },
  );
};
