"""Let an engine play itself, so that the course has chess games that anyone may use.

    python make_chess_games.py --engine /usr/games/stockfish --output chess_selfplay.pgn.gz

Every game follows one of the named opening lines below, then a few plies that a seeded generator
picks among the engine's best moves (so that games from one opening differ), then the engine's best
move at a fixed number of nodes. One thread, fixed nodes and an emptied memory before each game make
the games repeatable: the same engine, seed and options give the same bytes. Needs python-chess and
a UCI engine.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

import chess
import chess.engine
import chess.pgn

# Opening lines, as played for a century or more: moves are facts.
OPENINGS: dict[str, str] = {
    "Ruy Lopez, Closed": "e4 e5 Nf3 Nc6 Bb5 a6 Ba4 Nf6 O-O Be7",
    "Ruy Lopez, Exchange": "e4 e5 Nf3 Nc6 Bb5 a6 Bxc6 dxc6",
    "Ruy Lopez, Berlin": "e4 e5 Nf3 Nc6 Bb5 Nf6 O-O Nxe4 d4",
    "Ruy Lopez, Open": "e4 e5 Nf3 Nc6 Bb5 a6 Ba4 Nf6 O-O Nxe4",
    "Italian, Giuoco Piano": "e4 e5 Nf3 Nc6 Bc4 Bc5 c3 Nf6 d3",
    "Italian, Evans Gambit": "e4 e5 Nf3 Nc6 Bc4 Bc5 b4 Bxb4 c3 Ba5",
    "Two Knights": "e4 e5 Nf3 Nc6 Bc4 Nf6 Ng5 d5 exd5 Na5",
    "Scotch": "e4 e5 Nf3 Nc6 d4 exd4 Nxd4 Nf6 Nxc6 bxc6",
    "Four Knights": "e4 e5 Nf3 Nc6 Nc3 Nf6 Bb5 Bb4",
    "Philidor": "e4 e5 Nf3 d6 d4 Nf6 Nc3 Nbd7",
    "Petroff": "e4 e5 Nf3 Nf6 Nxe5 d6 Nf3 Nxe4 d4 d5",
    "King's Gambit": "e4 e5 f4 exf4 Nf3 g5 h4 g4",
    "King's Gambit Declined": "e4 e5 f4 Bc5 Nf3 d6",
    "Vienna": "e4 e5 Nc3 Nf6 f4 d5 fxe5 Nxe4",
    "Sicilian, Najdorf": "e4 c5 Nf3 d6 d4 cxd4 Nxd4 Nf6 Nc3 a6",
    "Sicilian, Dragon": "e4 c5 Nf3 d6 d4 cxd4 Nxd4 Nf6 Nc3 g6",
    "Sicilian, Scheveningen": "e4 c5 Nf3 d6 d4 cxd4 Nxd4 Nf6 Nc3 e6",
    "Sicilian, Sveshnikov": "e4 c5 Nf3 Nc6 d4 cxd4 Nxd4 Nf6 Nc3 e5",
    "Sicilian, Taimanov": "e4 c5 Nf3 e6 d4 cxd4 Nxd4 Nc6 Nc3 Qc7",
    "Sicilian, Alapin": "e4 c5 c3 d5 exd5 Qxd5 d4 Nf6",
    "Sicilian, Closed": "e4 c5 Nc3 Nc6 g3 g6 Bg2 Bg7",
    "French, Winawer": "e4 e6 d4 d5 Nc3 Bb4 e5 c5",
    "French, Classical": "e4 e6 d4 d5 Nc3 Nf6 Bg5 Be7",
    "French, Advance": "e4 e6 d4 d5 e5 c5 c3 Nc6 Nf3 Qb6",
    "French, Tarrasch": "e4 e6 d4 d5 Nd2 Nf6 e5 Nfd7",
    "Caro-Kann, Classical": "e4 c6 d4 d5 Nc3 dxe4 Nxe4 Bf5 Ng3 Bg6",
    "Caro-Kann, Advance": "e4 c6 d4 d5 e5 Bf5 Nf3 e6",
    "Caro-Kann, Panov": "e4 c6 d4 d5 exd5 cxd5 c4 Nf6",
    "Scandinavian": "e4 d5 exd5 Qxd5 Nc3 Qa5 d4 Nf6",
    "Pirc": "e4 d6 d4 Nf6 Nc3 g6 f4 Bg7",
    "Modern": "e4 g6 d4 Bg7 Nc3 d6 Be3 a6",
    "Alekhine": "e4 Nf6 e5 Nd5 d4 d6 Nf3 Bg4",
    "Queen's Gambit Declined": "d4 d5 c4 e6 Nc3 Nf6 Bg5 Be7 e3 O-O",
    "Queen's Gambit, Exchange": "d4 d5 c4 e6 Nc3 Nf6 cxd5 exd5 Bg5 Be7",
    "Queen's Gambit Accepted": "d4 d5 c4 dxc4 Nf3 Nf6 e3 e6",
    "Queen's Gambit, Tarrasch": "d4 d5 c4 e6 Nc3 c5 cxd5 exd5",
    "Slav": "d4 d5 c4 c6 Nf3 Nf6 Nc3 dxc4 a4 Bf5",
    "Semi-Slav": "d4 d5 c4 c6 Nf3 Nf6 Nc3 e6 e3 Nbd7",
    "Albin Counter-Gambit": "d4 d5 c4 e5 dxe5 d4 Nf3 Nc6",
    "Catalan": "d4 Nf6 c4 e6 g3 d5 Bg2 Be7",
    "Nimzo-Indian, Rubinstein": "d4 Nf6 c4 e6 Nc3 Bb4 e3 O-O",
    "Nimzo-Indian, Classical": "d4 Nf6 c4 e6 Nc3 Bb4 Qc2 d5",
    "Queen's Indian": "d4 Nf6 c4 e6 Nf3 b6 g3 Bb7",
    "Bogo-Indian": "d4 Nf6 c4 e6 Nf3 Bb4+ Bd2 Qe7",
    "King's Indian, Classical": "d4 Nf6 c4 g6 Nc3 Bg7 e4 d6 Nf3 O-O",
    "King's Indian, Saemisch": "d4 Nf6 c4 g6 Nc3 Bg7 e4 d6 f3 O-O",
    "Gruenfeld, Exchange": "d4 Nf6 c4 g6 Nc3 d5 cxd5 Nxd5 e4 Nxc3",
    "Benoni": "d4 Nf6 c4 c5 d5 e6 Nc3 exd5 cxd5 d6",
    "Benko Gambit": "d4 Nf6 c4 c5 d5 b5 cxb5 a6",
    "Budapest Gambit": "d4 Nf6 c4 e5 dxe5 Ng4 Bf4 Nc6",
    "Dutch, Leningrad": "d4 f5 g3 Nf6 Bg2 g6 c4 Bg7",
    "Dutch, Stonewall": "d4 f5 c4 Nf6 g3 e6 Bg2 d5",
    "London System": "d4 d5 Bf4 Nf6 e3 c5 c3 Nc6",
    "Trompowsky": "d4 Nf6 Bg5 Ne4 Bf4 d5",
    "Colle": "d4 d5 Nf3 Nf6 e3 e6 Bd3 c5",
    "English, Four Knights": "c4 e5 Nc3 Nf6 Nf3 Nc6 g3 d5",
    "English, Symmetrical": "c4 c5 Nc3 Nc6 g3 g6 Bg2 Bg7",
    "Reti": "Nf3 d5 g3 Nf6 Bg2 e6 O-O Be7",
    "Bird": "f4 d5 Nf3 g6 e3 Bg7",
    "Larsen": "b3 e5 Bb2 Nc6 e3 d5",
}

VARIED_LINES = 5  # at a varied ply the generator chooses among this many of the engine's moves,
VARIED_LOSS = 70  # ... none worse than its best by more centipawns than this
WIN_SCORE, WIN_PLIES = 900, 6  # adjudicated won: so far ahead (centipawns) for so many plies on end
DRAW_SCORE, DRAW_PLIES, DRAW_FROM = 12, 12, 80  # adjudicated drawn: level so long, from this ply on
LIMIT_SCORE = 250  # at the longest game allowed, a lead of this much counts as a win
MATE_SCORE = 100_000  # centipawns that stand for a mate


@dataclass(frozen=True)
class Settings:
    """What decides the games, besides the engine itself."""

    nodes: int
    max_plies: int
    seed: int


def opening_moves(line: str) -> list[chess.Move]:
    """The moves of an opening line written as SAN; an illegal move raises ValueError."""
    board = chess.Board()
    for san in line.split():
        board.push_san(san)
    return board.move_stack


def start_position(
    engine: chess.engine.SimpleEngine, line: str, rng: random.Random, nodes: int, game_key: object
) -> chess.Board:
    """The opening line, then 2 to 4 plies that `rng` chooses among the engine's best few."""
    board = chess.Board()
    for move in opening_moves(line):
        board.push(move)
    for _ in range(rng.randint(2, 4)):
        limit = chess.engine.Limit(nodes=nodes * VARIED_LINES)
        lines = engine.analyse(board, limit, multipv=VARIED_LINES, game=game_key)
        scores = [entry["score"].pov(board.turn).score(mate_score=MATE_SCORE) for entry in lines]
        moves = [entry["pv"][0] for entry in lines]
        enough = max(scores) - VARIED_LOSS
        board.push(rng.choice([m for m, s in zip(moves, scores, strict=True) if s >= enough]))
        if board.is_game_over():
            break
    return board


