extension HTMLReport {
    static let style = """
        :root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --text: #1c2430; --quiet: #66707d;
          --line: #e3e6ea; --grid: #edeff2; --a: #2563eb; --b: #d9480f; --c: #8b95a3; --bad: #c92a2a; --good: #2b8a3e; }
        @media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1a2029; --text: #e6eaf0; --quiet: #96a1af;
          --line: #2b3340; --grid: #252d38; --a: #6ea8fe; --b: #ff9f5a; --c: #7c8794; --bad: #ff8787; --good: #69db7c; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
        main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 48px; }
        h1 { font-size: 24px; font-weight: 650; margin: 0; letter-spacing: -0.01em; }
        h2 { font-size: 15px; font-weight: 600; margin: 0 0 2px; }
        .sub { color: var(--quiet); margin: 4px 0 24px; }
        .note { color: var(--quiet); font-size: 13px; margin: 0 0 10px; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; margin-bottom: 12px; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; }
        .tile .name { color: var(--quiet); font-size: 13px; }
        .tile .value { font-size: 24px; font-weight: 600; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
        .tile .value small { font-size: 14px; font-weight: 500; color: var(--quiet); letter-spacing: 0; }
        .tile.bad .value { color: var(--bad); }
        .plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(380px, 100%), 1fr)); gap: 12px; }
        .wide { grid-column: 1 / -1; }
        svg { display: block; width: 100%; height: auto; overflow: visible; }
        svg text { fill: var(--quiet); font-size: 12px; font-variant-numeric: tabular-nums; }
        .grid { stroke: var(--grid); } .axis { stroke: var(--line); }
        .s0 { stroke: var(--a); } .s1 { stroke: var(--b); } .s2 { stroke: var(--c); } .s3 { stroke: var(--bad); }
        .path { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .dashed { stroke-dasharray: 5 4; stroke-width: 1.5; }
        .area { fill: var(--a); opacity: .1; } .bar { fill: var(--a); } .bar.bad { fill: var(--bad); }
        .dot { stroke: var(--card); stroke-width: 1.5; } .dot.met { fill: var(--a); } .dot.unmet { fill: var(--bad); }
        .mark { stroke: var(--c); stroke-dasharray: 2 3; opacity: .7; }
        .bound { stroke: var(--bad); stroke-dasharray: 4 4; }
        .legend { display: flex; gap: 16px; font-size: 13px; color: var(--quiet); margin-bottom: 4px; flex-wrap: wrap; }
        .legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle; }
        .tip { position: fixed; pointer-events: none; background: var(--text); color: var(--page); font-size: 12px;
          padding: 5px 9px; border-radius: 6px; white-space: pre; display: none; z-index: 1; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--line); }
        th { font-weight: 500; color: var(--quiet); font-size: 13px; } tr:last-child td { border-bottom: 0; }
        th:first-child, td:first-child { text-align: left; padding-left: 0; } td:last-child, th:last-child { padding-right: 0; }
        .scroll { overflow-x: auto; } .warning { border-left: 3px solid var(--b); margin-bottom: 12px; }
        .facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 8px 0 0; }
        .facts dt { color: var(--quiet); } .facts dd { margin: 0; overflow-wrap: anywhere; }
        .no { color: var(--bad); } .yes { color: var(--good); }
        """
}
