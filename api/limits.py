"""How much one key, or one person in a browser, may ask of the API: two token buckets in Valkey, taken from in one script.

A bucket holds what a minute allows and fills evenly, so a burst is fine and a loop is not. Without Valkey everybody passes:
a limit protects the others, it is no wall.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from math import ceil

import structlog
from django.conf import settings
from django.http.response import HttpResponseBase
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rest_framework.permissions import SAFE_METHODS

from accounts.actors import Actor

WINDOW_SECONDS = 60
QUIET_SECONDS = 5  # how long a Valkey that did not answer is left alone, so that no request waits for it again
TAKE = """
local moment = redis.call('TIME')
local now, taken, wait, left = moment[1] + moment[2] / 1000000, tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
  local most = tonumber(ARGV[i + 1])
  local kept = redis.call('HMGET', key, 'left', 'at')
  local since = math.max(0, now - (tonumber(kept[2]) or now))
  left[i] = math.min(most, (tonumber(kept[1]) or most) + since * most / 60)
  wait = math.max(wait, (taken - left[i]) * 60 / most)
end
local told = {math.ceil(wait * 1000)}
for i, key in ipairs(KEYS) do
  local most = tonumber(ARGV[i + 1])
  if wait == 0 then left[i] = math.min(most, left[i] - taken) end
  redis.call('HSET', key, 'left', left[i], 'at', string.format('%.6f', now))
  redis.call('EXPIRE', key, 61)
  told[i + 1] = math.floor(left[i])
end
return told
"""
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Calm:
    """Until when a Valkey that did not answer is left alone."""

    until: float = 0.0


calm = Calm()


@cache
def _valkey(url: str) -> "Redis":
    return Redis.from_url(url, socket_timeout=0.25, socket_connect_timeout=0.25, retry=Retry(NoBackoff(), 0))


@dataclass(slots=True)
class Allowance:
    """What is left to one caller, by the name of each limit; `wait_seconds` is more than zero where this request is one too many."""

    holder: str
    limits: Mapping[str, int]
    left: dict[str, int] = field(default_factory=dict)
    wait_seconds: int = 0

    @classmethod
    def take(cls, actor: Actor, method: str) -> "Allowance":
        """Take one request, and for an unsafe method one write, from what the key or the person has left."""
        limits = {"requests": settings.API_REQUESTS_PER_MINUTE}
        if method not in SAFE_METHODS:
            limits["writes"] = settings.API_WRITES_PER_MINUTE
        return cls.of(str(actor.key_id or actor.person_id), limits)

    @classmethod
    def of(cls, holder: str, limits: Mapping[str, int]) -> "Allowance":
        """Take one request from what a holder has left of each limit."""
        allowance = cls(holder, limits)
        allowance._draw(1)
        return allowance

    def mark(self, response: HttpResponseBase) -> None:
        """Say on an answer what is left. A 304 cost nothing."""
        if response.status_code == 304:
            self._draw(-1)
        if not self.left:
            return
        response["RateLimit-Policy"] = ", ".join(f'"{name}";q={most};w={WINDOW_SECONDS}' for name, most in self.limits.items())
        response["RateLimit"] = ", ".join(f'"{name}";r={left};t={self._seconds_to_full(name)}' for name, left in self.left.items())
        if self.wait_seconds:
            response["Retry-After"] = str(self.wait_seconds)

    def _seconds_to_full(self, name: str) -> int:
        return ceil((self.limits[name] - self.left[name]) * WINDOW_SECONDS / self.limits[name])

    def _draw(self, number: int) -> None:
        if time.monotonic() < calm.until:
            return
        keys = [f"limit:{{{self.holder}}}:{name}" for name in self.limits]
        try:
            told = _valkey(settings.CACHE_URL).eval(TAKE, len(keys), *keys, number, *self.limits.values())
        except RedisError:
            calm.until = time.monotonic() + QUIET_SECONDS
            log.warning("Valkey does not answer; requests pass unlimited", quiet_seconds=QUIET_SECONDS)
            return
        wait_milliseconds, *left = (int(part) for part in told)
        self.wait_seconds = ceil(wait_milliseconds / 1000)
        self.left = dict(zip(self.limits, left, strict=True))
