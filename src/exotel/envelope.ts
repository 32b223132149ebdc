import { z } from 'zod';
import type { Answered } from './exchange.ts';
import { asFields, numberField, textField } from './fields.ts';
import type { Fields } from './fields.ts';
import { restExceptionIn, restExceptionInXml } from './rest-exception.ts';
import type { RestException } from './rest-exception.ts';

/** An error as Exotel stated it, in whichever of its forms. */
export interface ApiError {
  /** The status line's. */
  httpStatus: number;
  /** The status inside the body, which may differ: HTTP 200 around a 409 occurs. */
  statedStatus: number | null;
  /** Exotel's own code; it decides, not the statuses. */
  code: number | null;
  message: string | null;
  description: string | null;
}

/**
 * A v2 or v3 answer, unwrapped. `items` are the data objects: one of a call, one per user of a list. A failure may
 * carry items too (207: some of many failed), and `failedItems` is what came along with an error of its own.
 * `unreadable` is a 2xx without a JSON object.
 */
export type Envelope =
  | { kind: 'success'; items: Fields[]; metadata: Fields | null }
  | { kind: 'failure'; error: ApiError; items: Fields[]; failedItems: Fields[]; metadata: Fields | null }
  | { kind: 'unreadable'; httpStatus: number; text: string };

/** Reads an answer in every form of the v2/v3 envelope, or a RestException in JSON or XML under any status. */
export function parseEnvelope(answer: Pick<Answered, 'status' | 'body'>): Envelope {
  const json = parseJsonObject(answer.body);
  const exception = json === null ? restExceptionInXml(answer.body) : restExceptionIn(json);
  if (exception !== null) return failure(fromRestException(answer.status, exception));
  if (json !== null) return readEnvelope(answer.status, json);
  const text = readableText(answer.body);
  if (isSuccess(answer.status)) return { kind: 'unreadable', httpStatus: answer.status, text };
  return failure({ ...bareError(answer.status), message: text === '' ? null : text });
}

/** A JSON object from a text, or null for anything else. */
export function parseJsonObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return asFields(value);
  } catch {
    return null;
  }
}

const topShape = z.looseObject({ http_code: numberField, message: textField, description: textField });
const itemShape = z.looseObject({ code: numberField, status: textField });
const errorShape = z.looseObject({ code: numberField, message: textField, description: textField });

interface Item {
  data: Fields[];
  error: ApiError | null;
}

function readEnvelope(httpStatus: number, json: Fields): Envelope {
  const top = topShape.parse(json);
  const response: unknown = json['response'];
  const values: unknown[] = Array.isArray(response) ? response : [response];
  const items = values.map((value) => readItem(httpStatus, value));
  const good = items.flatMap((item) => (item.error === null ? item.data : []));
  const metadata = asFields(json['metadata']);
  const stated = items.find((item) => item.error !== null)?.error ?? topError(httpStatus, json);
  if (stated === null && isSuccess(httpStatus) && isSuccess(top.http_code ?? httpStatus)) {
    return { kind: 'success', items: good, metadata };
  }
  const error = stated ?? { ...bareError(httpStatus), message: top.message, description: top.description };
  return {
    kind: 'failure',
    error: { ...error, statedStatus: error.statedStatus ?? top.http_code },
    items: good,
    failedItems: items.flatMap((item) => (item.error === null ? [] : item.data)),
    metadata,
  };
}

function readItem(httpStatus: number, value: unknown): Item {
  const fields = asFields(value);
  if (fields === null) return { data: [], error: null };
  const item = itemShape.parse(fields);
  const errorData = readErrorData(fields['error_data']);
  const failed = errorData !== null || item.status === 'failure' || !isSuccess(item.code ?? httpStatus);
  if (!failed) return { data: dataOf(fields), error: null };
  return { data: dataOf(fields), error: itemError(httpStatus, item.code, errorData) };
}

function itemError(
  httpStatus: number,
  itemCode: number | null,
  errorData: z.output<typeof errorShape> | null,
): ApiError {
  // The item's code is an HTTP status; where it cannot be one, it is taken for Exotel's own.
  const isStatus = itemCode !== null && itemCode < 600;
  return {
    httpStatus,
    statedStatus: isStatus ? itemCode : null,
    code: errorData?.code ?? (isStatus ? null : itemCode),
    message: errorData?.message ?? null,
    description: errorData?.description ?? null,
  };
}

function topError(httpStatus: number, json: Fields): ApiError | null {
  const errorData = readErrorData(json['error_data']);
  return errorData === null ? null : itemError(httpStatus, null, errorData);
}

function readErrorData(value: unknown): z.output<typeof errorShape> | null {
  if (typeof value === 'string' && value !== '' && value !== 'null') {
    return { code: null, message: value, description: null };
  }
  const fields = asFields(Array.isArray(value) ? value[0] : value);
  return fields === null || Object.keys(fields).length === 0 ? null : errorShape.parse(fields);
}

/** The data object under `data` (support page), under `call_details` (v3 and one v2 page) or in place (newest v2 page). */
function dataOf(item: Fields): Fields[] {
  for (const key of ['data', 'call_details']) {
    const value = item[key];
    // an empty one may stand beside the one that holds the call
    if (value === undefined || value === null) continue;
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.flatMap((entry) => {
      const fields = asFields(entry);
      return fields === null ? [] : [asFields(fields['call_details']) ?? fields];
    });
  }
  return 'data' in item || 'call_details' in item ? [] : [item];
}

function fromRestException(httpStatus: number, exception: RestException): ApiError {
  const { status: statedStatus, code, message } = exception;
  return { httpStatus, statedStatus, code, message, description: null };
}

function failure(error: ApiError): Envelope {
  return { kind: 'failure', error, items: [], failedItems: [], metadata: null };
}

function bareError(httpStatus: number): ApiError {
  return { httpStatus, statedStatus: null, code: null, message: null, description: null };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

// What a gateway says in HTML, as one short line for people.
function readableText(body: string): string {
  const line = body
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
