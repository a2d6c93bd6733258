"""Line and bar charts as SVG, without a library: they render where Markdown does, and diff as text."""
import math

COLOURS = ["#2563eb", "#64748b", "#d97706", "#059669"]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 320, 78, 20, 46, 56


def _ticks(top):
    step = 1.0
    while top / step > 6:
        step *= 2.5 if str(step).lstrip("0.").startswith("2") else 2
    while top / step < 3:
        step /= 2
    return [step * index for index in range(int(top / step * 1.0001) + 1)]


def _number(value):
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:g}"


def _frame(title, unit, ticks):
    """`ticks`: values and where they lie."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" font-size="15" font-weight="600" fill="#0f172a">{title}</text>',
        f'<text x="{LEFT}" y="39" font-size="11" fill="#64748b">{unit}</text>',
    ]
    for tick, y in ticks:
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e2e8f0"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#475569">{_number(tick)}</text>')
    return parts


def _legend(parts, names):
    x = WIDTH - RIGHT - sum(len(name) * 7 + 30 for name in names)
    for index, name in enumerate(names):
        parts.append(f'<rect x="{x}" y="13" width="12" height="12" rx="2" fill="{COLOURS[index]}"/>')
        parts.append(f'<text x="{x + 17}" y="23" fill="#334155">{name}</text>')
        x += len(name) * 7 + 30


def _end(parts, names, axis):
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 12}" text-anchor="middle" fill="#64748b">{axis}</text>')
    _legend(parts, names)
    return "\n".join(parts + ["</svg>", ""])


def bars(title, unit, groups, series, axis=""):
    """`series`: name to one value for each group."""
    top = max(max(values) for values in series.values()) * 1.12
    height, room = HEIGHT - TOP - BOTTOM, (WIDTH - LEFT - RIGHT) / len(groups)
    parts = _frame(title, unit, [(tick, TOP + height * (1 - tick / top)) for tick in _ticks(top)])
    width = min(46, room * 0.72 / len(series))
    for place, group in enumerate(groups):
        middle = LEFT + room * (place + 0.5)
        for index, values in enumerate(series.values()):
            x = middle + (index - len(series) / 2) * width
            size = height * values[place] / top
            parts.append(
                f'<rect x="{x + 2:.1f}" y="{TOP + height - size:.1f}" width="{width - 4:.1f}" height="{size:.1f}" rx="2" '
                f'fill="{COLOURS[index]}"/>'
            )
            parts.append(
                f'<text x="{x + width / 2:.1f}" y="{TOP + height - size - 4:.1f}" text-anchor="middle" font-size="10.5" '
                f'fill="#334155">{_number(round(values[place], 1))}</text>'
            )
        parts.append(f'<text x="{middle:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="#475569">{group}</text>')
    return _end(parts, list(series), axis)


def lines(title, unit, places, series, axis=""):
    """`series`: name to one value for each of `places`, which are pairs of a number and its label. Both axes are logarithmic."""
    values = [value for line in series.values() for value in line]
    low, high = 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)))
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    first, last = math.log(places[0][0]), math.log(places[-1][0])

    def x_of(place):
        return LEFT + 24 + (width - 48) * (math.log(place) - first) / (last - first)

    def y_of(value):
        return TOP + height * (1 - math.log(value / low) / math.log(high / low))

    decades = [low * 10**power for power in range(round(math.log10(high / low)) + 1)]
    parts = _frame(title, unit, [(tick, y_of(tick)) for tick in decades])
    for place, label in places:
        parts.append(f'<text x="{x_of(place):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="#475569">{label}</text>')
    for colour, line in zip(COLOURS, series.values()):
        points = [(x_of(place), y_of(value)) for (place, _), value in zip(places, line)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points)
    return _end(parts, list(series), axis)
