"""What is left to do about a user's code that does not return and cannot be interrupted: end the process.

Only the command line may do that, and says so by setting ``give_up``, which is told the error that the process is to
end with. A program that uses zswapbench as a library waits for as long as the call takes.
"""

from __future__ import annotations

from collections.abc import Callable

give_up: Callable[[BaseException], None] | None = None
