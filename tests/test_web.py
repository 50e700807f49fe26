"""Web: polite, bounded and repeatable over real sockets, whatever a server does."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from services import Reply, Services, page

from surveyext.sources import client
from surveyext.sources.client import Fault, Manners, Web, WebError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

URL = "https://example.org/paper"


def fault(web: Web, url: str = URL) -> WebError:
    """Return the error that an address ends in."""
    with pytest.raises(WebError) as failed:
        web.get(url)
    return failed.value


def test_a_busy_server_is_asked_again_after_the_time_that_it_names(
    services: Services, web: Web
) -> None:
    busy = Reply(status=429, headers={"Retry-After": "1"})
    services.say("example.org", busy, page("fine"))
    assert web.get(URL).text == "fine"
    assert services.times[1] - services.times[0] >= 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_error_of_the_server_is_tried_three_times_more(
    services: Services, web: Web, status: int
) -> None:
    services.say("example.org", Reply(status=status))
    assert fault(web).fault is Fault.BROKEN
    assert len(services.asked) == 4


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_server_that_refuses_is_not_taken_for_dead(
    services: Services, web: Web, status: int
) -> None:
    services.say("example.org", Reply(status=status))
    assert fault(web).fault is Fault.REFUSED


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_gone_at_the_first_answer(
    services: Services, web: Web, status: int
) -> None:
    services.say("example.org", Reply(status=status))
    assert fault(web).fault is Fault.GONE
    assert len(services.asked) == 1


def test_what_did_not_change_is_not_sent_again(services: Services, tmp_path: Path) -> None:
    services.say("example.org", Reply("first", headers={"ETag": '"1"'}))
    manners = Manners(gateway=services.gateway, pace=0)
    for _ in range(2):
        with Web(manners, tmp_path / "memory.sqlite") as web:
            assert web.get(URL).text == "first"
    assert [headers.get("if-none-match") for _, _, headers in services.asked] == [None, '"1"']


def test_a_spoilt_memory_is_begun_anew(services: Services, tmp_path: Path) -> None:
    services.say("example.org", page("fine"))
    memory = tmp_path / "memory.sqlite"
    memory.write_bytes(b"no database" * 500)
    with Web(Manners(gateway=services.gateway, pace=0), memory) as web:
        assert web.get(URL).text == "fine"


def test_a_body_without_end_is_not_read_to_the_end(services: Services, web: Web) -> None:
    services.say("example.org", Reply(b"x" * 1_000_000, repeat=50))
    assert "more than 4 MB" in str(fault(web))
    assert len(services.asked) == 1


def test_a_body_that_breaks_off_is_asked_for_again(services: Services, web: Web) -> None:
    services.say("example.org", Reply("half", cut=True), page("whole"))
    assert web.get(URL).text == "whole"


def test_a_compressed_body_that_nobody_asked_for_is_refused(services: Services, web: Web) -> None:
    services.say("example.org", Reply(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}))
    assert "compressed" in str(fault(web))


def test_silence_ends_in_a_message(services: Services, tmp_path: Path) -> None:
    services.say("example.org", page("late", wait=2))
    manners = Manners(gateway=services.gateway, pace=0, retries=0, timeout=0.2)
    with Web(manners, tmp_path / "memory.sqlite") as web:
        assert "does not answer in time" in str(fault(web))


def test_a_circle_of_redirects_ends(services: Services, web: Web) -> None:
    services.say("example.org", Reply(status=302, headers={"Location": URL}))
    assert "sends in circles" in str(fault(web))


@pytest.mark.parametrize("target", ["javascript:alert(1)", "file:///etc/passwd", "ftp://x.org/y"])
def test_no_redirect_leads_away_from_the_web(services: Services, web: Web, target: str) -> None:
    services.say("example.org", Reply(status=302, headers={"Location": target}))
    fault(web)
    assert len(services.asked) == 1


#: Spellings of addresses inside a network, and what stands for one of them.
INSIDE = [
    *("127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f.1", "0x7f000001"),
    *("0177.0.0.1", "017700000001", "10.0.0.1", "10.1", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
    *("169.254.169.254", "2852039166", "224.0.0.1", "255.255.255.255", "\uff11\uff12\uff17.0.0.1"),
    *("127\u30020\u30020\u30021", "localhost", "LOCALHOST.", "[::1]", "[::]", "[::ffff:127.0.0.1]"),
    *("[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]"),
]


@pytest.mark.parametrize("host", INSIDE)
@pytest.mark.parametrize("gateway", [False, True])
def test_no_address_inside_somebodys_network_is_asked(
    services: Services, tmp_path: Path, host: str, gateway: bool
) -> None:
    manners = Manners(gateway=services.gateway if gateway else "", pace=0)
    port = services.gateway.rpartition(":")[2]
    services.say("", page("secret"))
    with Web(manners, tmp_path / "memory.sqlite") as web:
        failed = fault(web, f"http://{host}:{port}/latest")
    assert "is no public host" in str(failed) or "is no address" in str(failed)
    assert services.asked == []


@pytest.mark.parametrize("host", [host for host in INSIDE if host.isascii()])
def test_no_redirect_leads_inside(services: Services, web: Web, host: str) -> None:
    services.say("", page("secret"))
    services.say("example.org", Reply(status=302, headers={"Location": f"http://{host}/latest"}))
    fault(web)
    assert {asked for _, asked, _ in services.asked} == {"example.org/paper"}


def looked_up(monkeypatch: pytest.MonkeyPatch, **addresses: list[str]) -> list[str]:
    """Let names mean these addresses, and return what was connected to."""
    real, connected = socket.getaddrinfo, []

    def look_up(host: str, port: int, *rest: Any, **more: Any) -> Any:
        name = host.replace(".", "_")
        if name not in addresses:
            return real(host, port, *rest, **more)
        found = [real(each, port, *rest, **more)[0] for each in addresses[name]]
        addresses[name] = ["127.0.0.1"]  # another answer to whoever asks again
        return found

    def connect(place: tuple[str, int], *_: Any, **__: Any) -> Any:
        connected.append(place[0])
        raise ConnectionRefusedError("nobody")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    return connected


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "::1", "fd00::1", "169.254.169.254"])
def test_a_name_of_an_address_inside_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str
) -> None:
    connected = looked_up(monkeypatch, inner_example=["93.184.215.14", address])
    with Web(Manners(pace=0), tmp_path / "memory.sqlite") as web:
        assert "'inner.example' is no public host" in str(fault(web, "http://inner.example/"))
    assert connected == []


def test_what_was_judged_is_what_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    public = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]
    connected = looked_up(monkeypatch, outer_example=public)
    with Web(Manners(pace=0, retries=0), tmp_path / "memory.sqlite") as web:
        assert fault(web, "http://outer.example/").fault is Fault.OFFLINE
    assert connected == public


def test_a_server_that_drips_is_not_listened_to_for_ever(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_TIME", 0.3)
    services.say("example.org", page("late", wait=1.5))
    manners = Manners(gateway=services.gateway, pace=0, retries=0, timeout=20)
    begun = time.monotonic()
    with Web(manners, tmp_path / "memory.sqlite") as web:
        assert "does not answer in time" in str(fault(web))
    assert time.monotonic() - begun < 1.2


@pytest.mark.parametrize("kind", ["application/pdf", "video/mp4", "application/octet-stream"])
def test_what_no_program_here_can_read_is_not_read(services: Services, web: Web, kind: str) -> None:
    services.say("example.org", Reply(b"x" * 1_000_000, headers={"Content-Type": kind}, repeat=9))
    found = web.get(URL)
    assert (found.text, found.type) == ("", kind)


def test_text_is_read_as_what_it_is_whatever_the_header_says(services: Services, web: Web) -> None:
    wrong = {"Content-Type": "text/html; charset=iso-8859-1"}
    services.say("example.org/utf8", Reply("Schütze", headers=wrong))
    services.say("example.org/latin", Reply("Schütze".encode("latin-1"), headers=wrong))
    services.say("example.org/none", Reply(b"Sch\xfctze", headers={"Content-Type": "x; charset=q"}))
    for path in ("utf8", "latin", "none"):
        assert web.get(f"https://example.org/{path}").text == "Schütze"


def test_nobody_there_is_told_from_nothing_there(services: Services, tmp_path: Path) -> None:
    manners = Manners(gateway="http://127.0.0.1:1", pace=0)
    with Web(manners, tmp_path / "memory.sqlite") as web:
        failed = fault(web)
    assert failed.fault is Fault.OFFLINE
    assert "no connection to example.org" in str(failed)


def test_requests_to_one_host_keep_their_distance(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "INTERVALS", {"slow.org": 0.3})
    services.say("slow.org", page("x"))
    with Web(Manners(gateway=services.gateway), tmp_path / "memory.sqlite") as web:
        threads = [threading.Thread(target=web.get, args=("https://slow.org/",)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    gaps = [
        later - sooner for sooner, later in zip(services.times, services.times[1:], strict=False)
    ]
    assert all(gap >= 0.28 for gap in gaps)


def test_whoever_is_asked_can_write_to_the_person_behind(
    services: Services, tmp_path: Path
) -> None:
    services.say("", page("x"))
    manners = Manners(gateway=services.gateway, pace=0, mailto="a@b.org", token="secret")
    with Web(manners, tmp_path / "memory.sqlite") as web:
        web.get(URL)
        web.get("https://api.github.com/repos/a/b")
    first, second = (headers for _, _, headers in services.asked)
    assert first["user-agent"] == "surveyext (survey of papers; mailto:a@b.org)"
    assert "authorization" not in first
    assert second["authorization"] == "Bearer secret"


def test_the_secret_is_not_carried_to_another_host(services: Services, tmp_path: Path) -> None:
    elsewhere = Reply(status=301, headers={"Location": "https://evil.org/"})
    services.say("api.github.com", elsewhere)
    services.say("evil.org", page("x"))
    with Web(
        Manners(gateway=services.gateway, pace=0, token="secret"), tmp_path / "m.sqlite"
    ) as web:
        web.get("https://api.github.com/repos/a/b")
    assert "authorization" not in services.asked[-1][2]


def test_a_link_is_looked_at_without_its_body_and_refusals_are_asked_twice(
    services: Services, web: Web
) -> None:
    services.say("example.org", Reply(status=405), Reply(b"x" * 1_000_000, repeat=50))
    assert web.look(URL).url == URL
    assert [method for method, _, _ in services.asked] == ["HEAD", "GET"]


def test_an_address_that_moved_for_good_is_told_from_one_that_leads_on(
    services: Services, web: Web
) -> None:
    new = {"Location": "https://example.org/new"}
    services.say("example.org/old", Reply(status=301, headers=new))
    services.say("example.org/now", Reply(status=302, headers=new))
    services.say("example.org/new", page("x"))
    assert web.look("https://example.org/old").moved == "https://example.org/new"
    assert web.look("https://example.org/now").moved == ""
