import { textField } from './fields.ts';

/** A text of Voice v1; `N/A` stands for nothing (bulk lists write it). */
export const v1Text = textField.transform((text) => (text?.toUpperCase() === 'N/A' ? null : text));

/** The status of a call or a leg in lower case and one spelling. */
export const v1Status = v1Text.transform((text) => {
  const word = text?.toLowerCase() ?? null;
  return word === 'cancelled' ? 'canceled' : word;
});
