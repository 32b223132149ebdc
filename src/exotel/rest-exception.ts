import { z } from 'zod';
import { asFields, numberField, textField } from './fields.ts';
import type { Fields } from './fields.ts';
import { unescapeXml } from './xml.ts';

export interface RestException {
  status: number | null;
  code: number | null;
  message: string | null;
}

// `Status` is a number in some answers and a string in others; `Code` may be a word, which says nothing to us.
const exceptionShape = z.looseObject({ Status: numberField, Code: numberField, Message: textField });

/** Exotel's v1 error inside a JSON answer, bare or in a wrapper; null when there is none. */
export function restExceptionIn(json: Fields): RestException | null {
  const holder = asFields(json['TwilioResponse']) ?? asFields(json['RestResponse']) ?? json;
  const exception = asFields(holder['RestException']);
  return exception === null ? null : toRestException(exception);
}

/** The same error in an XML answer, which v1 sends unless asked for JSON; null when there is none. */
export function restExceptionInXml(text: string): RestException | null {
  const exception = elementText(text, 'RestException');
  if (exception === null) return null;
  return toRestException({
    Status: elementText(exception, 'Status'),
    Code: elementText(exception, 'Code'),
    Message: elementText(exception, 'Message'),
  });
}

function toRestException(fields: Fields): RestException {
  const { Status: status, Code: code, Message: message } = exceptionShape.parse(fields);
  return { status, code, message };
}

function elementText(xml: string, name: string): string | null {
  const match = new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'i').exec(xml);
  return match?.[1] === undefined ? null : unescapeXml(match[1].trim());
}
