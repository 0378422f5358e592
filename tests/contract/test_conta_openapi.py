"""The judge itself: it must catch what is not in Conta's OpenAPI."""

from __future__ import annotations

import pytest

from clients.exchange import Request, Response
from tests.contract.conta_openapi import Contract, needs_specification, strict_document

pytestmark = needs_specification


def test_the_contract_catches_what_is_not_in_it() -> None:
    contract = Contract(strict_document(), times_have_offsets=False)
    path = "/invoice/organizations/4242/invoices"
    headers = {"apikey": "key", "content-type": "application/json"}
    request = Request(method="GET", path=path, query={"hits": "2"}, headers=headers)
    contract.check_request(request)
    contract.check_response(request, Response(status=200, body=b'{"hits": [{"id": 1}]}'))

    for bad in (
        Request(method="PUT", path=path, headers=headers),
        Request(method="GET", path=path, query={"updatedAfter": "2026"}, headers=headers),
        Request(method="GET", path=path, query={"type": "OLD"}, headers=headers),
        Request(method="GET", path=path, query={"fromDate": "1.1.2026"}, headers=headers),
        Request(
            method="POST", path=f"{path}/7/payments", headers=headers, body=b'{"amount": "1.00"}'
        ),
        Request(method="POST", path=f"{path}/7/payments", headers=headers, body=b'{"Amount": 1}'),
    ):
        with pytest.raises(AssertionError):
            contract.check_request(bad)
    for body in (
        b'{"hits": [{"id": "1"}]}',
        b'{"hits": [{"id": 1, "kraviaStatus": "ACTIVE"}]}',
        b'{"hits": [{"id": 1, "status": "OPEN"}]}',
        b'{"hits": [{"id": 1, "invoiceDate": "yesterday"}]}',
        b'{"hits": [{"id": 1, "createdAt": "yesterday"}]}',
    ):
        with pytest.raises(AssertionError):
            contract.check_response(request, Response(status=200, body=body))
