"""Draw the letters of free fonts, ``data/letters.npz``, from Debian's font packages.

    python data/make_letters.py --work /tmp/fonts [--sheet sheet.png]

It fetches the packages with ``apt-get download`` (they are not installed), unpacks them with
``dpkg-deb``, and draws every font that has all 62 characters. Packages that lie in the working
folder are not fetched again. Another version of a package, of Pillow or of FreeType draws slightly
other letters. Needs Debian or Ubuntu; some 300 MB of disk and a few minutes.
"""

import argparse
import hashlib
import io
import re
import subprocess
import zipfile
from pathlib import Path

import numpy as np

from course_utils import letters

# Licence of the fonts themselves -> packages, as read in each package's copyright file. Left out:
# fonts under the GPL, the LGPL or the AGPL, with a font exception or not, as nobody has said what
# the exception means for pictures of all their letters; and licences of one foundry alone.
PACKAGES = {
    "OFL": """
        allerta anonymous-pro apropal arapey averia-gwf averia-sans-gwf averia-serif-gwf b612
        bajaderka bebas-neue blankenburg breip cabin cabinsketch cantarell cardo cherrybomb cmu
        comfortaa comic-neue compagnon courier-prime croscore crosextra-carlito dancingscript
        dkg-handwriting dosis ebgaramond elstob essays1743 eurofurence fantasque-sans ferrite-core
        firacode gamaliel georgewilliams gfs-artemisia gfs-baskerville gfs-didot gfs-neohellenic
        gnutypewriter gotico-antiqua havana inconsolata inter joscelyn junction
        junicode jura karla karmilla kaushanscript klaudia-berenika klee kristi lato le-murmure
        league-mono league-spartan leckerli-one lemonada levien-museum levien-typoscript
        century-catalogue linuxlibertine lobster lobstertwo manrope millimetre monofur
        monoid mononoki morisawa-bizud-gothic mplus nanum nanum-eco national-park noto-core
        noto-mono okolaks oldstandard opendin oxygen play quattrocento quicksand radisnoir reggae
        rocknroll routed-gothic sil-abyssinica sil-andika sil-charis sil-doulos sil-gentium
        sil-gentium-basic smc-chilanka smc-gayathri smc-manjari solide-mirage sora stick stix
        triod-postnaja vollkorn yanone-kaffeesatz yusei-magic
    """,
    "Apache-2.0": """
        clear-sans crosextra-caladea jetbrains-mono open-sans roboto-slab roboto-unhinted
    """,
    "MIT": "agave fanwood lindenhill roadgeek",
    "BSD-3-Clause": "go",
    "public domain": "goudybookletter ocr-b prociono tuffy",
    "CC0-1.0": "fantasma",
    "Bitstream Vera": "dejavu-core dejavu-extra hack",
}
SAID = {
    "OFL": "OFL|Open Font Licen[sc]e", "Apache-2.0": "Apache", "MIT": "MIT|Expat",
    "BSD-3-Clause": "BSD|Redistribution and use", "public domain": "public.domain",
    "CC0-1.0": "CC0", "Bitstream Vera": "Vera",
}  # fmt: skip
# of packages for many scripts, the families whose own script is Latin
ONLY = {
    "fonts-noto-core": r"Noto(Sans|Serif|SansDisplay|SerifDisplay)-",
    "fonts-noto-mono": "NotoSansMono",
}
# cuts that hold other signs, small capitals or other widths of a family that is there
UNWANTED = (
    r"math|symbol|initial|small ?cap|\bsc\b|caps|swash|unslant|greek|cond|narrow|compress|expand|"
    r"extend|wide|\balt\b|titling|variable|music|dings|ornament|powerline|invert|keyboard|"
    r"\b[6-9]pt|upright italic|classical|dunhill|fibonacci|funny"
)
# of a family at most four: regular, bold and the italic of both, or what comes nearest
WANTED = ((400, False), (700, False), (400, True), (700, True))
STAMP = (1980, 1, 1, 0, 0, 0)


