"""Every table that a store speaks of, joined: what the migrations must come to."""

from __future__ import annotations

import sqlalchemy as sa

from care.catalogue import store as catalogue_store
from care.desk import counting, once, sighting
from care.registration import drafts, transfers
from care.registration import store as registration_store
from care.units import store as units_store
from care.warranty import confirmations, upgrades
from care.warranty import store as warranty_store
from identity import enrolment_store, revocation_store
from identity.customers.passkey_store import passkey
from identity.customers.session_store import customer_session
from identity.device_requests.store import device_request
from identity.device_sign_in.store import device_token
from relay.audit import store as audit_store
from relay.pin import store as pin_store
from relay.session import store as session_store
from server.mail import outbox

# Identity's stores share one; a table stands in it only once its module is imported.
FEATURES = frozenset(
    {
        pin_store.metadata,
        session_store.metadata,
        audit_store.metadata,
        revocation_store.revocation.metadata,
        enrolment_store.enrol_code.metadata,
        customer_session.metadata,
        passkey.metadata,
        outbox.metadata,
        device_request.metadata,
        device_token.metadata,
        catalogue_store.metadata,
        units_store.metadata,
        registration_store.metadata,
        warranty_store.metadata,
        drafts.draft.metadata,
        transfers.offer.metadata,
        upgrades.upgrade.metadata,
        confirmations.confirmation.metadata,
        once.metadata,
        counting.metadata,
        sighting.metadata,
    }
)


def all_tables() -> sa.MetaData:
    joined = sa.MetaData()
    for metadata in FEATURES:
        for table in metadata.tables.values():
            table.to_metadata(joined)
    return joined
