"""The connection to PostgreSQL is encrypted, unless the server is on this machine."""

from contextlib import closing

import pytest
from sqlalchemy.engine import make_url

from referral.store import Store
from referral.store.availability import StoreUnavailableError
from referral.store.database import make_engine
from tests.support.network_relay import relayed

LOCAL = ("/", "localhost/", "127.0.0.1:5432/", "[::1]/", "/x?host=/run/postgresql")
REMOTE = ("db.example/", "10.0.0.5:5432/", "[fd00::5]/", "/x?host=db1:5432&host=127.0.0.1:5432")


@pytest.mark.parametrize("where", LOCAL + REMOTE)
def test_a_server_elsewhere_must_encrypt(where, monkeypatch):
    monkeypatch.delenv("PGSSLMODE", raising=False)
    url = f"postgresql://referral@{where}"
    mode = make_engine(url).url.query.get("sslmode")
    assert mode == ("require" if where in REMOTE else None)
    said = make_engine(f"{url}{'&' if '?' in url else '?'}sslmode=verify-full").url
    assert said.query["sslmode"] == "verify-full"
    monkeypatch.setenv("PGSSLMODE", "verify-ca")
    assert "sslmode" not in make_engine(url).url.query


@pytest.mark.postgresql
def test_a_server_elsewhere_that_does_not_encrypt_is_not_used(postgresql_databases, caplog):
    def is_usable(url):
        with closing(Store(url.render_as_string(hide_password=False))) as store:
            return store.is_usable()

    with relayed(postgresql_databases.migrated()) as (_, here):
        # No address of this machine by its look; the system takes it for 127.0.0.1.
        elsewhere = make_url(here).set(host="127.1")
        with pytest.raises(StoreUnavailableError):
            is_usable(elsewhere)
        assert "no TLS there" in caplog.text
        assert is_usable(elsewhere.update_query_dict({"sslmode": "disable"}))
