"""A parallel run makes a shared set-up once."""

from tests.support.distribution import piece_of

HOST = "tests/local/test_thread.py"


def test_tests_that_share_a_set_up_go_to_one_process() -> None:
    assert piece_of(f"{HOST}::test_one[a::b]") == piece_of(f"{HOST}::test_other") == HOST


def test_all_others_are_spread_one_by_one() -> None:
    ours = "tests/docs/test_distribution.py"
    assert piece_of(f"{ours}::test_one") == f"{ours}::test_one"


def test_tests_whose_folder_shares_a_set_up_go_to_one_process_by_file() -> None:
    pages = "tests/console/test_tags.py"
    assert piece_of(f"{pages}::test_one") == piece_of(f"{pages}::test_other") == pages
