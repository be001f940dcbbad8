"""Chess games: replayed to boards of small integers, and drawn.

A board is an ``(8, 8)`` int8 array as printed in a newspaper: row 0 is rank 8, column 0 the a-file.
Its codes: 0 empty, 1 to 6 the white pawn, knight, bishop, rook, queen and king, 7 to 12 the black
ones.
"""

import gzip
import io
import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import chess
import chess.pgn
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from course_utils.caches import DataError
from course_utils.paths import data_dir

PIECES = ("pawn", "knight", "bishop", "rook", "queen", "king")
RESULTS = ("1-0", "0-1", "1/2-1/2", "*")  # a game's last word in a PGN file
SHARES = {"train": 75, "val": 10, "test": 15}  # per cent of the games


@dataclass(frozen=True)
class Game:
    """A game from a PGN file: who played, when and where, and the moves."""

    white: str
    black: str
    event: str
    year: str
    moves: tuple[chess.Move, ...]

    def board(self, half_moves: int | None = None) -> np.ndarray:
        """The position ``(8, 8)`` after so many half-moves (all of them if not given)."""
        board = chess.Board()
        for move in self.moves[:half_moves]:
            board.push(move)
        return board_array(board)


def board_array(board: chess.Board) -> np.ndarray:
    """A python-chess board as ``(8, 8)`` int8 codes, row 0 = rank 8."""
    array = np.zeros((8, 8), np.int8)
    for square, piece in board.piece_map().items():
        code = piece.piece_type + (0 if piece.color == chess.WHITE else 6)
        array[7 - square // 8, square % 8] = code
    return array


def boards_to_vectors(boards: np.ndarray) -> np.ndarray:
    """One-hot vectors ``(n, 832)`` float32 of boards ``(n, 8, 8)``: 13 entries for each square.

    Square (row, column) has the entries from 13 * (8 * row + column) on; the one at its code is 1.
    """
    one_hot = np.asarray(boards)[..., None] == np.arange(13)
    return one_hot.reshape(len(boards), 832).astype("float32")


def vectors_to_boards(scores: np.ndarray) -> np.ndarray:
    """Boards ``(n, 8, 8)`` of scores ``(n, 832)`` or ``(n, 64, 13)``: the largest of each 13."""
    return np.reshape(scores, (len(scores), 8, 8, 13)).argmax(axis=-1)


def _read_text(path: Path) -> str:
    """The text of a PGN file, gzip-compressed or not."""
    content = path.read_bytes()
    try:
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: damaged gzip file ({error})") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not a text file ({error})") from None


def read_games(path: Path) -> list[Game]:
    """All games of a PGN file, plain or gzip-compressed. No game is skipped silently.

    Raises:
        DataError: the file is cut, not PGN, or holds an illegal move; the message names it.
    """
    text = _read_text(path)
    if text.strip() and not text.rstrip().endswith(RESULTS):
        raise DataError(f"{path}: the end is missing: the last game has no result")
    logging.getLogger("chess.pgn").setLevel(logging.CRITICAL)  # its errors are raised below
    stream, games = io.StringIO(text), []
    while (game := chess.pgn.read_game(stream)) is not None:
        where = f"{path}: game {len(games) + 1}"
        if game.errors:
            raise DataError(f"{where}: {game.errors[0]}")
        if game.headers.get("Variant") or "FEN" in game.headers:
            raise DataError(f"{where}: does not start from the usual position")
        moves = tuple(game.mainline_moves())
        if not moves:
            raise DataError(f"{where}: no moves. Is this a PGN file?")
        head = (game.headers.get(key, "?") for key in ("White", "Black", "Event", "Date"))
        white, black, event, date = head
        games.append(Game(white, black, event, date[:4], moves))
    if not games:
        raise DataError(f"{path}: no games")
    return games


def classic_games() -> list[Game]:
    """Six famous games, Anderssen 1851 to Fischer 1956 (``data/chess_classics.pgn``)."""
    return read_games(data_dir() / "chess_classics.pgn")


