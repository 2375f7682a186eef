"""What is measured, with the figures that the project has set itself for 100,000 entities."""

from dataclasses import dataclass


@dataclass
class Row:
    name: str
    measure: str
    unit: str
    must: float
    aim: float
    higher_is_better: bool = False
    # What PostgreSQL must reach, where it is not twice the time or half the rate.
    must_postgres: float | None = None

    def must_on(self, engine):
        if engine == "sqlite":
            return self.must
        if self.must_postgres is not None:
            return self.must_postgres
        return self.must / 2 if self.higher_is_better else self.must * 2

    def is_met(self, value, engine):
        must = self.must_on(engine)
        return value >= must if self.higher_is_better else value <= must


CATALOG = [
    Row("ingest", "cold ingest until everything answers", "s", 15, 6),
    Row("ingest-memory", "  resident at its peak", "MB", 400, 250, must_postgres=400),
    Row("reread", "unchanged re-read of everything", "s", 2, 0.5),
    Row("reread-writes", "  revisions written by it", "", 0, 0, must_postgres=0),
    Row("changed", "one entity of a file of 500 changed: visible", "ms", 50, 10),
    Row("hub", "new service of a group with thousands: visible", "ms", 50, 10),
    Row("size", "database an entity, 10 % changed, with the image", "B", 2500, 1600, must_postgres=3000),
    Row("start-image", "start to ready with the image", "s", 0.5, 0.15),
    Row("start-rebuild", "start to ready without the image", "s", 4, 1.5),
    Row("rest-memory", "resident at rest after mixed reads", "MB", 200, 120, must_postgres=200),
    Row("page", "page of 20, kind and type, ordered: p95", "ms", 3, 1),
    Row("page-rate", "  with 16 clients", "/s", 5000, 10000, True),
    Row("text", "the same with a text filter: p95", "ms", 10, 3),
    Row("facets", "five facets over components: p95", "ms", 3, 1),
    Row("facets-rate", "  with 16 clients", "/s", 2000, 8000, True),
    Row("count", "count with a filter of three keys: p95", "ms", 1, 0.4),
    Row("name", "by name: p95", "ms", 2, 0.4),
    Row("name-rate", "  with 16 clients", "/s", 15000, 25000, True),
    Row("all", "all entities in name order", "MB/s", 100, 300, True),
    Row("all-memory", "  resident gained by it", "MB", 50, 20, must_postgres=50),
]
