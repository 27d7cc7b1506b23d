/**
 * The style of the report. Blue is better or after, orange is worse, grey is before: those are told apart by every
 * kind of colour blindness, and each has a sign or a word beside it.
 */
export const style = `
:root{color-scheme:light dark;--ground:#f5f6f8;--paper:#fff;--ink:#15191e;--muted:#5c6672;--line:#e2e6eb;--soft:#eef1f5;
--after:#1a5fc4;--before:#97a1ad;--good:#1a5fc4;--bad:#b8480a;--unsure:#7a3fb0;--good-soft:#e6effc;--bad-soft:#fdeee3;--unsure-soft:#f3eafb;
--margin:#e9edf2;--f-user:#bcd6fb;--f-dependency:#cfe3dd;--f-runtime:#e3e6ea;--f-gc:#f9d5b0;--f-ink:#15191e;--grew:#e5604d;--shrank:#4f8fe0;--mark:#b3006b;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}
@media screen and (prefers-color-scheme:dark){:root{--ground:#0e1115;--paper:#161a20;--ink:#e7eaee;--muted:#98a3b0;--line:#2a3039;--soft:#1e242c;
--after:#71aaff;--before:#6a7683;--good:#71aaff;--bad:#ff9d57;--unsure:#cfa3f7;--good-soft:#16263f;--bad-soft:#3a2412;--unsure-soft:#2d1f3d;
--margin:#222932;--f-user:#274a80;--f-dependency:#27473f;--f-runtime:#2b323b;--f-gc:#6a431f;--f-ink:#eef1f4;--grew:#b8402f;--shrank:#2f65b0;--mark:#ff6fc0}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 var(--sans);font-variant-numeric:tabular-nums;overflow-wrap:break-word}
.masthead,nav,main,footer{max-width:1120px;margin:0 auto;padding:0 24px}
h1,h2,h3,h4,p,dl,dd,figure,ul{margin:0}
h1{font-size:34px;line-height:1.2;letter-spacing:-.02em;font-weight:680}
h2{font-size:22px;letter-spacing:-.01em;margin:0 0 16px}
h3{font-size:15px;font-weight:600}
h4{font-size:18px;letter-spacing:-.005em;line-height:1.35}
code,pre,.endpoint{font-family:var(--mono);font-size:.9em}
pre{margin:0;padding:12px 14px;background:var(--soft);border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.5;max-height:420px;overflow:auto}
pre.fix{background:var(--good-soft)}
.endpoint{overflow-wrap:anywhere;font-weight:600}
.muted,.condition,small,figcaption,.aside{color:var(--muted)}
.condition{font-size:12.5px;font-weight:400;overflow-wrap:anywhere}
td .condition,.plan .condition{font-family:var(--mono);font-size:11.5px}
a{color:var(--after);text-underline-offset:3px}
:focus-visible{outline:2px solid var(--after);outline-offset:2px;border-radius:4px}
.masthead{padding-top:44px}
.brand{font-size:13px;letter-spacing:.02em;font-weight:600;margin-bottom:18px}
.brand .muted{font-weight:400;margin-left:10px}
.brand>[aria-hidden]{color:var(--after);letter-spacing:-.1em;margin-right:6px}
.variants{font-weight:400;color:var(--muted);font-size:20px;letter-spacing:0}
h1,h2,h3,h4,p,li,dd,figcaption,.chip{overflow-wrap:anywhere}
.hero{margin:20px 0 26px}
.hero .chip{font-size:15px;padding:6px 14px}
.lead{font-size:20px;line-height:1.45;margin-top:16px;max-width:52em;text-wrap:pretty}
.chip{display:inline-block;white-space:nowrap;padding:2px 10px;border-radius:99px;font:600 12px/1.6 var(--sans);letter-spacing:.03em;background:var(--soft);color:var(--muted);text-decoration:none}
.chip.v-improved{background:var(--good-soft);color:var(--good)}
.chip.v-regressed{background:var(--bad-soft);color:var(--bad)}
.chip.v-inconclusive{background:var(--unsure-soft);color:var(--unsure)}
.chip.v-ok{color:var(--ink)}
.skip{position:absolute;left:-999px;top:8px;background:var(--paper);padding:8px 14px;border-radius:7px;z-index:9}.skip:focus{left:16px}
main:focus{outline:none}
.plain{background:var(--paper);border:1px solid var(--line);border-left:3px solid var(--after);border-radius:0 12px 12px 0;padding:16px 22px;margin:0 0 24px}
.plain h2{font-size:15px;margin:0 0 6px;letter-spacing:0}
.plain p{max-width:62em;text-wrap:pretty;font-size:16px}
.decision-reason{font-weight:600;margin:0 8px}
.rules{margin-top:14px}.rules td:last-child{min-width:180px}
.why{background:var(--soft);border-radius:8px;padding:10px 14px;margin:0 0 14px;font-size:13.5px}
.why h4{font-size:13px}.why ul{margin-top:2px}.why .muted{white-space:nowrap}
.quantiles-figure{padding-top:16px}
.quantiles .line{stroke-width:2}.quantiles .line.before{stroke:var(--before);stroke-dasharray:5 4}.quantiles .line.after{stroke:var(--after)}
.quantiles circle.before{fill:var(--paper);stroke:var(--before);stroke-width:2}.quantiles circle.after{fill:var(--after);stroke:var(--paper);stroke-width:1}
.tiles{display:flex;flex-wrap:wrap;gap:0;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.tiles div{padding:14px 28px 14px 0;margin-right:28px;border-right:1px solid var(--line)}
.tiles div:last-child{border:0;margin:0}
.tiles dt{font-size:12.5px;color:var(--muted)}
.tiles dd{font-size:24px;font-weight:640;letter-spacing:-.01em}
.tiles small{display:block;font:400 12px/1.4 var(--mono);letter-spacing:0;overflow-wrap:anywhere}
nav{display:flex;flex-wrap:wrap;gap:4px 22px;padding-top:16px;font-size:14px}
nav a{color:var(--muted);text-decoration:none;padding:4px 0}
nav a:hover{color:var(--ink);text-decoration:underline}
main>section{padding-top:52px}
.card{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:20px 22px;margin-bottom:16px;min-width:0}
.card.flat{padding:12px 22px}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,460px),1fr));gap:16px}
.cards .card{margin:0;display:flex;flex-direction:column}
.card>header{display:flex;justify-content:space-between;align-items:flex-start;gap:16px}
.legend{font-size:13px;color:var(--muted);margin-bottom:14px}
.key{display:inline-block;width:11px;height:11px;border-radius:3px;margin:0 6px 0 0;vertical-align:-1px}
.legend>span{display:inline-block;margin-right:16px}
.key.before{border-radius:50%;border:2px solid var(--before)}
.key.after{border-radius:50%;background:var(--after)}
.key.margin{background:var(--margin);border:1px solid var(--line)}
.key.span{width:20px;height:7px;border-radius:4px;background:var(--before);opacity:.6;vertical-align:1px}
.headline{display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 9px;margin:14px 0 12px}
.headline .metric{color:var(--muted);font-size:13px}
.figure{font-size:25px;font-weight:640;letter-spacing:-.015em;white-space:nowrap}
.figure.was,.was{color:var(--muted);font-weight:400}
.arrow{color:var(--muted)}
.change{margin-left:auto;font-weight:600;white-space:nowrap}
.change.v-improved{color:var(--good)}.change.v-regressed{color:var(--bad)}.change.v-inconclusive{color:var(--unsure)}
.notable{font-size:13.5px;margin:8px 0}
svg{display:block;overflow:visible;font:11px var(--sans)}
svg text{fill:var(--muted)}
.interval{margin:4px 0 16px;color:var(--before)}
.interval.v-improved{color:var(--good)}.interval.v-regressed{color:var(--bad)}.interval.v-inconclusive{color:var(--unsure)}
.interval.v-ok{color:var(--muted)}
.interval .margin{fill:var(--margin)}
.axis,.tick{stroke:var(--line)}.zero{stroke:var(--muted)}
.interval .span{fill:currentColor;opacity:.38}
.interval .shift{stroke:currentColor;stroke-width:2;opacity:.38}
.interval .point{fill:currentColor;stroke:var(--paper);stroke-width:1.5}
.rounds-figure{margin-top:auto;padding-top:16px}
figcaption{font-size:12.5px;margin-bottom:6px}
figcaption::first-letter{text-transform:uppercase}
.figures thead th{white-space:normal;overflow-wrap:anywhere}
.whole{margin-top:16px}.whole table{margin-top:10px;table-layout:fixed}.whole td,.whole th{white-space:normal}.note{font-size:13px;margin-bottom:10px}
.rounds .pair{stroke:var(--line);stroke-width:2}
.rounds .before{fill:var(--paper);stroke:var(--before);stroke-width:2}
.rounds .after{fill:var(--after);stroke:var(--paper);stroke-width:1}
.over-time-figure{padding-top:16px}
.columns-figure{padding-bottom:12px}.column.good{fill:var(--after)}.column.bad{fill:var(--bad)}.statements.logged th+th,.statements.logged td{min-width:58px}.statements.logged .bar-column{min-width:150px}
.over-time .panel-name{font-weight:600}
.over-time .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}
.over-time .line.before{stroke:var(--before);stroke-dasharray:5 4}.over-time .line.after{stroke:var(--after)}
.over-time .band{opacity:.2}.over-time .band.before{fill:var(--before)}.over-time .band.after{fill:var(--after)}
table{border-collapse:collapse;width:100%;font-size:13.5px}
.cards .figures{table-layout:fixed}.cards .figures .muted{white-space:normal}
th,td{text-align:right;vertical-align:top;padding:6px 0 6px 18px;border-top:1px solid var(--line);white-space:nowrap}
thead th,thead td{border-top:0;font-weight:500;font-size:12.5px;color:var(--muted);padding-top:0}
th:first-child,td:first-child,.left th,.left td{text-align:left}
th:first-child,td:first-child{padding-left:0}
tbody th{font-weight:500}
.figures.left td,.figures.left th{white-space:normal;padding-right:6px}
.scroll{overflow-x:auto}
.ranking{display:block;font-size:inherit;padding:16px 22px;max-width:none}.ranking ol{margin:8px 0 0;padding-left:22px}.ranking a{color:var(--after);text-decoration:underline;padding:0}.ranking .endpoint{font-size:.85em}
.section-title{font-size:16px;margin:26px 0 12px}
.finding-section:first-of-type .section-title{margin-top:0}
.section-title .muted{font-weight:400;font-size:14px;margin-left:6px}
.s-fixed .sign{color:var(--good)}.s-introduced .sign{color:var(--bad)}
.s-fixed .finding{border-left:3px solid var(--good)}
.s-introduced .finding,.s-remaining .finding,.s-found .finding{border-left:3px solid var(--bad)}
.where{margin-top:5px;display:flex;flex-wrap:wrap;align-items:center;gap:4px 12px}
.where .endpoint{color:var(--after)}
.grade{font-size:12px;font-weight:600;padding:1px 9px;border-radius:99px;border:1px solid var(--muted);color:var(--muted)}
.g-proven{background:var(--ink);border-color:var(--ink);color:var(--paper)}
.g-possible{border-style:dashed}
.audit{font-size:12px;color:var(--muted)}
.saving{text-align:right;flex:none}
.saving strong{display:block;font-size:25px;line-height:1.2;letter-spacing:-.015em}
.saving span{font-size:12.5px;color:var(--muted)}
.summary{font-size:16.5px;margin:14px 0 4px;text-wrap:pretty}
.step{display:grid;grid-template-columns:112px minmax(0,1fr);gap:4px 20px;border-top:1px solid var(--line);padding-top:16px;margin-top:16px}
.step dt{font-weight:600;font-size:13.5px}
.step dd>*+*,details>*+*{margin-top:14px}
.gain-row{display:grid;grid-template-columns:56px minmax(0,1fr) 84px;align-items:center;gap:10px;font-size:13.5px;margin:3px 0}
.gain-row .value{text-align:right;font-weight:600}
.gain-name{color:var(--muted)}
.track{display:block;height:16px}
.track span{display:block;height:100%;min-width:3px;border-radius:3px}
.track .before,.bar .before{background:var(--before)}
.track .after{background:var(--after)}
.gain figcaption{font-size:14px;color:var(--ink)}
.gain p,figure>.muted{font-size:12.5px;margin-top:4px}
#validity p,#validity ul{margin-top:10px}
.bar-column{width:1%;min-width:200px}
td.bar-column{text-align:left;white-space:nowrap}
thead .bar-column{text-align:left}
.bar{display:inline-block;width:96px;height:10px;border-radius:3px;background:var(--soft);margin-right:8px;overflow:hidden}
.bar span{display:block;height:100%;background:var(--after)}
.plan th:first-child{white-space:normal;min-width:260px}
.plan .node{font-weight:600}
.plan .branch{color:var(--muted);margin-right:6px}
.plan .dearest .node,.plan .dearest .value{color:var(--bad)}
.plan .dearest .bar span{background:var(--bad)}
.functions th:first-child{white-space:normal;min-width:220px}
.statements th:first-child{white-space:normal;min-width:260px;font-weight:400}
.statements th+th,.statements td{width:1%;min-width:104px}
summary{cursor:pointer;list-style-position:outside;margin-left:16px}
summary .aside{float:right;font-size:13.5px;margin-left:16px}
summary::after{content:"";display:block;clear:both}
.flat .aside{float:right;font-size:13.5px}
.sql-line{display:inline-block;max-width:100%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;vertical-align:bottom}
.flame{position:relative;min-width:640px}
.flame span{position:absolute;height:20px;padding:0 5px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis;border-radius:2px;border-right:1px solid var(--paper);font:11.5px/20px var(--mono);color:var(--f-ink)}
.f-user{background:var(--f-user)}.f-dependency{background:var(--f-dependency)}.f-runtime{background:var(--f-runtime)}.f-gc{background:var(--f-gc)}
.flame span:hover{filter:brightness(1.08);outline:1px solid var(--ink);z-index:1}
.grew{background:repeating-linear-gradient(135deg,transparent 0 4px,rgb(0 0 0/.12) 4px 5px),color-mix(in srgb,var(--grew) var(--strength,100%),var(--f-runtime))}
.shrank{background:repeating-linear-gradient(0deg,transparent 0 4px,rgb(0 0 0/.12) 4px 5px),color-mix(in srgb,var(--shrank) var(--strength,100%),var(--f-runtime))}
.flame-caption{font-size:12.5px;color:var(--muted);margin:10px 0 4px}
.is-live .flame-still{display:none}
.flame-live{position:relative}
.flame-tools{display:flex;flex-wrap:wrap;align-items:center;gap:8px 10px;margin-bottom:10px}
.flame-views{display:flex;flex-wrap:wrap}
button,input{font:inherit;font-size:13px;color:inherit}
.flame-tools button,.flame-tools input{background:var(--paper);border:1px solid var(--line);padding:5px 12px;border-radius:7px;min-height:32px}
.flame-tools button{cursor:pointer}
.flame-tools button:hover:not(:disabled){background:var(--soft)}
.flame-tools button:disabled{opacity:.5;cursor:default}
.flame-views button{border-radius:0;margin-left:-1px;max-width:16em;overflow:hidden;text-overflow:ellipsis}
.flame-views button:first-child{border-radius:7px 0 0 7px;margin-left:0}.flame-views button:last-child{border-radius:0 7px 7px 0}
.flame-views button[aria-pressed=true]{background:var(--ink);border-color:var(--ink);color:var(--paper)}
.flame-tools input{flex:0 1 240px;min-width:0;border-color:var(--before)}
.flame-found{font-size:13px;color:var(--muted)}
.flame-key:empty{display:none}
.flame-key{margin-bottom:8px}
.flame-scroller{max-height:min(70vh,640px);overflow-x:hidden;overflow-y:auto}
.flame-spacer{position:relative}
.flame-live canvas{position:sticky;top:0;display:block;width:100%;height:100%;max-height:min(70vh,640px);border-radius:4px}
.flame-readout{font:12.5px/1.5 var(--mono);color:var(--muted);margin:8px 0 4px;min-height:3em}
.flame-tip{position:absolute;z-index:3;max-width:min(520px,100%);pointer-events:none;background:var(--ink);color:var(--paper);border-radius:8px;padding:8px 11px;font-size:12.5px;line-height:1.45;overflow-wrap:anywhere}
.flame-tip[hidden]{display:none}
.flame-tip div:first-child{font-family:var(--mono);font-weight:600}
.flame-list{font-size:13.5px}
.flame-list caption{text-align:left;color:var(--muted);font-size:12.5px;padding-bottom:8px;overflow-wrap:anywhere}
.flame-link{background:none;border:0;padding:0;text-align:left;font-family:var(--mono);color:var(--after);cursor:pointer;text-decoration:underline;text-underline-offset:3px;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 24px;font-size:14px}
.facts dt{color:var(--muted)}
#method h3{font-size:15px;margin:22px 0 8px}
#method p{max-width:68em}
#method .scroll{margin:12px 0 16px}
ul{padding-left:20px;margin-top:8px}
footer{padding-top:36px;padding-bottom:48px;font-size:12.5px;color:var(--muted)}
@media (max-width:640px){.masthead,nav,main,footer{padding-left:16px;padding-right:16px}.masthead{padding-top:28px}h1{font-size:27px}.lead{font-size:17px}
.card{padding:16px}.step{grid-template-columns:minmax(0,1fr)}.finding>header{flex-direction:column}.saving{text-align:left}.saving strong{display:inline}
.change{margin-left:0;flex-basis:100%}.tiles{display:grid;grid-template-columns:1fr 1fr}.tiles div{border:0;margin:0;padding:10px 12px 10px 0}
.bar{width:44px}.bar-column{min-width:0}.plan th:first-child,.functions th:first-child{min-width:170px}.gain-row{grid-template-columns:52px minmax(0,1fr) 68px}
.statements thead{display:none}.statements tr{display:block;border-top:1px solid var(--line);padding:8px 0}.statements th,.statements td{display:inline-block;border:0;padding:0 16px 0 0!important;width:auto;min-width:0!important}.statements th{display:block}.statements td::before{content:attr(data-name) " ";color:var(--muted)}
summary .aside,.flat .aside{float:none;display:block;margin-left:0}th,td{padding-left:12px}.variants{display:block}}
@media print{:root{color-scheme:light;--ground:#fff}.flame-live{display:none}.is-live .flame-still{display:block}.flame{min-width:0}body{font-size:12px}nav{display:none}h2,.legend{break-after:avoid}.card{break-inside:avoid}details.card{break-inside:auto}pre{max-height:none}
main>section{padding-top:24px}details::details-content{content-visibility:visible;height:auto;display:block}.flame,.track,.bar,.chip,.grade,svg,.key{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
`;
