"""Languages of an inquiry."""

from referral.app import create_app
from referral.desk.web.forms import desk_languages
from referral.records.hsds import Language
from tests.support.pairs import pantry, store


def test_what_services_here_speak_can_be_chosen_beside_the_common_ones(instance):
    spoken = Language(id="l1", service_id=pantry(1)[1].id, name="Tigrinya", code="ti")
    store(instance, *pantry(1), spoken)
    instance.index.sync()
    with create_app(instance.settings, instance).test_request_context():
        assert {"ti", "am", "es"} <= desk_languages()
