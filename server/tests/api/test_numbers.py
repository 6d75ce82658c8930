"""Numbers over HTTP."""

from typing import Any


async def test_a_number_is_added_shown_changed_and_deleted(api: Any, make_application: Any) -> None:
    application = (await make_application())["id"]
    async with api.client() as client:
        wanted = {"digits": "+15551230000", "application": application}
        made = (await client.post("/v1/numbers", json=wanted)).json()
        assert made == {"digits": "15551230000", "alias": "", "application": application}
        change = {"alias": "Sales", "application": ""}
        changed = (await client.patch("/v1/numbers/15551230000", json=change)).json()
        assert changed == {**made, "alias": "Sales", "application": None}
        restored = {"application": application}
        back = (await client.patch("/v1/numbers/+15551230000", json=restored)).json()
        assert back["application"] == application
        assert len((await client.get("/v1/numbers")).json()["items"]) == 1
        assert (await client.get("/v1/numbers/15551230000")).status_code == 200
        assert (await client.delete("/v1/numbers/15551230000")).status_code == 204
        assert (await client.get("/v1/numbers/15551230000")).status_code == 404
