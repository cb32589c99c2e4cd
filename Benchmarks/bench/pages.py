"""Pages without a server: a layout, a partial and a table of 100 rows by ZzzTemplate, by hand, by Go and by Jinja2."""

import html
import os
import subprocess
import sys
from dataclasses import dataclass, field
from statistics import median

from .cost import AllocationCounter
from .servers import ROOT, work_directory

FOLDER = os.path.join(ROOT, "Benchmarks", "template")
SWIFT = os.path.join(ROOT, ".build", "release", "template-bench")


@dataclass
class Engine:
    """A program that makes the page as often as it is told, and prints the last one."""

    name: str
    command: list
    # How often in one round: an engine that is slower makes it less often.
    count: int
    cpu_us: list = field(default_factory=list)

    def page(self, count):
        """The page, and the CPU time of the whole process."""
        process = subprocess.Popen([*self.command, str(count)], stdout=subprocess.PIPE)
        page = process.stdout.read().decode()
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"{self.name} failed"
        return page, usage.ru_utime + usage.ru_stime

    def measure(self):
        """CPU time per page, what the start of the process costs taken off."""
        _, start = self.page(1)
        _, total = self.page(self.count + 1)
        self.cpu_us.append((total - start) * 1e6 / self.count)

    def median(self):
        return median(self.cpu_us)


def engines(count):
    """All of them, checked to make the same page: characters may be escaped in different ways."""
    go = os.path.join(work_directory("template"), "template-go")
    subprocess.run(["go", "build", "-o", go, os.path.join(FOLDER, "go", "main.go")], check=True)
    # Debian's interpreter, for which Debian's Jinja2 is.
    jinja = ["/usr/bin/python3", os.path.join(FOLDER, "jinja", "main.py")]
    contestants = [
        Engine("ZzzTemplate", [SWIFT, "template"], count),
        Engine("appends to bytes by hand", [SWIFT, "appends"], count),
        Engine("appends to a String by hand", [SWIFT, "strings"], count // 4),
        Engine("Go html/template", [go], count // 20), Engine("Jinja2", jinja, count // 20),
    ]
    pages = [html.unescape(engine.page(1)[0]) for engine in contestants]
    for engine, page in zip(contestants, pages):
        if page != pages[0]:
            sys.exit(f"bench: {engine.name} makes another page")
    return contestants


def compete(contestants, rounds):
    for turn in range(rounds):
        for offset in range(len(contestants)):
            contestants[(turn + offset) % len(contestants)].measure()


def table(contestants):
    own = contestants[0].median()
    rows = [["engine", "CPU us per page", "times ZzzTemplate"]]
    for engine in contestants:
        rows.append([engine.name, f"{engine.median():.1f}", f"{engine.median() / own:.1f}"])
    return rows


def allocations_per_page(engine):
    """Heap allocations per page once the output has its size."""
    counter = AllocationCounter()
    totals = []
    for count in (0, 1000, 2000):
        subprocess.run([*engine.command, str(count)], stdout=subprocess.DEVNULL, check=True,
                       env={**os.environ, **counter.environment})
        totals.append(counter.read())
    few, many = totals[1] - totals[0], totals[2] - totals[1]
    return (many - few) / 1000