def part_of(game: Game) -> str:
    """Whether a game is for training, validation or test.

    Its own moves decide, so that it stays where it is, whatever file it comes in.
    """
    percent = zlib.crc32(" ".join(map(str, game.moves)).encode()) % 100
    for name, share in SHARES.items():
        if percent < share:
            return name
        percent -= share
    raise AssertionError("the shares must sum to 100")


def middle_games(
    path: Path, first: int = 12, every: int = 2, min_pieces: int = 20
) -> dict[str, np.ndarray]:
    """Positions of all games of a PGN file, from the end of the opening to the endgame.

    Args:
        path: PGN file.
        first: half-moves before the first position; most games have left the book by then.
        every: half-moves between two positions; neighbours differ little.
        min_pieces: a game is left when it has fewer. Middle games are what psychologists
            showed; an endgame is a board of empty squares.

    Returns:
        Arrays ``train``, ``val``, ``test`` of boards ``(n, 8, 8)`` int8, and ``train_game``,
        ``val_game``, ``test_game`` ``(n,)`` int32, the number of each board's game in the file.
        A position that occurs twice is kept once, in training if it occurs there.

    Raises:
        DataError: as :func:`read_games`, or too few games to have some in each part.
    """
    games = read_games(path)
    parts = [part_of(game) for game in games]
    seen: set[bytes] = set()
    arrays: dict[str, np.ndarray] = {}
    for part in SHARES:
        boards, numbers = [], []
        for number, game in enumerate(games):
            if parts[number] != part:
                continue
            board = chess.Board()
            for ply, move in enumerate(game.moves, start=1):
                board.push(move)
                if chess.popcount(board.occupied) < min_pieces:
                    break  # pieces never come back
                if ply >= first and (ply - first) % every == 0:
                    array = board_array(board)
                    if array.tobytes() not in seen:
                        seen.add(array.tobytes())
                        boards.append(array)
                        numbers.append(number)
        if not boards:
            raise DataError(
                f"{path}: none of its {len(games)} games falls into the part {part!r}. "
                "Fifty games or more are enough for all parts."
            )
        arrays[part] = np.stack(boards)
        arrays[f"{part}_game"] = np.array(numbers, np.int32)
    return arrays


# Drawing. The pieces are outlines of glyphs in the font that Matplotlib ships with, so they scale
# with the axes.

_LIGHT, _DARK, _FRAME = "#f2dfbf", "#c79d6d", "#4f3826"  # maple, oak, walnut
_IVORY, _EBONY = "#fffbf2", "#26201d"
_WRONG = "#00508f"  # blue on brown: told apart in every colour vision
_WRONG_LIGHT, _WRONG_DARK = "#d3e5f3", "#9dbfdc"
_GLYPHS = "♟♞♝♜♛♚"
_RIM = 1.7  # width of a piece's rim in points, half of it visible
_SIZE = 0.80  # height of the tallest piece, in squares


@cache
def _piece_outlines(kind: int) -> tuple[Outline, Outline]:
    """A piece's silhouette and the fine lines inside it, in squares, centred on 0."""
    font = FontProperties(family="DejaVu Sans")
    king = TextPath((0, 0), _GLYPHS[-1], size=100, prop=font).get_extents()
    glyph = TextPath((0, 0), _GLYPHS[kind], size=100, prop=font)
    box = glyph.get_extents()
    place = Affine2D().translate(-(box.x0 + box.x1) / 2, -king.y0)  # all stand on one base line
    place = place.scale(_SIZE / king.height).translate(0, -_SIZE / 2)
    contours = place.transform_path(glyph).to_polygons(closed_only=True)
    boxes = [np.concatenate([c.min(0), -c.max(0)]) for c in contours]
    inside = [any(np.all(own > other) for other in boxes) for own in boxes]
    outlines = {
        within: [
            Outline(c, closed=True) for c, i in zip(contours, inside, strict=True) if i == within
        ]
        for within in (False, True)
    }  # fine lines are holes of the glyph, which may hold something filled again
    return tuple(Outline.make_compound_path(*outlines[within]) for within in (False, True))


