"""The chess games: whole, legal, split by game; damaged files are refused by name."""

import gzip
import hashlib
import re

import chess
import chess.pgn
import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils import chess_games
from course_utils.data import DataError, load_chess
from course_utils.paths import data_dir

SELFPLAY, CLASSICS = data_dir() / "chess_selfplay.pgn.gz", data_dir() / "chess_classics.pgn"


@pytest.fixture(scope="module")
def games():
    return chess_games.read_games(SELFPLAY)


@pytest.fixture(scope="module")
def positions():
    return load_chess()


@pytest.mark.parametrize("path", [SELFPLAY, CLASSICS], ids=lambda path: path.name)
def test_checksum_is_the_one_in_the_readme(path):
    text = (data_dir() / "README.md").read_text(encoding="utf-8")
    section = text.split(f"## {path.name}")[1].split("\n## ")[0]
    (wanted,) = re.findall(r"[0-9a-f]{64}", section)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == wanted


def test_every_game_is_legal_and_no_two_are_alike(games):
    assert len(games) == 600
    for game in games:
        board = chess.Board()
        for move in game.moves:
            assert move in board.legal_moves
            board.push(move)
    assert len({game.moves for game in games}) == 600


def test_shapes_types_and_codes(positions):
    sizes = (len(positions.train), len(positions.val), len(positions.test))
    assert sizes == (10_005, 1_299, 1_688)
    for part in ("train", "val", "test"):
        boards, numbers = getattr(positions, part), getattr(positions, f"{part}_game")
        assert boards.dtype == np.int8 and boards.shape == (len(numbers), 8, 8)
        assert boards.min() == 0 and boards.max() == 12
        assert ((boards == 6).sum(axis=(1, 2)) == 1).all(), "one white king"
        assert ((boards == 12).sum(axis=(1, 2)) == 1).all(), "one black king"
        assert ((boards > 0).sum(axis=(1, 2)) >= 20).all()
        assert not np.isin(boards[:, [0, 7]], (1, 7)).any(), "no pawns on the first and last rank"
    assert "10005 train" in repr(positions)


def test_split_is_by_game_and_no_position_is_on_two_sides(positions):
    parts = ("train", "val", "test")
    seen = [{b.tobytes() for b in getattr(positions, part)} for part in parts]
    numbers = [set(getattr(positions, f"{part}_game").tolist()) for part in parts]
    for i in range(3):
        assert len(seen[i]) == len(getattr(positions, parts[i])), "each position once"
        for j in range(i):
            assert not seen[i] & seen[j]
            assert not numbers[i] & numbers[j]


def test_a_game_stays_in_its_part_whatever_file_it_comes_in(games, positions):
    for part in ("train", "val", "test"):
        for number in getattr(positions, f"{part}_game")[::200]:
            assert chess_games.part_of(games[number]) == part


def test_board_is_laid_out_as_printed():
    board = chess_games.board_array(chess.Board())
    assert board[0].tolist() == [10, 8, 9, 11, 12, 9, 8, 10], "Black's pieces on top"
    assert board[1].tolist() == [7] * 8 and board[6].tolist() == [1] * 8
    assert board[7].tolist() == [4, 2, 3, 5, 6, 3, 2, 4]
    assert not board[2:6].any()


FINAL = {
    "Adolf Anderssen 1851": "r1bk3r/p2pBpNp/n4n2/1p1NP2P/6P1/3P4/P1P1K3/q5b1",
    "Adolf Anderssen 1852": "1r3kr1/pbpBBp1p/1b3P2/8/8/2P2q2/P4PPP/3R2K1",
    "Paul Morphy 1858": "1n1Rkb1r/p4ppp/4q3/4p1B1/4P3/8/PPP2PPP/2K5",
    "Georg Rotlewi 1907": "6k1/5ppp/pb2p3/1p2P3/1P2bPnP/P6r/1B4QP/R4R1K",
    "Richard Reti 1910": "rnbB1b1r/ppk2ppp/2p5/4q3/4n3/8/PPP2PPP/2KR1BNR",
    "Donald Byrne 1956": "1Q6/5pk1/2p3p1/1p2N2p/1b5P/1bn5/2r3P1/2K5",
}


