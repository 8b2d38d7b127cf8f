"""What a load balancer asks."""

from referral.app import create_app


def test_live(client):
    assert client.get("/health/live").json == {"status": "live"}


def test_ready(sample_client):
    response = sample_client.get("/health/ready")
    assert response.status_code == 200
    assert response.json["status"] == "ready"
    assert response.json["database"] is True
    assert response.json["index"] is True
    assert response.json["index_lag"] == 0
    assert response.json["services"] >= 300
    assert response.json["checked_at"]


def test_not_ready_without_an_index(directory):
    """The fixture's directory was never indexed."""
    response = create_app(directory.settings, directory).test_client().get("/health/ready")
    assert response.status_code == 503
    assert response.json["status"] == "not ready"
