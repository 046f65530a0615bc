import Figures

/// The page's style sheet: one column, light or dark as the reader's system is, black on white on paper.
enum PageStyle {
  /// Colours of the figures and the names under which the sheet sets them.
  static let variables: [String: String] = {
    // The greys of texts and lines.
    var names = [
      "#ffffff": "paper", "#111111": "ink", "#333333": "text", "#444444": "text", "#555555": "faint",
      "#666666": "faint", "#999999": "grey", "#e2e2e2": "grid", "#e3e3e3": "grid",
    ]
    for colour in Colour.allCases {
      names[colour.rawValue] = "\(colour)"
      if colour.textRGB != colour.rawValue { names[colour.textRGB] = "\(colour)-text" }
    }
    return names
  }()

  private static let light = """
    --ground:#f4f5f7;--paper:#ffffff;--ink:#222222;--text:#333333;--faint:#555555;--grey:#8c8c8c;--grid:#e3e3e3;\
    --line:#d3d7dc;--link:#0b5c94;--good:#0a6b47;--bad:#a3330a;--blue:#0072b2;--sky:#56b4e9;--green:#009e73;\
    --vermillion:#d55e00;--purple:#cc79a7;--orange:#e69f00;--sky-text:#1f78a8;--green-text:#007a59;\
    --vermillion-text:#b34e00;--purple-text:#a34a7d;--orange-text:#8f6300;--grey-text:#6e6e6e
    """

  private static let dark = """
    --ground:#121518;--paper:#1b1f24;--ink:#e8eaed;--text:#cfd3d8;--faint:#a3a9b1;--grey:#858c95;--grid:#32383f;\
    --line:#3a4149;--link:#7cc0f5;--good:#5fd0a0;--bad:#ff9e78;--blue:#3d8fd1;--sky:#86ccf5;--green:#22b98c;\
    --vermillion:#f07f35;--purple:#d98bb6;--orange:#e8ad2c;--sky-text:#86ccf5;--green-text:#35c99b;\
    --vermillion-text:#f5934f;--purple-text:#e3a3c6;--orange-text:#e8ad2c;--grey-text:#a3a9b1
    """

