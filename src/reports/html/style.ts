/** The style sheet of the page: what it is drawn with lies in it, nothing is loaded. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f4f6f9; --card: #ffffff; --line: #dfe4ec; --text: #18202c; --dim: #5a6678; --empty: #e9edf3;
  --accent: #2563b8; --good: #17753e; --warn: #c2410c;
  --finished: #1f8a4c; --exhausted: #d97706; --suppressed: #64748b; --held: #c026a3; --expired: #8b5cf6;
  --canceled: #94a3b8; --dialing: #0891b2; --pending: #bfdbfe;
  --heat1: #d6e6fa; --heat2: #a9cbf2; --heat3: #6fa6e3; --heat4: #2f6fc0; --heat5: #17488c;
  --on-heat1: #10233d; --on-heat2: #10233d; --on-heat3: #0b1a2e; --on-heat4: #ffffff; --on-heat5: #ffffff;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0f141b; --card: #171e28; --line: #2a3442; --text: #e6ebf2; --dim: #9aa7b8; --empty: #222c39;
    --accent: #6aa5ee; --good: #4cc07f; --warn: #f59463;
    --finished: #3fb673; --exhausted: #f0a13c; --suppressed: #8494a9; --held: #e26bd0; --expired: #a78bfa;
    --canceled: #566476; --dialing: #38bdd8; --pending: #35547d;
    --heat1: #1d3552; --heat2: #22497a; --heat3: #2d64a8; --heat4: #6fa9ec; --heat5: #b4d4f9;
    --on-heat1: #dbe8f7; --on-heat2: #e6f0fb; --on-heat3: #ffffff; --on-heat4: #081526; --on-heat5: #081526;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 32px 20px 48px; }
header { margin-bottom: 24px; }
h1 { margin: 0; font-size: 28px; line-height: 1.25; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 17px; }
h3 { margin: 20px 0 8px; font-size: 14px; font-weight: 600; color: var(--dim); }
p { margin: 6px 0 0; }
.eyebrow { margin: 0 0 4px; color: var(--dim); font-size: 13px; }
.status { display: inline-block; margin-left: 10px; padding: 2px 10px; border: 1px solid currentColor; border-radius: 999px; font-size: 13px; font-weight: 600; letter-spacing: 0; vertical-align: middle; color: var(--dim); }
.status.running { color: var(--accent); }
.status.completed { color: var(--good); }
.status.paused { color: var(--warn); }
.dim { color: var(--dim); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(116px, 1fr)); gap: 12px; margin: 0 0 16px; padding: 0; }
.tiles div { padding: 12px 14px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tiles dt { color: var(--dim); font-size: 13px; }
.tiles dd { margin: 2px 0 0; font-size: 22px; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles dd small { display: block; font-size: 12px; font-weight: 400; color: var(--dim); }
section { margin: 0 0 16px; padding: 18px 20px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th { padding: 4px 12px 6px 0; text-align: left; font-weight: 500; color: var(--dim); border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
tbody tr:last-child td { border-bottom: 0; }
tfoot td { border-top: 1px solid var(--line); border-bottom: 0; font-weight: 600; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.chart { width: 34%; min-width: 110px; }
.named { white-space: nowrap; }
tr:has(.reasons) td { vertical-align: top; }
.reasons { margin: 2px 0 0; padding-left: 16px; font-size: 13px; }
@media screen and (max-width: 600px) {
  .chart { display: none; }
  section { padding: 14px 12px; }
  th, td { padding-right: 8px; }
}
.swatch { width: 12px; height: 12px; margin-right: 8px; vertical-align: -1px; border-radius: 3px; }
svg { display: block; }
.swatch { display: inline-block; }
.stacked { width: 100%; height: 28px; margin-bottom: 14px; border-radius: 6px; }
.bar { width: 100%; height: 10px; border-radius: 3px; }
.drawing { overflow-x: auto; }
svg text { font-size: 12px; text-anchor: middle; fill: var(--text); font-variant-numeric: tabular-nums; }
svg .axis { fill: var(--dim); }
svg .day { text-anchor: end; }
svg .ground { stroke: var(--line); }
.empty { fill: var(--empty); }
.filled { fill: var(--accent); }
.finished { fill: var(--finished); } .exhausted { fill: var(--exhausted); } .suppressed { fill: var(--suppressed); }
.held { fill: var(--held); } .expired { fill: var(--expired); } .canceled { fill: var(--canceled); }
.dialing { fill: var(--dialing); } .pending { fill: var(--pending); }
.heat0 { fill: var(--empty); } .heat1 { fill: var(--heat1); } .heat2 { fill: var(--heat2); }
.heat3 { fill: var(--heat3); } .heat4 { fill: var(--heat4); } .heat5 { fill: var(--heat5); }
svg .on-heat0 { fill: var(--text); } svg .on-heat1 { fill: var(--on-heat1); } svg .on-heat2 { fill: var(--on-heat2); }
svg .on-heat3 { fill: var(--on-heat3); } svg .on-heat4 { fill: var(--on-heat4); } svg .on-heat5 { fill: var(--on-heat5); }
footer { color: var(--dim); font-size: 13px; }
@media print {
  @page { margin: 14mm; }
  :root { --page: #ffffff; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  section, .tiles, tr { break-inside: avoid; }
  section.long { break-inside: auto; }
  h2, h3 { break-after: avoid; }
  .table, .drawing { overflow: visible; }
  .drawing svg { max-width: 100%; height: auto; }
}
`;
