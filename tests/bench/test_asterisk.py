"""The server beside us is configured for this machine alone, and called with plain SIP."""

import re
import socket
import threading

import pytest
from asterisk import configuration
from sip import Caller, Refused, field, status_of, uri_user

OFFER = "v=0\r\nm=audio 4000 RTP/SAVP 0\r\n"
ANSWER = "v=0\r\nm=audio 10000 RTP/SAVP 0\r\n"


def response(status: str, request: str, body: str = "") -> bytes:
    copied = [f"{name}: {field(request, name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
    lines = (f"SIP/2.0 {status}", *copied, f"To: {field(request, 'To')};tag=b")
    return ("\r\n".join((*lines, f"Content-Length: {len(body)}")) + "\r\n\r\n" + body).encode()


@pytest.fixture
def server():
    """A server that rings and answers; `room-full` is refused."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(10)
        heard: list[str] = []

        def serve() -> None:
            while True:
                data, peer = sock.recvfrom(65_535)
                message = data.decode()
                if not message:
                    return
                heard.append(message)
                if not message.startswith("INVITE"):
                    continue
                if "room-full" in message.partition("\r\n")[0]:
                    sock.sendto(response("486 Busy Here", message), peer)
                    continue
                sock.sendto(response("180 Ringing", message), peer)
                answer = ANSWER.replace("10000", field(message, "Call-ID")[-1] * 5)
                sock.sendto(response("200 OK", message, answer), peer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield sock.getsockname()[1], heard
        sock.sendto(b"", sock.getsockname())
        thread.join()


def test_calls_are_answered_in_order_and_acknowledged(server):
    port, heard = server
    caller = Caller(port)
    answers = caller.call(["room1", "room2"], [OFFER, OFFER])
    assert answers == [ANSWER.replace("10000", "00000"), ANSWER.replace("10000", "11111")]
    assert caller.call(["room1"], [OFFER]) == [ANSWER.replace("10000", "22222")]
    caller.close()
    invitations = [message for message in heard if message.startswith("INVITE")]
    assert [field(one, "To") for one in invitations[:2]] == [
        f"<sip:room{n}@127.0.0.1:{port}>" for n in (1, 2)
    ]
    assert field(invitations[0], "Content-Length") == str(len(OFFER))
    for message in heard:
        if message.startswith("ACK"):
            assert ";tag=b" in field(message, "To")
            assert field(message, "CSeq") == "1 ACK"


def test_a_call_that_is_refused_ends_the_measurement(server):
    caller = Caller(server[0])
    with pytest.raises(Refused, match="486 Busy Here"):
        caller.call(["room-full"], [OFFER])
    caller.close()


def test_a_server_that_says_nothing_is_not_waited_for_for_ever():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        caller = Caller(silent.getsockname()[1])
        with pytest.raises(Refused, match="1 calls were not answered"):
            caller.call(["room"], [OFFER], limit_s=0.3)
        caller.close()


def test_parts_of_messages_are_found():
    message = "SIP/2.0 200 OK\r\ncall-id:  bench-7 \r\nTo: <sip:room3@127.0.0.1>;tag=x\r\n\r\n"
    assert status_of(message) == 200
    assert status_of("INVITE sip:a@b SIP/2.0\r\n") is None
    assert field(message, "Call-ID") == "bench-7"
    assert field(message, "CSeq") == ""
    assert uri_user(field(message, "To")) == "room3"


@pytest.mark.parametrize(("codec", "allowed"), [("opus", "opus"), ("PCMU", "ulaw")])
def test_the_server_is_there_for_this_machine_alone(codec, allowed):
    files = configuration("/tmp/here", codec)
    addresses = re.findall(r"\d+\.\d+\.\d+\.\d+", "".join(files.values()))
    assert set(addresses) == {"127.0.0.1"}
    assert f"allow = {allowed}\n" in files["pjsip.conf"]
    assert "media_encryption = sdes\n" in files["pjsip.conf"]
    assert "autoload = no\n" in files["modules.conf"]