  static let text = """
    :root,.light{\(light)}
    :root{color-scheme:light dark}
    @media screen and (prefers-color-scheme:dark){:root{\(dark)}}
    *{box-sizing:border-box}
    html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 "Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Verdana,sans-serif}
    header,main,footer{max-width:64rem;margin:0 auto;padding:0 1.25rem}
    h1{font-size:1.6rem;line-height:1.25;margin:1.75rem 0 .25rem;text-wrap:balance}
    h2{font-size:1.25rem;margin:2.25rem 0 .5rem;line-height:1.3}
    h3{font-size:1rem;margin:1.5rem 0 .25rem}
    p,ul,dl,pre{margin:.5rem 0}
    header p,footer{color:var(--faint)}
    h1,p,li,dd,figcaption{overflow-wrap:anywhere}
    a{color:var(--link)}
    :focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:2px}
    .skip{position:absolute;left:-99rem}
    .skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.5rem 1rem;z-index:2}
    #answer{background:var(--paper);border:1px solid var(--line);border-left:6px solid var(--blue);border-radius:6px;padding:.25rem 1.25rem .75rem;margin:1rem 0}
    #answer h2{margin:.75rem 0 .25rem;font-size:1rem;color:var(--faint);font-weight:600}
    .lead{font-size:1.2rem;line-height:1.4;font-weight:600;margin:.25rem 0 .75rem}
    .highlights{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.4rem,1fr));gap:.75rem 1.25rem;margin:1rem 0 .25rem}
    .highlights div{border-top:2px solid var(--line);padding-top:.4rem}
    .highlights dt{color:var(--faint);font-size:.875rem}
    .highlights dd{margin:0}
    .highlights .value{font-size:1.4rem;font-weight:700;line-height:1.25}
    .highlights .note{color:var(--faint);font-size:.875rem}
    nav ol{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;padding:0;margin:.75rem 0;font-size:.9375rem}
    nav a{display:inline-block;padding:.2rem 0}
    .scroll{overflow-x:auto;background:var(--paper);border:1px solid var(--line);border-radius:6px;margin:.75rem 0}
    table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
    caption{text-align:left;font-weight:600;padding:.6rem .75rem .3rem;position:sticky;left:0}
    th,td{padding:.3rem .75rem;text-align:right;white-space:nowrap;border-top:1px solid var(--line)}
    thead th{border-top:0;color:var(--faint);font-weight:600;vertical-align:bottom;white-space:normal}
    th:first-child,.text{text-align:left}
    tbody th{font-weight:600;background:var(--paper);position:sticky;left:0}
    .change{display:inline-block;min-width:3.5em;color:var(--faint)}
    .good{color:var(--good)}
    .bad{color:var(--bad)}
    .card{margin:1rem 0;background:var(--paper);border:1px solid var(--line);border-radius:6px;padding:.75rem}
    figure{margin:0}
    figcaption strong,figcaption span{display:block}
    figcaption span{color:var(--faint);font-size:.875rem}
    .drawing{overflow-x:auto;margin:.25rem 0}
    .drawing svg{display:block;width:100%;height:auto;min-width:44rem}
    .hint{display:none;color:var(--faint);font-size:.8125rem;margin:0}
    .light{background:var(--paper);color-scheme:light}
    .marks>*{fill:transparent;stroke:none}
    .marks>.on{stroke:var(--ink);stroke-width:1.5}
    summary{cursor:pointer;color:var(--link);font-size:.9375rem;padding:.15rem 0}
    .data .scroll{max-height:24rem;overflow:auto}
    .data table{width:auto;font-size:.8125rem}
    .definitions{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:0 1.5rem;font-size:.9375rem}
    .definitions div{display:flex;gap:.75rem;justify-content:space-between;border-top:1px solid var(--line);padding:.25rem 0}
    .definitions dt{color:var(--faint)}
    .definitions dd{margin:0;text-align:right}
    pre{background:var(--paper);border:1px solid var(--line);border-radius:6px;padding:.75rem;overflow-x:auto;font:.8125rem/1.45 "DejaVu Sans Mono",Menlo,Consolas,monospace}
    footer{font-size:.875rem;border-top:1px solid var(--line);margin-top:2.5rem;padding-top:.75rem;padding-bottom:2rem}
    #tip{position:fixed;z-index:3;left:0;top:0;max-width:20rem;background:var(--ink);color:var(--paper);font-size:.8125rem;line-height:1.4;padding:.35rem .6rem;border-radius:4px;white-space:pre-line;pointer-events:none}
    #tip[hidden]{display:none}
    @media (max-width:40rem){
    header,main,footer{padding:0 .9rem}
    h1{font-size:1.3rem}
    .lead{font-size:1.1rem}
    .highlights{grid-template-columns:1fr 1fr}
    .highlights .value{font-size:1.2rem}
    #answer{padding:.25rem .9rem .6rem}
    nav ol{flex-direction:column;gap:0}
    nav a{padding:.35rem 0}
    .card{padding:.6rem}
    }
    @media screen and (max-width:46rem){.hint{display:block}}
    @media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
    @media print{
    @page{margin:16mm 14mm}
    body{background:#fff;color:#000;font-size:10pt}
    header,main,footer{max-width:none;padding:0}
    h1{font-size:16pt;margin-top:0}
    h2{font-size:13pt;margin-top:1.2rem}
    h2,h3,h2+p,figcaption,caption,thead,summary{break-after:avoid}
    nav,.skip,#tip{display:none}
    #answer,.card,.scroll,pre{border-color:#999}
    #answer,.highlights div,figure,tr,.definitions div{break-inside:avoid}
    .scroll,.drawing,pre,.data .scroll{overflow:visible;max-height:none}
    pre{white-space:pre-wrap}
    .drawing svg{min-width:0;width:auto;max-width:100%;max-height:11cm}
    table{font-size:8pt}
    th,td{padding:.15rem .4rem;white-space:normal}
    .data td{white-space:nowrap}
    .card{border:0;padding:0}
    details::details-content{content-visibility:visible;display:block}
    summary{list-style:none;color:#000}
    .data{columns:2;column-gap:4mm;font-size:6.5pt}
    .data table{font-size:6.5pt;width:100%}
    .data .scroll{border:0;margin:0 0 .5rem}
    .data th,.data td,.data caption{padding:0 .25rem}
    .data th{white-space:normal}
    a{color:#000;text-decoration:none}
    }
    """
}
