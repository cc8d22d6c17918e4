"""The style sheet of the HTML page. Contrast of all text is at least 4.5 : 1 in light and in dark (WCAG 2.2, AA)."""

STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --panel: #f6f8fa;
  --accent: #0b57d0; --cited: #ffe08a; --gold: #c9efd6; --gold-line: #1a7f37; --warn: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171b; --text: #e6e8eb; --soft: #a9b1ba; --line: #3a424b; --panel: #1d2127; --accent: #8ab4f8;
    --cited: #6b4e00; --gold: #0f4a2a; --gold-line: #5fd38d; --warn: #ff9d94; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 64rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); font-size: 1.3rem; }
h3 { margin-bottom: .4rem; font-size: 1.05rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; }
code { font: .9em ui-monospace, monospace; }
.note, figcaption, caption, .meta { color: var(--soft); font-size: .875rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .25rem 0; }
th, td { padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); text-align: right;
  overflow-wrap: normal; vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 400; }
th:first-child { text-align: left; }
table.words td { text-align: left; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; }
svg { display: block; width: 100%; max-width: 32rem; height: auto; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
svg .strong { fill: var(--text); font-weight: 600; }
svg .grid { stroke: var(--line); stroke-width: .5; }
svg .reference { stroke: var(--soft); stroke-dasharray: 5 4; }
svg .series { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
svg .interval { stroke: var(--accent); stroke-width: 1.5; opacity: .45; }
svg .gap { stroke: var(--warn); stroke-dasharray: 2 2; }
svg .dot { fill: var(--accent); }
svg .operating { fill: var(--page); stroke: var(--warn); stroke-width: 3; }
svg .operating-label { fill: var(--warn); font-weight: 600; }
.fault { margin: 1.25rem 0; padding: .5rem 1rem 1rem; border: 1px solid var(--line); border-radius: .5rem; }
.fault .kind { color: var(--warn); font-weight: 600; }
.fault p { margin: .2rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .9rem; margin: .5rem 0; }
dt { color: var(--soft); }
dd { margin: 0; }
blockquote { margin: .3rem 0 .8rem; padding: .6rem .8rem; background: var(--panel); border-left: 3px solid var(--line);
  white-space: pre-wrap; unicode-bidi: isolate; }
bdi { white-space: pre-wrap; }
mark { padding: .05em 0; background: var(--cited); color: inherit; }
mark.gold { background: var(--gold); border-bottom: 2px solid var(--gold-line); }
mark.cited.gold { background: var(--cited); }
mark::before, mark::after { position: absolute; clip-path: inset(100%); width: 1px; height: 1px; overflow: hidden;
  white-space: nowrap; }
mark.cited::before { content: " [cited: "; }
mark.gold::before { content: " [gold: "; }
mark.cited.gold::before { content: " [cited and gold: "; }
mark::after { content: "] "; }
@media print { .fault { break-inside: avoid; } }
"""
