"""Matrix products in one thread: threads that wait for each other made embeddings 25 times slower on a busy machine."""

from threadpoolctl import threadpool_limits


def one_thread() -> None:
    """For the whole process; numpy must have been imported before."""
    threadpool_limits(1, user_api="blas")
