"""Figures, and the table of them."""
import dataclasses
import statistics


@dataclasses.dataclass
class Figure:
    """One quantity, measured once a round; with a goal, its median is to be at most `goal`, or at least."""
    name: str
    unit: str
    values: list
    goal: float = None
    at_least: bool = False
    at: int = None  # the size it was measured at, of figures that are shown as a grid

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def holds(self):
        if self.goal is None:
            return None
        return self.median >= self.goal if self.at_least else self.median <= self.goal

    def as_json(self):
        shown = {"name": self.name, "unit": self.unit, "values": self.values, "median": self.median,
                 "low": min(self.values), "high": max(self.values)}
        if self.at is not None:
            shown["at"] = self.at
        if self.goal is not None:
            shown |= {"goal": self.goal, "at_least": self.at_least, "holds": self.holds}
        return shown


def ratio(name, upper, lower, goal=None, at_least=False):
    """Round by round, so that what slows the machine for a while slows both."""
    return Figure(name, "×", [above / below for above, below in zip(upper, lower)], goal, at_least)


def number(value):
    if value == 0:
        return "0"
    digits = max(0, 2 - len(str(int(abs(value)))) + 1)
    return f"{value:,.{min(digits, 2)}f}".replace(",", " ")


def cells(figure):
    """Of one figure: name, median, spread, goal, verdict."""
    spread = ""
    if len(figure.values) > 1:
        spread = f"{number(min(figure.values))} – {number(max(figure.values))}"
    goal = verdict = ""
    if figure.goal is not None:
        goal = f"{'≥' if figure.at_least else '≤'} {number(figure.goal)}"
        verdict = "holds" if figure.holds else "does not hold"
    return [figure.name, f"{number(figure.median)} {figure.unit}".strip(), spread, goal, verdict]


HEADS = ["figure", "median", "rounds, low – high", "goal", ""]


def table(figures):
    """Head and lines of one row's table: a figure a line, or a size a line and a figure a column."""
    sizes = sorted({figure.at for figure in figures if figure.at is not None})
    if not sizes:
        return HEADS, [cells(figure) for figure in figures]
    columns = list(dict.fromkeys((figure.name, figure.unit) for figure in figures))
    values = {(figure.at, figure.name): figure.median for figure in figures}
    return ["links"] + [f"{name}, {unit}" for name, unit in columns], [
        [number(size)] + [number(values[size, name]) for name, _ in columns] for size in sizes]


def as_text(title, figures, notes):
    """For a terminal."""
    head, lines = table(figures)
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    shown = ["", title]
    for line in [head, *lines] if head is not HEADS else lines:
        shown.append("  " + "  ".join(
            cell.ljust(width) if i in (0, 3) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths))).rstrip())
    return "\n".join(shown + ["  " + note for note in notes])


def as_markdown(title, figures, notes):
    head, lines = table(figures)
    shown = [f"### {title}", ""]
    if figures:
        rules = ["---" if i == 0 or head is HEADS and i > 2 else "---:" for i in range(len(head))]
        shown += ["| " + " | ".join(line) + " |" for line in [head, rules, *lines]] + [""]
    for note in notes:
        shown += [note[0].upper() + note[1:] + ".", ""]
    return "\n".join(shown) + "\n"
