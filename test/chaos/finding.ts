/** Something that must not be, with the contact whose story tells how it came to be where there is one. */
export interface Finding {
  what: string;
  contactId: number | null;
}
