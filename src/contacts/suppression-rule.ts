/**
 * The one rule of who must not be called, as a condition in SQL: whether a number is suppressed at an instant, for its
 * whole account or for one campaign. Each part is an expression of the statement that it goes into.
 */
export function isSuppressed(of: {
  accountId: string;
  campaignId: string;
  number: string;
  now: string;
}): string {
  return `exists (select 1 from suppressions s
    where s.account_id = ${of.accountId} and s.number = ${of.number} and s.removed_at is null
      and (s.campaign_id is null or s.campaign_id = ${of.campaignId})
      and coalesce(s.expires_at > ${of.now}, true))`;
}