def play_out(
    engine: chess.engine.SimpleEngine, board: chess.Board, settings: Settings, game_key: object
) -> tuple[str, str]:
    """Play `board` to its end, in place. Returns the result ("1-0", ...) and how the game ended."""
    ahead = level = 0  # plies on end in which one side has been far ahead (signed), the game level
    while True:
        if (outcome := board.outcome(claim_draw=True)) is not None:
            return outcome.result(), outcome.termination.name.lower().replace("_", " ")
        limit = chess.engine.Limit(nodes=settings.nodes)
        played = engine.play(board, limit, game=game_key, info=chess.engine.INFO_SCORE)
        score = played.info["score"].white().score(mate_score=MATE_SCORE)
        if board.ply() >= settings.max_plies:
            if abs(score) < LIMIT_SCORE:
                return "1/2-1/2", "adjudicated at the longest game allowed"
            return ("1-0" if score > 0 else "0-1"), "adjudicated at the longest game allowed"
        level = level + 1 if abs(score) <= DRAW_SCORE else 0
        if abs(score) < WIN_SCORE or abs(score) > MATE_SCORE - 20:  # a mate in sight is played out
            ahead = 0
        else:
            sign = 1 if score > 0 else -1
            ahead = ahead + sign if ahead * sign >= 0 else sign
        if level >= DRAW_PLIES and board.ply() >= DRAW_FROM:
            return "1/2-1/2", "adjudicated level"
        if abs(ahead) >= WIN_PLIES:
            return ("1-0" if ahead > 0 else "0-1"), "adjudicated won"
        board.push(played.move)