def fetch(work: Path) -> dict[str, str]:
    """Have all packages unpacked in ``work``; package -> licence, each found in its own words."""
    found = {f"fonts-{one}": lic for lic, text in PACKAGES.items() for one in text.split()}
    for package, licence in found.items():
        folder = work / package
        if not folder.is_dir():
            if not list(work.glob(f"{package}_*.deb")):
                subprocess.run(["apt-get", "download", package], cwd=work, check=True)
            (archive,) = work.glob(f"{package}_*.deb")
            subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
        said = (folder / "usr/share/doc" / package / "copyright").read_text(errors="replace")
        if not re.search(SAID[licence], said, re.IGNORECASE):
            raise SystemExit(f"{package}: its copyright file does not speak of {licence}")
    return found


def draw_all(work: Path, licence_of: dict[str, str]) -> list[dict]:
    """Every usable font once: drawn characters, names, weight, italic, package, licence."""
    fonts, seen = [], set()
    for package, licence in sorted(licence_of.items()):
        files = [p for p in (work / package).rglob("*") if p.suffix.lower() in (".otf", ".ttf")]
        for path in sorted(files, key=lambda p: (p.suffix.lower(), p.name)):
            if not re.search(ONLY.get(package, ""), path.name):
                continue
            try:
                full, family, weight, italic = letters.names_of(path)
                if re.search(UNWANTED, f"{full} {path.stem}".lower().replace("-", " ")):
                    continue
                drawn = letters.draw_font(path)
            except Exception as error:
                print(f"left out: {package} {path.name}: {str(error)[:80]}")
                continue
            if full in seen or drawn.tobytes() in seen:
                continue
            seen |= {full, drawn.tobytes()}
            fonts.append(
                {"x": drawn, "font": full, "family": family, "weight": weight, "italic": italic,
                 "package": package, "licence": licence}
            )  # fmt: skip
    return fonts


def choose(fonts: list[dict]) -> list[dict]:
    """At most four fonts of a family."""
    chosen = []
    for family in sorted({one["family"] for one in fonts}):
        rest = [one for one in fonts if one["family"] == family]
        for weight, italic in WANTED:
            fits = [f for f in rest if f["italic"] == italic and abs(f["weight"] - weight) <= 200]
            if fits:
                best = min(fits, key=lambda f: (abs(f["weight"] - weight), f["font"]))
                chosen.append(best)
                rest = [f for f in rest if f is not best]
    return chosen


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """An npz whose bytes depend on the arrays alone."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", STAMP), buffer.getvalue(), zipfile.ZIP_DEFLATED, 9
            )


def main() -> None:
    """Fetch, draw, choose, split, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="folder for packages")
    parser.add_argument("--sheet", type=Path, help="a picture of all fonts, to look at")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    fonts = choose(draw_all(args.work, fetch(args.work)))
    arrays = {name: np.array([one[name] for one in fonts]) for name in fonts[0]}
    arrays["weight"] = arrays["weight"].astype("int64")
    arrays["kin"] = letters.kin_of(arrays["family"], arrays["x"])
    arrays["part"] = letters.split_of(arrays["kin"])
    path = Path(__file__).with_name(letters.FILE)
    write(path, arrays)
    print(len(fonts), *(f"{name}: {len(set(arrays[name]))}" for name in ("family", "kin")))
    print(*np.unique(arrays["part"], return_counts=True))
    print(path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
    if args.sheet:
        save_sheet(arrays["x"], args.sheet)


def save_sheet(drawn: np.ndarray, path: Path, columns: int = 6) -> None:
    """Eleven characters of every font, in six columns."""
    from PIL import Image

    places = [letters.CHARACTERS.index(one) for one in "AEGQRabeg03"]
    strips = [np.concatenate(list(one[places]), axis=1) for one in drawn]
    height = -(-len(strips) // columns)
    strips += [np.zeros_like(strips[0])] * (columns * height - len(strips))
    stacks = [np.concatenate(strips[i * height : (i + 1) * height]) for i in range(columns)]
    Image.fromarray(255 - np.concatenate(stacks, axis=1)).save(path)


if __name__ == "__main__":
    main()
