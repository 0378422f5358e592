"""*Today*: what there is, what waits for a person, what it comes to, and who answers."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.web.console.charts import chart
from gateway.web.console.reader import phrase
from gateway.web.console.visit import Route, Visit

WAITS: Final = (
    ("review", phrase("Claims to review"), "review"),
    ("in_doubt", phrase("Messages in doubt"), "doubts"),
    ("parked", phrase("Parked messages"), "delivery"),
    ("tasks", phrase("Tasks"), "tasks"),
    ("alerts", phrase("Alerts"), "alerts"),
    ("rejected_events", phrase("Events to repair"), "events"),
)
"""What waits for a person: its figure, its title, and the page where it is seen to."""


async def show(visit: Visit) -> web.StreamResponse:
    """The first page."""
    found = await visit.ask("today")
    reader = visit.reader
    ages = [
        (
            reader.say(phrase("older"))
            if each["days_at_most"] is None
            else reader.say_count("up to %(num)s day", "up to %(num)s days", each["days_at_most"]),
            each["claims"],
        )
        for each in found["ages"] or ()
    ]
    throughput = [(reader.day(each["day"]), each["registered"]) for each in found["throughput"]]
    waits = [(found["waits"][figure], title, visit.place(place)) for figure, title, place in WAITS]
    return visit.page(
        "today.html", today=found, ages=chart(ages), throughput=chart(throughput), waits=waits
    )


ROUTES: Final = (Route("GET", "", show, name="today"),)
