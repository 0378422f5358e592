"""An editor that plays a script: run as ``scripted_editor.py SCRIPT FILE``.

SCRIPT is a folder: ``1``, ``2`` … hold what it makes of the file each time, as Python that is given
``text`` and leaves ``text`` (``None`` removes the file); it notes what it saw in ``seen-N``, with
the rights of the file and its folder.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main() -> int:
    script, file = Path(sys.argv[1]), Path(sys.argv[2])
    turn = len([*script.glob("seen-*")]) + 1
    text = file.read_text()
    file.with_name(f"{file.name}~").write_text(text)  # as editors leave backups behind
    seen = {
        "text": text,
        "path": str(file),
        "rights": f"{file.stat().st_mode & 0o777:o} {file.parent.stat().st_mode & 0o777:o}",
    }
    (script / f"seen-{turn}").write_text(json.dumps(seen))
    known: dict[str, Any] = {"text": text, "code": 0}
    exec((script / str(turn)).read_text(), known)  # noqa: S102 - the test's own script
    if known["text"] is None:
        file.unlink()
    else:
        file.write_text(known["text"])
    return int(known["code"])


if __name__ == "__main__":
    sys.exit(main())
