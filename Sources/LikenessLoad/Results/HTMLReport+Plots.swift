extension HTMLReport {
    /// Lines and bars in SVG; nothing that a library would be worth.
    static let plots = #"""
        const NS = "http://www.w3.org/2000/svg";
        function node(parent, name, attributes, text) {
          const made = document.createElementNS(NS, name);
          for (const key in attributes) made.setAttribute(key, attributes[key]);
          if (text !== undefined) made.textContent = text;
          parent.appendChild(made);
          return made;
        }
        function html(parent, name, className, text) {
          const made = document.createElement(name);
          if (className) made.className = className;
          if (text !== undefined) made.textContent = text;
          parent.appendChild(made);
          return made;
        }
        const digits = v => Math.abs(v) >= 99.95 || v === 0 ? v.toFixed(0) : Math.abs(v) >= 9.995 ? v.toFixed(1) : v.toFixed(2);
        const trim = text => text.includes(".") ? text.replace(/\.?0+$/, "") : text;
        const count = v => Math.round(v).toString().replace(/\B(?=(\d{3})+$)/g, ",");
        const rate = v => v >= 100 ? count(v) : trim(digits(v));
        const time = ms => ms >= 999.5 ? digits(ms / 1e3) + " s" : ms >= 0.9995 ? digits(ms) + " ms" : digits(ms * 1e3) + " µs";
        const shortTime = ms => { if (!ms) return "0"; const [number, unit] = time(ms).split(" "); return trim(number) + " " + unit; };
        const tip = html(document.body, "div", "tip");
        function hover(target, text) {
          target.addEventListener("mousemove", event => {
            const said = text(event);
            tip.style.display = said ? "block" : "none";
            tip.textContent = said || "";
            tip.style.left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8) + "px";
            tip.style.top = (event.clientY + 14) + "px";
          });
          target.addEventListener("mouseleave", () => { tip.style.display = "none"; });
        }
        function linear(low, high, wanted = 5) {
          const span = Math.max(high - low, 1e-9), rough = span / wanted;
          const power = Math.pow(10, Math.floor(Math.log10(rough)));
          const step = [1, 2, 2.5, 5, 10].map(f => f * power).find(s => s >= rough);
          const top = Math.ceil(high / step - 1e-9) * step, ticks = [];
          for (let v = Math.ceil(low / step - 1e-9) * step; v <= top + step / 1e6; v += step) ticks.push(v);
          return { ticks, place: v => (v - low) / (top - low), low, high: top };
        }
        function logarithmic(low, high) {
          const steps = [];
          for (let p = -5; p <= 6; p++) for (const f of [1, 2, 5]) steps.push(f * Math.pow(10, p));
          const bottom = steps.filter(v => v <= low * 1.001).pop() || steps[0];
          const top = steps.find(v => v >= high * 0.999 && v > bottom) || steps[steps.length - 1];
          const span = Math.log10(top / bottom), inside = steps.filter(v => v >= bottom * 0.999 && v <= top * 1.001);
          const ticks = span < 2 ? inside : inside.filter(v => Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-6);
          return { ticks, place: v => Math.log10(Math.max(v, bottom) / bottom) / span };
        }
        function card(parent, title, note, className) {
          const made = html(parent, "section", "card " + (className || ""));
          html(made, "h2", "", title);
          if (note) html(made, "p", "note", note);
          return made;
        }
        // Drawn at the size it has, so that its text is as large as the text around it.
        const widthOf = card => Math.max(card.clientWidth - 36, 260);
        function frame(parent, y, formatY, height) {
          const width = widthOf(parent), left = 58, right = 20, top = 8, bottom = 30;
          const svg = node(parent, "svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
          const at = { x: s => left + s * (width - left - right), y: s => height - bottom - s * (height - top - bottom) };
          for (const tick of y.ticks) {
            const where = at.y(y.place(tick));
            node(svg, "line", { class: "grid", x1: left, x2: width - right, y1: where, y2: where });
            node(svg, "text", { x: left - 8, y: where + 4, "text-anchor": "end" }, formatY(tick));
          }
          return { svg, at, left, right, width, height, bottom, top };
        }
        function below(f, x, formatX) {
          f.svg.appendChild(f.svg.firstChild);
          for (const tick of x.ticks) {
            const where = f.at.x(x.place(tick));
            if (where > f.width - f.right + 1) continue;
            node(f.svg, "text", { x: where, y: f.height - 10, "text-anchor": "middle" }, formatX(tick));
          }
          node(f.svg, "line", { class: "axis", x1: f.left, x2: f.width - f.right, y1: f.at.y(0), y2: f.at.y(0) });
        }
        function legend(parent, series) {
          if (series.length < 2) return;
          const made = html(parent, "div", "legend");
          series.forEach(line => {
            const entry = html(made, "span");
            const mark = html(entry, "i");
            mark.style.background = `var(--${["a", "b", "c", "bad"][line.tone]})`;
            entry.append(line.name);
          });
        }
        function lines(parent, series, { x, y, formatX, formatY, area, marks = [], height = 250 }) {
          legend(parent, series);
          const f = frame(parent, y, formatY, height);
          below(f, x, formatX);
          for (const mark of marks) {
            const where = f.at.x(x.place(mark));
            node(f.svg, "line", { class: "mark", x1: where, x2: where, y1: f.top, y2: f.at.y(0) });
          }
          for (const line of series) {
            const points = line.points.map(p => [f.at.x(x.place(p[0])), f.at.y(y.place(p[1]))]);
            if (!points.length) continue;
            const path = points.map((p, i) => (i ? "L" : "M") + p[0].toFixed(1) + " " + p[1].toFixed(1)).join("");
            if (area && line === series[0]) node(f.svg, "path", { class: "area",
              d: path + `L${points[points.length - 1][0]} ${f.at.y(0)}L${points[0][0]} ${f.at.y(0)}Z` });
            node(f.svg, "path", { class: `path s${line.tone}` + (line.dashed ? " dashed" : ""), d: path });
          }
          hover(f.svg, event => {
            const box = f.svg.getBoundingClientRect(), wanted = (event.clientX - box.left) / box.width * f.width;
            const nearest = line => line.points.reduce((best, p) =>
              !best || Math.abs(f.at.x(x.place(p[0])) - wanted) < Math.abs(f.at.x(x.place(best[0])) - wanted) ? p : best, null);
            const first = nearest(series[0]);
            return first && [formatX(first[0], true)].concat(series.map(line => {
              const p = nearest(line);
              return p ? `${line.name}  ${formatY(p[1], true)}` : "";
            })).join("\n");
          });
          return f;
        }
        function bars(parent, rows, className) {
          const most = Math.max(...rows.map(r => r.value), 1), step = 19, width = widthOf(parent), right = 110;
          const left = 20 + 7.5 * Math.max(...rows.map(r => r.name.length), 8);
          const svg = node(parent, "svg", { viewBox: `0 0 ${width} ${rows.length * step + 4}`, role: "img" });
          rows.forEach((row, index) => {
            const y = index * step + 4;
            node(svg, "text", { x: left - 10, y: y + 10.5, "text-anchor": "end" }, row.name);
            if (row.value) node(svg, "rect", { class: "bar " + (className || ""), x: left, y, rx: 2, height: 13,
              width: Math.max(row.value / most * (width - left - right), 2) });
            node(svg, "text", { x: left + row.value / most * (width - left - right) + 8, y: y + 10.5 }, row.text);
          });
        }
        function table(parent, head, rows) {
          const made = html(html(parent, "div", "scroll"), "table");
          const top = html(html(made, "thead"), "tr");
          head.forEach(text => html(top, "th", "", text));
          const body = html(made, "tbody");
          for (const row of rows) {
            const line = html(body, "tr");
            row.forEach(cell => html(line, "td", cell.className || "", cell.text ?? cell));
          }
        }
        function tile(parent, name, value, isBad) {
          const made = html(parent, "div", "card tile" + (isBad ? " bad" : ""));
          html(made, "div", "name", name);
          const [number, unit] = value.split(" ");
          const shown = html(made, "div", "value", number);
          if (unit) { shown.append(" "); html(shown, "small", "", unit); }
        }
        function facts(parent, pairs) {
          const list = html(parent, "dl", "facts");
          for (const [name, value] of pairs) if (value !== undefined && value !== null) {
            html(list, "dt", "", name);
            html(list, "dd", "", String(value));
          }
        }
        """#
}
