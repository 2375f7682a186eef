"""The figures as a table."""


def render(title, rows, figures, engine, calibration, baseline):
    lines = [["measure", "value", "must", "aim", "", "loops", "baseline"]]
    for row in rows:
        value = figures.get(row.name)
        if value is None:
            lines.append([row.measure, "–", number(row.must_on(engine)), number(row.aim), "", "", ""])
            continue
        lines.append(
            [
                row.measure,
                f"{number(value)} {row.unit}".rstrip(),
                number(row.must_on(engine)),
                number(row.aim),
                "" if row.is_met(value, engine) else "MISSED",
                in_loops(row, value, calibration),
                against(row, value, calibration, baseline),
            ]
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    text = [title]
    for line in lines:
        cells = [line[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(line[1:], widths[1:])]
        text.append("  ".join(cells).rstrip())
    met = sum(row.name in figures and row.is_met(figures[row.name], engine) for row in rows)
    text.append(f"{met} of {len(rows)} figures reached; the fixed loop takes {calibration * 1000:.0f} ms")
    return "\n".join(text)


def number(value):
    if value == int(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.2f}"


def scaled(row, value, calibration):
    """The value by the machine's speed: times in loops, rates a loop; sizes as they are."""
    seconds = {"s": 1, "ms": 0.001}.get(row.unit)
    if seconds:
        return value * seconds / calibration
    return value * calibration if row.unit.endswith("/s") else value


def in_loops(row, value, calibration):
    if row.unit in ("s", "ms") or row.unit.endswith("/s"):
        return f"{scaled(row, value, calibration):.3g}"
    return ""


def against(row, value, calibration, baseline):
    """How much of the baseline's figure it is, both by the speed of their machine."""
    old = (baseline or {}).get("figures", {}).get(row.name)
    if not old:
        return ""
    return f"{scaled(row, value, calibration) / scaled(row, old, baseline['calibration']):.2f}"
