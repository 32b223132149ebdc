import type { FastifyRequest } from 'fastify';
import type { Answer } from './answering.ts';
import type { Refusal, RefusalName } from './refusals.ts';
import type { Scenario } from './scenario.ts';

/** A success of v1: JSON where the resource is asked for with `.json`, XML otherwise. */
export function answerV1(request: FastifyRequest, content: Tree): Answer {
  return written(request, 200, content);
}

/** A refusal of v1. */
export function restException(request: FastifyRequest, { v1 }: Scenario, reason: Refusal): Answer {
  const status = statuses[reason.name] ?? reason.status;
  // No variant hides a 429: that one is said by whatever stands before the application.
  return written(request, v1.exceptionsAsOk && status !== 429 ? 200 : status, {
    RestException: {
      Status: v1.exceptionStatus === 'string' ? String(status) : status,
      Message: messages[reason.name] ?? reason.description,
      ...(v1.exceptionCode && { Code: status === 429 ? 'RATE_LIMIT_EXCEEDED' : 34_001 }),
    },
  });
}

/** Where v1's status is another than v2's: what v2 does not find is a bad parameter in v1. */
const statuses: Readonly<Partial<Record<RefusalName, number>>> = {
  unknown_caller_id: 400,
  voip_not_allowed: 403,
};

const messages: Readonly<Partial<Record<RefusalName, string>>> = {
  authentication_failed: 'Authentication failed. Verify your API key and token.',
  unknown_caller_id: "The 'CallerId' parameter is invalid.",
  rate_limited: 'Rate limit exceeded.',
};

type Leaf = string | number | boolean | null;
/** What v1 answers, before it is written as JSON or XML. */
export interface Tree {
  readonly [name: string]: Leaf | Tree | readonly Tree[];
}

function written(request: FastifyRequest, status: number, content: Tree): Answer {
  const asJson = request.url.split('?', 1)[0]?.endsWith('.json') === true;
  return {
    status,
    code: null,
    contentType: asJson ? 'application/json' : 'application/xml',
    body: asJson ? JSON.stringify(content) : `<?xml version="1.0"?>\n${element('TwilioResponse', content)}`,
  };
}

function element(name: string, content: Tree[string]): string {
  if (content === null || content === '') return `<${name}/>`;
  return `<${name}>${typeof content === 'object' ? inner(content) : escaped(String(content))}</${name}>`;
}

function inner(content: Tree | readonly Tree[]): string {
  if (isList(content)) return content.map(inner).join('');
  return Object.entries(content)
    .map(([name, value]) => element(name, value))
    .join('');
}

function isList(content: Tree | readonly Tree[]): content is readonly Tree[] {
  return Array.isArray(content);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
