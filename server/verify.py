"""Whether every stored event has its consent, and whether anything is left of visitors who withdrew."""

import msgspec

from suostumus.server.erasures import unfinished
from suostumus.server.ledger import Ledger
from suostumus.server.standings import withdrawn_among
from suostumus.server.state import State
from suostumus.server.store import Connection, query


class Findings(msgspec.Struct, frozen=True):
    """Counts; everything but the totals must be nought."""

    events: int
    consents: int
    without_consent: int  # events with no consent in force at their time
    without_purpose: int  # events with a column whose purpose was not granted
    of_withdrawn: int  # raw rows of visitors who withdrew, less those whose erasure is under way
    doubled: int  # events or decisions stored twice
    unclaimed: int  # hidden visitors whom no erasure will finish
    erasures_waiting: int  # withdrawals not verified yet: no fault, but not the end

    @property
    def is_clean(self) -> bool:
        """Whether nothing is stored that may not be."""
        return not (self.without_consent or self.without_purpose or self.of_withdrawn or self.doubled or self.unclaimed)


def verify(connection: Connection, ledger: Ledger, state: State) -> Findings:
    """Check every raw row against the consents and the tombstones. Raises StoreError or LedgerError."""
    before = ledger.read(unfinished)
    pending = connection.rows(query("read_pending"))
    found = connection.rows(query("visitors_of_events"))
    rows = {state.hash_visitor(str(row["visitor"])): row["rows"] for row in found}
    withdrawn = ledger.read(lambda reading: withdrawn_among(reading, rows))
    waiting = {erasure.number: erasure for erasure in [*before, *ledger.read(unfinished)]}  # some withdraw meanwhile
    being_erased = {erasure.visitor_hash for erasure in waiting.values() if not erasure.purposes}
    return Findings(
        events=connection.value(query("count_all_events")),
        consents=connection.value(query("count_all_consents")),
        without_consent=connection.value(query("verify_consents")),
        without_purpose=connection.value(query("verify_purposes")),
        of_withdrawn=sum(rows[visitor_hash] for visitor_hash in withdrawn - being_erased),
        doubled=connection.value(query("doubled_events")) + connection.value(query("doubled_consents")),
        unclaimed=sum(str(row["machine"]) != state.machine or row["number"] not in waiting for row in pending),
        erasures_waiting=len(waiting),
    )
