"""How often feedback may be given, where nobody is to be told from anybody.

Whoever brings a token of ours is counted by that token alone, in the memory of this process and for a minute: no
address, no person, nothing in Redis. Whoever brings none shares one count with all who do that, so that what is made up
stops nobody who has a token.
"""

from typing import Final

from sanic import Request

from backend.salons import feedback
from miniprogram_api.limits import Limiter

MOST: Final = 10
"""So often a minute one token may be brought to one process: it counts once, the rest are repetitions."""


def limit(request: Request) -> None:
    """Count one who knocks; raises TooManyRequests."""
    limiter: Limiter = request.app.ctx.limiter
    token = feedback.token_in(request.body)
    if token is None:
        limiter.admit("a:nobody", request.app.ctx.settings.address_requests_per_minute)
    else:
        limiter.admit(f"t:{token.hex()}", MOST, is_shared=False)
