"""Requests per second, latency and server CPU, over interleaved rounds."""

from dataclasses import dataclass, field
from statistics import median

from .accounting import CPUTime
from .load import Load


# On a machine that does something else, too, a server can be kept from its core for the whole of a short round.
ATTEMPTS = 3


@dataclass
class Round:
    """One server under load for a few seconds."""

    requests_per_second: float
    p50_us: float
    p99_us: float
    cpu_us: float
    failures: int


@dataclass
class Contestant:
    """A server in one scenario, with what its rounds measured."""

    name: str
    server: object
    path: str
    headers: tuple = ()
    body: str = None
    rounds: list = field(default_factory=list)
    requests: int = 0
    user_ticks: int = 0
    kernel_ticks: int = 0

    def run(self, seconds, connections, core, pipeline):
        url = f"{self.server.scheme}://127.0.0.1:{self.server.port}{self.path}"
        for _ in range(ATTEMPTS):
            before = CPUTime.of(self.server.pid)
            result = Load(url, seconds, connections, core, pipeline, self.headers, self.body).result()
            used = CPUTime.of(self.server.pid) - before
            if result.requests:
                break
        else:
            raise RuntimeError(f"{self.name} answered nothing at {url}")
        self.requests += result.requests
        self.user_ticks += used.user_ticks
        self.kernel_ticks += used.kernel_ticks
        self.rounds.append(
            Round(
                result.requests / result.seconds,
                result.p50_us,
                result.p99_us,
                used.total_seconds * 1e6 / result.requests,
                result.failures,
            )
        )

    def median(self, name):
        return median(getattr(round_, name) for round_ in self.rounds)

    @property
    def failures(self):
        return sum(round_.failures for round_ in self.rounds)

    @property
    def user_us(self):
        """User-mode CPU per request. Its share is sampled at each timer tick, so all rounds are taken together."""
        ticks = self.user_ticks + self.kernel_ticks
        return self.median("cpu_us") * self.user_ticks / ticks if ticks else float("nan")


def compete(contestants, rounds, seconds, connections, core, pipeline=1, progress=lambda text: None):
    """Runs every contestant once per round, each round from another start: a drift of the machine hits all alike."""
    for contestant in contestants:
        server = contestant.server
        url = f"{server.scheme}://127.0.0.1:{server.port}{contestant.path}"
        Load(url, 1, connections, core, pipeline, contestant.headers, contestant.body).result()
    for number in range(rounds):
        turn = number % len(contestants)
        for contestant in contestants[turn:] + contestants[:turn]:
            contestant.run(seconds, connections, core, pipeline)
        progress(f"round {number + 1} of {rounds}")
    return contestants


def _latency(microseconds):
    # wrk has no percentile for a batch of pipelined requests when most of them end together.
    return f"{microseconds:,.0f}" if microseconds else "-"


def table(contestants):
    """Medians over the rounds, and ratios of CPU per request to the floor and to nginx where those took part."""
    by_name = {contestant.name: contestant for contestant in contestants}
    base, nginx = by_name.get("floor"), by_name.get("nginx")
    head = ["server", "requests/s", "p50 us", "p99 us", "CPU us/request", "user us/request"]
    if base:
        head.append("CPU / floor")
    if nginx:
        head += ["CPU / nginx", "user / nginx"]
    head.append("failed")
    rows = [head]
    for contestant in contestants:
        cpu = contestant.median("cpu_us")
        row = [
            contestant.name,
            f"{contestant.median('requests_per_second'):,.0f}",
            _latency(contestant.median("p50_us")),
            _latency(contestant.median("p99_us")),
            f"{cpu:.2f}",
            f"{contestant.user_us:.2f}",
        ]
        if base:
            row.append(f"{cpu / base.median('cpu_us'):.2f}")
        if nginx:
            row += [f"{cpu / nginx.median('cpu_us'):.2f}", f"{contestant.user_us / nginx.user_us:.2f}"]
        row.append(str(contestant.failures))
        rows.append(row)
    return rows
