"""The headers of every answer."""

import pytest
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.zscope.serving.asgi import getter
from vae.errors import BadRequestError
from zscope.serving.security_headers import SecurityHeaders, content_policy, parse_ancestors, script_hashes

_HOST = {"host": "localhost:8501"}


def _headers(path: str, ancestors: tuple[str, ...] = ()) -> dict[str, str]:
    own = {"content-security-policy": "default-src 'none'"}
    routes = [
        Route("/page", lambda request: PlainTextResponse("")),
        Route("/own", lambda request: PlainTextResponse("", headers=own)),
    ]
    middleware = [Middleware(SecurityHeaders, inline=lambda: ("'sha256-x'",), ancestors=lambda: ancestors)]
    return getter(routes, middleware)(path, _HOST)[1]


@pytest.mark.parametrize("path", ["/page", "/missing"])
def test_every_answer_has_them(path):
    headers = _headers(path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and "object-src 'none'" in policy and "'sha256-x'" in policy
    assert "ws://localhost:8501" in policy
    scripts = next(rule for rule in policy.split("; ") if rule.startswith("script-src"))
    assert "'unsafe-inline'" not in scripts and "*" not in scripts and "http" not in scripts


def test_a_route_can_have_a_stricter_policy():
    assert _headers("/own")["content-security-policy"] == "default-src 'none'"


def test_sites_can_be_allowed_to_embed_it():
    headers = _headers("/page", ("https://slides.example.org",))
    assert headers["content-security-policy"].endswith("frame-ancestors 'self' https://slides.example.org")
    assert "x-frame-options" not in headers


def test_a_host_cannot_add_rules():
    assert "evil" not in content_policy((), (), "localhost; script-src evil")


def test_the_origins_of_sites_are_checked():
    assert parse_ancestors("") == ()
    assert parse_ancestors("https://a.example, http://b.example:8080 *") == (
        "https://a.example", "http://b.example:8080", "*",
    )  # fmt: skip
    for wrong in ("slides.example.org", "https://a.example/path", "https://a.example;script-src", "javascript:x"):
        with pytest.raises(BadRequestError, match="is not the origin of a site"):
            parse_ancestors(wrong)


def test_scripts_in_a_page_are_allowed_by_their_hash():
    html = '<script>\n  let a = 1\n</script><script type="module" src="x"></script><script>b()</script>'
    # From: printf 'b()' | openssl dgst -sha256 -binary | base64
    assert len(script_hashes(html)) == 2
    assert script_hashes(html)[1] == "'sha256-cf242PFc/kb7xD0Qzhsmd9vvRkc+cWFmbi+k+YvtdKc='"
