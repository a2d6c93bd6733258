extension HTMLReport {
    /// What is shown of a report, top to bottom.
    static let script = #"""
        const source = document.getElementById("data");
        const data = JSON.parse(source.textContent);
        const main = document.querySelector("main");
        const percentileScale = highest => {
          const nines = Math.max(Math.ceil(Math.log10(1 / (1 - Math.min(highest, 99.999) / 100))), 2);
          const ticks = [0, 50, 90, 99, 99.9, 99.99, 99.999].slice(0, nines + 2);
          const place = p => Math.log10(1 / Math.max(1 - p / 100, Math.pow(10, -nines))) / nines;
          return { ticks, place };
        };
        const timed = (ms, calls) => calls ? time(ms) : "–";
        function showRun() {
          const { run, latency, seconds } = data;
          const isOpen = run.loop === "open";
          html(main, "h1", "", run.label);
          html(main, "p", "sub", (isOpen
            ? `Open loop, ${run.arrivals === "poisson" ? "Poisson" : run.arrivals} arrivals, ${run.rates || rate(data.planned_rate) + "/s"} planned`
            : `Closed loop, ${run.concurrency} call${run.concurrency === 1 ? "" : "s"} at once`)
            + ` · ${run.connections} connection${run.connections === 1 ? "" : "s"} · ${digits(run.seconds)} s`
            + (run.seconds < (run.planned_seconds || 0) * 0.995 ? ` of ${digits(run.planned_seconds)} s` : "") + " · "
            + new Date(run.started_at).toISOString().slice(0, 16).replace("T", " ") + " UTC");
          data.tester.warnings.forEach(text => html(main, "div", "card warning", text));
          const tiles = html(main, "div", "tiles");
          const missed = data.schedule ? data.schedule.missed : 0, all = data.calls + data.failed + missed;
          if (data.streams) tile(tiles, "Messages", rate(data.streams.rate) + " /s");
          // Streams that last as long as the run are no answers.
          const isAnswered = data.calls || data.failed || !data.streams;
          if (isAnswered) {
            tile(tiles, "Rate", rate(data.rate) + " /s");
            tile(tiles, "p50", timed(latency.p50, data.calls));
            tile(tiles, "p99", timed(latency.p99, data.calls));
            tile(tiles, "p99.9", timed(latency.p999, data.calls));
          } else {
            const measured = data.streams.round_trips || data.streams.gaps, what = data.streams.round_trips ? "Round trip" : "Gap";
            tile(tiles, "Streams", count(data.streams.open));
            if (measured) for (const name of ["p50", "p99", "max"]) tile(tiles, `${what} ${name}`, time(measured[name]));
          }
          tile(tiles, "Errors", all ? trim(digits((data.failed + missed) / all * 100)) + " %" : "–", data.failed + missed > 0);
          if (data.verification && data.verification.recall !== undefined) tile(tiles, "Recall", data.verification.recall.toFixed(4));
          const plots = html(main, "div", "plots");
          const origin = isOpen ? "From the planned send time." : "From sending: a closed loop hides stalls.";
          if (data.curve.length) {
            const points = data.curve.map(p => [Math.min(p.percent, 99.9999), p.latency]);
            lines(card(plots, "Latency by percentile", origin), [{ name: "latency", tone: 0, points }], {
              x: percentileScale(100 * (1 - 1 / data.calls)), area: true,
              y: points[points.length - 1][1] > 20 * Math.max(points[0][1], 1e-4)
                ? logarithmic(Math.max(points[0][1], 1e-4), points[points.length - 1][1]) : linear(0, points[points.length - 1][1]),
              formatX: (p, whole) => whole ? `${trim(p.toFixed(4))}%` : `${p}%`, formatY: (v, whole) => (whole ? time : shortTime)(v) });
          }
          // Where one step ends and the next begins, along plots over time.
          const marks = (data.steps || []).slice(1).map(s => s.start_seconds);
          const each = data.interval_seconds || 1, at = seconds.map((s, i) => (i + 0.5) * each), across = linear(0, Math.max(seconds.length * each, 1), 6);
          const clock = (v, whole) => whole ? `second ${Math.floor(v) + 1}` : v ? `${trim(digits(v))} s` : "0";
          if (isAnswered) {
            const throughput = card(plots, "Answers a second", isOpen ? "Dashed: planned." : "");
            const planned = isOpen ? [{ name: "planned", tone: 2, dashed: true, points: seconds.flatMap((s, i) => [[i * each, s.planned_rate], [(i + 1) * each, s.planned_rate]]) }] : [];
            const failing = seconds.some(s => s.failed) ? [{ name: "failed", tone: 3, points: seconds.map((s, i) => [at[i], s.failed / each]) }] : [];
            const answered = { name: "answered", tone: 0, points: seconds.map((s, i) => [at[i], s.rate]) };
            lines(throughput, [answered, ...planned, ...failing], { x: across, marks, area: true, formatX: clock, formatY: v => rate(v) + "/s",
              y: linear(0, Math.max(...seconds.map(s => Math.max(s.rate, s.failed / each, s.planned_rate || 0)), 1)) });
            const some = seconds.filter(s => s.max > 0);
            if (some.length) {
              const low = Math.min(...some.map(s => s.p50)), high = Math.max(...some.map(s => s.max));
              lines(card(plots, "Latency over time", "Of the calls that were answered in each second."), [
                { name: "p50", tone: 0, points: seconds.map((s, i) => [at[i], s.p50]).filter(p => p[1] > 0) },
                { name: "p99", tone: 1, points: seconds.map((s, i) => [at[i], s.p99]).filter(p => p[1] > 0) },
                { name: "max", tone: 2, points: seconds.map((s, i) => [at[i], s.max]).filter(p => p[1] > 0) },
              ].reverse(), { x: across, marks, formatX: clock, formatY: (v, whole) => (whole ? time : shortTime)(v),
                y: high > 20 * low ? logarithmic(low, high) : linear(0, high) });
            }
          }
          if (data.streams) showStreams(plots, data.streams, seconds, { at, across, marks, clock });
          if (data.schedule) {
            const total = Math.max(data.schedule.histogram.reduce((sum, bar) => sum + bar.count, 0), 1);
            bars(card(plots, "Accuracy of the schedule",
              `Actual minus planned send times: p50 ${time(data.schedule.p50 / 1e3)}, p99 ${time(data.schedule.p99 / 1e3)}.`),
              data.schedule.histogram.filter((bar, i, list) => list.slice(i).some(b => b.count)).map(bar => ({
                name: bar.up_to === undefined || bar.up_to === null ? "more" : "≤ " + shortTime(bar.up_to / 1e3),
                value: bar.count, text: trim((bar.count / total * 100).toFixed(2)) + "%" })));
          }
          if (Object.keys(data.errors).length) {
            const errors = card(plots, "Errors by status", "", "wide");
            bars(errors, Object.entries(data.errors).sort((a, b) => b[1] - a[1])
              .map(([name, value]) => ({ name: name.length > 18 ? name.slice(0, 17) + "…" : name, value, text: count(value) })), "bad");
            facts(errors, Object.entries(data.error_messages));
          }
          if (data.steps) showSteps(plots, data.steps);
          const row = (name, calls, failed, perSecond, l) => [name, count(calls), count(failed), rate(perSecond) + "/s",
            ...[l.mean, l.p50, l.p90, l.p99, l.p999, l.max].map(ms => timed(ms, calls))];
          const rows = data.kinds.map(k => row(k.name, k.calls, k.failed, k.rate, k.latency));
          if (rows.length > 1) rows.push(row("all", data.calls, data.failed, data.rate, latency));
          if (isAnswered) table(card(plots, "Latency", "", "wide"), ["", "answered", "failed", "rate", "mean", "p50", "p90", "p99", "p99.9", "max"], rows);
          const bytes = v => v >= 1e9 ? digits(v / 1e9) + " GB" : v >= 1e6 ? digits(v / 1e6) + " MB" : digits(v / 1e3) + " kB";
          facts(card(plots, "Run", "", "wide"), [
            ["Endpoints", run.endpoints.join(", ")], ["Seed", run.seed], ["Warm-up", digits(run.warm_up_seconds) + " s"],
            ["Bytes before encryption", `${bytes(data.bytes_sent)} sent, ${bytes(data.bytes_received)} received`],
            ["Handshakes", `${data.handshakes.count} ${data.handshakes.version}, median ${time(data.handshakes.tls_median)}, `
              + `slowest ${time(data.handshakes.tls_max)}, ${data.handshakes.reconnects} connections made again`],
            ["Tester", (data.calls + data.failed ? `${digits(data.tester.cpu_microseconds_per_call)} µs of CPU a call, ` : "") + `${digits(data.tester.cpu_percent)}% of a core`
              + (data.tester.machine_percent ? `; the whole machine was at ${digits(data.tester.machine_percent)}% of ${data.tester.cores} cores` : "")],
            ["Checked answers", data.verification && `${count(data.verification.checked)}, ${count(data.verification.wrong)} wrong`
              + (data.verification.unchecked_hits ? `, ${count(data.verification.unchecked_hits)} hits of unknown score` : "")],
            ["Wrong answers", data.verification && data.verification.wrong ? (data.verification.examples || []).join("; ") : null],
          ]);
        }
        function showStreams(plots, streams, seconds, { at, across, marks, clock }) {
          const open = streams.open ? `${count(streams.open)} stream${streams.open === 1 ? " was" : "s were"} open at the end of the run, which ended them.` : "";
          const flow = card(plots, "Messages a second", open || "Of all streams together.");
          lines(flow, [{ name: "messages", tone: 0, points: seconds.map((s, i) => [at[i], s.messages || 0]) }], { x: across, marks, area: true,
            formatX: clock, formatY: v => rate(v) + "/s", y: linear(0, Math.max(...seconds.map(s => s.messages || 0), 1)) });
          const total = streams.gap_histogram.reduce((sum, bar) => sum + bar.count, 0);
          if (total) {
            const shown = streams.gap_histogram.filter((bar, i, list) => list.slice(i).some(b => b.count) && list.slice(0, i + 1).some(b => b.count));
            bars(card(plots, "Between messages", "Of the same stream, as they came."), shown.map(bar => ({ value: bar.count,
              name: bar.up_to == null ? "more" : "≤ " + shortTime(bar.up_to), text: trim((bar.count / total * 100).toFixed(2)) + "%" })));
          }
          const rows = [["First message", streams.first_message], ["Between messages", streams.gaps], ["Round trip", streams.round_trips]].filter(r => r[1]);
          if (rows.length) table(card(plots, "Messages of streams", streams.round_trips
            ? "First messages count from the planned send time of the call, round trips from sending the message that is answered."
            : "First messages count from the planned send time of the call.", "wide"),
            ["", "mean", "p50", "p90", "p99", "p99.9", "max"],
            rows.map(([name, l]) => [name, ...[l.mean, l.p50, l.p90, l.p99, l.p999, l.max].map(time)]));
        }
        function showSteps(plots, steps) {
          const made = card(plots, "Steps", "Requests planned in each step, whenever their answers came; the answers a second are those that came while it lasted.", "wide");
          const to = s => s.planned_rate_end ?? s.planned_rate, middle = s => (s.planned_rate + to(s)) / 2;
          const some = steps.filter(s => s.calls).sort((a, b) => middle(a) - middle(b));
          if (some.length > 1) {
            const low = Math.min(...some.map(s => s.latency.p50)), high = Math.max(...some.map(s => s.latency.max));
            const x = linear(0, Math.max(...some.map(middle)), 8), y = high > 20 * low ? logarithmic(low, high) : linear(0, high);
            const f = lines(made, ["max", "p99", "p50"].map((name, i) => ({ name, tone: [2, 1, 0][i], points: some.map(s => [middle(s), s.latency[name]]) })),
              { x, y, formatX: v => rate(v) + "/s", formatY: (v, whole) => (whole ? time : shortTime)(v) });
            for (const s of some) node(f.svg, "circle", { class: "dot " + (s.failed + s.missed ? "unmet" : "met"), r: 4,
              cx: f.at.x(x.place(middle(s))), cy: f.at.y(y.place(s.latency.p50)) });
          }
          table(made, ["from", "planned", "answered", "requests", "failed", "p50", "p99", "max"], steps.map(s => {
            const lost = s.failed + s.missed;
            return [trim(digits(s.start_seconds)) + " s", (s.planned_rate_end == null ? "" : rate(s.planned_rate) + " to ") + rate(to(s)) + "/s",
              rate(s.rate) + "/s", count(s.calls + lost), lost ? { text: count(lost), className: "no" } : "0",
              ...[s.latency.p50, s.latency.p99, s.latency.max].map(ms => timed(ms, s.calls))];
          }));
        }
        function showLimit() {
          html(main, "h1", "", data.rate ? `${rate(data.rate)} requests a second` : "No rate met the goal");
          html(main, "p", "sub", `${data.label} · the highest rate with p99 up to ${time(data.p99)} and errors up to ${trim(digits(data.error_share * 100))}%`
            + ` · ${data.connections} connection${data.connections === 1 ? "" : "s"} · ${digits(data.seconds)} s a trial`);
          data.warnings.forEach(text => html(main, "div", "card warning", text));
          const plots = html(main, "div", "plots");
          const plot = card(plots, "Latency at each rate", "A dot is a trial; red ones missed the goal, which is the dashed line.", "wide");
          const trials = [...data.trials].sort((a, b) => a.planned_rate - b.planned_rate).filter(t => t.p99 > 0);
          if (trials.length) {
            const high = Math.max(...trials.map(t => t.p99), data.p99), low = Math.min(...trials.map(t => t.p50));
            const x = linear(0, Math.max(...trials.map(t => t.planned_rate)), 8), y = logarithmic(low, high);
            // The middle one of the trials at one rate.
            const rates = [...new Set(trials.map(t => t.planned_rate))], middle = rates.map(r => {
              const same = trials.filter(t => t.planned_rate === r).sort((a, b) => a.p99 - b.p99);
              return same[Math.floor(same.length / 2)];
            });
            const f = lines(plot, [
              { name: "p99", tone: 0, points: middle.map(t => [t.planned_rate, t.p99]) },
              { name: "p50", tone: 2, points: middle.map(t => [t.planned_rate, t.p50]) },
            ], { x, y, formatX: v => rate(v) + "/s", formatY: (v, whole) => (whole ? time : shortTime)(v), height: 380 });
            const where = f.at.y(y.place(data.p99));
            node(f.svg, "line", { class: "bound", x1: f.left, x2: f.width - f.right, y1: where, y2: where });
            node(f.svg, "text", { x: f.width - f.right, y: where - 6, "text-anchor": "end" }, `goal ${shortTime(data.p99)}`);
            for (const t of trials) node(f.svg, "circle", { class: "dot " + (t.met ? "met" : "unmet"), r: 4.5,
              cx: f.at.x(x.place(t.planned_rate)), cy: f.at.y(y.place(t.p99)) });
          }
          table(card(plots, "Trials", "", "wide"), ["planned", "answered", "p50", "p99", "failed", "goal"],
            data.trials.map(t => [rate(t.planned_rate) + "/s", rate(t.rate) + "/s", time(t.p50), time(t.p99),
              trim(digits(t.error_share * 100)) + "%", t.met ? { text: "met", className: "yes" } : { text: t.reason || "missed", className: "no" }]));
        }
        const show = source.dataset.kind === "limit" ? showLimit : showRun;
        show();
        let drawn = innerWidth;
        addEventListener("resize", () => {
          if (innerWidth === drawn) return;
          drawn = innerWidth;
          main.replaceChildren();
          show();
        });
        """#
}