def make_games(
    engine: chess.engine.SimpleEngine, n_games: int, settings: Settings
) -> list[chess.pgn.Game]:
    """`n_games` games, no two from the same starting position and no two alike."""
    names = list(OPENINGS)
    games: list[chess.pgn.Game] = []
    starts: set[str] = set()
    played: set[tuple[chess.Move, ...]] = set()
    attempt = 0
    while len(games) < n_games:
        if attempt >= 10 * n_games + 100:
            raise RuntimeError(f"only {len(games)} different games after {attempt} attempts")
        name = names[attempt % len(names)]
        rng = random.Random(f"{settings.seed}-{attempt}")  # text: the same seed on every platform
        attempt += 1
        board = start_position(engine, OPENINGS[name], rng, settings.nodes, game_key=attempt)
        if board.epd() in starts:
            continue
        starts.add(board.epd())
        result, ending = play_out(engine, board, settings, game_key=attempt)
        if tuple(board.move_stack) in played:
            continue
        played.add(tuple(board.move_stack))
        game = chess.pgn.Game.from_board(board)
        player = f"{engine.id['name']}, {settings.nodes} nodes"
        game.headers.update(  # site and date stay unknown: a date would change the file
            Event="Self-play for a course on autoencoders",
            Round=str(len(games) + 1),
            White=player,
            Black=player,
            Result=result,
            Opening=name,
            Termination=ending,
        )
        games.append(game)
        if len(games) % 50 == 0:
            print(f"{len(games)} games", flush=True)
    return games


def write_pgn(path: Path, games: list[chess.pgn.Game]) -> None:
    """Write games as gzip-compressed PGN: whole or not at all, the same bytes every time."""
    text = "".join(f"{game}\n\n" for game in games)
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as file:
        file.write(text.encode("ascii"))
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(packed.getvalue())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def main() -> None:
    """Read the options, play the games and write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", default="stockfish", help="UCI engine to run")
    parser.add_argument("--output", type=Path, default=Path("chess_selfplay.pgn.gz"))
    parser.add_argument("--games", type=int, default=600)
    parser.add_argument("--nodes", type=int, default=2000, help="positions searched per move")
    parser.add_argument("--max-plies", type=int, default=160, help="longest game, in half-moves")
    parser.add_argument("--seed", type=int, default=11)
    args = parser.parse_args()
    settings = Settings(nodes=args.nodes, max_plies=args.max_plies, seed=args.seed)
    with chess.engine.SimpleEngine.popen_uci(args.engine) as engine:
        engine.configure({"Threads": 1, "Hash": 16})
        games = make_games(engine, args.games, settings)
    write_pgn(args.output, games)
    print(f"{len(games)} games, {args.output.stat().st_size / 1024:.0f} KB in {args.output}")


if __name__ == "__main__":
    main()