def test_classic_games_end_as_they_did():
    classics = chess_games.classic_games()
    assert [f"{game.white} {game.year}" for game in classics] == list(FINAL)
    for game, placement in zip(classics, FINAL.values(), strict=True):
        board = chess.Board()
        for move in game.moves:
            board.push(move)
        assert board.is_checkmate() == (game.white != "Georg Rotlewi"), game
        assert board.board_fen() == placement
        assert np.array_equal(game.board(), chess_games.board_array(board))
    assert classics[2].board(0)[7].tolist() == [4, 2, 3, 5, 6, 3, 2, 4]


def test_own_file_is_read_and_no_trace_of_it_stays_in_the_default(tmp_path, games):
    text = gzip.decompress(SELFPLAY.read_bytes()).decode()
    cut = text.index('[Round "61"]')
    first = text[: text.rindex("[Event", 0, cut)]
    own = tmp_path / "mine.pgn"
    own.write_text(first)
    mine = load_chess(own)
    assert str(own) in mine.source and 0 < len(mine.train) < 2_000
    assert set(mine.test_game) <= set(range(60))
    assert len(load_chess().train) == 10_005


CLASSIC_TEXT = CLASSICS.read_text(encoding="utf-8")
DAMAGED = {
    "illegal move": (CLASSIC_TEXT.replace("2. f4 exf4", "2. f5 exf4").encode(), "illegal"),
    "cut in the middle": (CLASSIC_TEXT[: len(CLASSIC_TEXT) // 2].encode(), "end is missing"),
    "empty": (b"", "no games"),
    "a web page": (b"<!DOCTYPE html><html><body>404</body></html>", "end is missing"),
    "text": (b"this is not chess 1-0", "no moves"),
    "binary": (bytes(range(256)) * 20, "not a text file"),
    "gzip cut": (SELFPLAY.read_bytes()[:50_000], "damaged gzip"),
    "gzip bit flipped": (
        SELFPLAY.read_bytes()[:60_000] + b"\x55" + SELFPLAY.read_bytes()[60_001:],
        "damaged gzip",
    ),
    "another start": (
        b'[FEN "8/8/8/4k3/8/8/4P3/4K3 w - - 0 1"]\n[SetUp "1"]\n\n1. e4 Kxe4 *\n',
        "usual position",
    ),
    "too few games": (CLASSIC_TEXT.encode(), "Fifty games"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_file_is_refused_by_name(name, tmp_path, capfd):
    content, says = DAMAGED[name]
    path = tmp_path / "games.pgn"
    path.write_bytes(content)
    with pytest.raises(DataError, match=says) as caught:
        load_chess(path)
    assert str(path) in str(caught.value)
    assert capfd.readouterr().err == ""


def test_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(DataError, match="nowhere.pgn"):
        load_chess(tmp_path / "nowhere.pgn")


def test_second_load_does_not_replay(monkeypatch):
    first = load_chess()

    def no_replay(path):
        raise AssertionError("replayed")

    monkeypatch.setattr(chess_games, "middle_games", no_replay)
    second = load_chess()
    assert np.array_equal(first.test, second.test)


def test_boards_are_drawn_and_nonsense_is_not():
    board = chess_games.classic_games()[0].board()
    fig = chess_games.board_grid([board] * 3, ["a", "b\nc", ""], [None, board > 0, None], columns=2)
    fig.canvas.draw()
    assert len(fig.axes) == 4
    plt.close(fig)
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="8 x 8"):
        chess_games.draw_board(ax, np.zeros(64))
    with pytest.raises(ValueError, match="codes"):
        chess_games.draw_board(ax, np.full((8, 8), 13))
    plt.close("all")