def _draw_piece(ax: Axes, code: int, x: float, y: float) -> None:
    """Piece ``code`` (1 to 12) centred on (x, y), with a rim that shows on every square."""
    fill, line = (_IVORY, _EBONY) if code <= 6 else (_EBONY, _IVORY)
    silhouette, lines = _piece_outlines((code - 1) % 6)
    place = Affine2D().translate(x, y) + ax.transData
    # the rim lies below the fill, so that it cannot hide thin parts such as the queen's crown
    ax.add_patch(PathPatch(silhouette, transform=place, fc=line, ec=line, lw=_RIM, zorder=3))
    ax.add_patch(PathPatch(silhouette, transform=place, fc=fill, lw=0, zorder=4))
    if len(lines.vertices):  # a pawn has none
        ax.add_patch(PathPatch(lines, transform=place, fc=line, lw=0, zorder=5))


def draw_board(
    ax: Axes, board: np.ndarray, wrong: np.ndarray | None = None, title: str = ""
) -> None:
    """Draw a board ``(8, 8)``; ``wrong`` ``(8, 8)`` says which squares to mark in blue.

    Raises:
        ValueError: the array is not a board.
    """
    board = np.asarray(board)
    if board.shape != (8, 8):
        raise ValueError(f"a board has 8 x 8 squares, this array has shape {board.shape}")
    if board.min() < 0 or board.max() > 12:
        raise ValueError("codes of a board lie between 0 (empty) and 12 (black king)")
    wrong = np.zeros((8, 8), bool) if wrong is None else np.asarray(wrong, bool)
    ax.set(aspect="equal", xlim=(-0.85, 8.35), ylim=(-0.85, 8.35))
    ax.axis("off")
    rounded = "round,pad=0.16,rounding_size=0.16"
    ax.add_patch(FancyBboxPatch((0, 0), 8, 8, boxstyle=rounded, fc=_FRAME, lw=0, zorder=1))
    for row in range(8):
        for column in range(8):
            x, y, is_light = column, 7 - row, (row + column) % 2 == 0
            dark, light = (_WRONG_DARK, _WRONG_LIGHT) if wrong[row, column] else (_DARK, _LIGHT)
            ax.add_patch(Rectangle((x, y), 1, 1, fc=light if is_light else dark, lw=0, zorder=2))
            if wrong[row, column]:
                box = "round,pad=0.02,rounding_size=0.12"
                corner = (x + 0.1, y + 0.1)
                frame = FancyBboxPatch(
                    corner, 0.8, 0.8, fc="none", ec=_WRONG, lw=1.8, zorder=6, boxstyle=box
                )
                ax.add_patch(frame)
            if board[row, column]:
                _draw_piece(ax, int(board[row, column]), x + 0.5, y + 0.5)
    label = {"ha": "center", "va": "center", "fontsize": 8, "color": _FRAME}
    for i in range(8):
        ax.text(i + 0.5, -0.52, "abcdefgh"[i], **label)
        ax.text(-0.52, i + 0.5, str(i + 1), **label)
    if title:
        ax.set_title(title, fontsize=10, pad=4)


def board_grid(
    boards: Sequence[np.ndarray],
    titles: Sequence[str],
    wrong: Sequence[np.ndarray | None] | None = None,
    columns: int = 3,
    title: str = "",
    size: float = 3.3,
) -> Figure:
    """Boards ``(8, 8)`` beside each other, each with its title, ``size`` inches wide."""
    rows = -(-len(boards) // columns)
    lines = max(text.count("\n") for text in titles) + 1
    height = (size + 0.23 * lines) * rows + (0.4 if title else 0)
    figsize = (size * columns, height)
    fig, axes = plt.subplots(rows, columns, figsize=figsize, squeeze=False, layout="constrained")
    fig.get_layout_engine().set(h_pad=0.08)
    for k, ax in enumerate(axes.flat):
        if k < len(boards):
            draw_board(ax, boards[k], wrong[k] if wrong is not None else None, titles[k])
        else:
            ax.axis("off")
    if title:
        fig.suptitle(title, fontsize=13)
    return fig
