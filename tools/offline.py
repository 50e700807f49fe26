"""Put a built site into one zip, to unpack and read without a network.

usage: offline.py SITE ZIP
"""

import sys
from pathlib import Path

from surveyext.output.zips import write_zip

#: What only a server, or the next build, has a use for.
LEAVE = {".buildinfo", "404.html", "objects.inv", "robots.txt", "sitemap.xml"}

site, target = map(Path, sys.argv[1:])
files = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
names = [name for name in sorted(files) if name not in LEAVE and not name.startswith(".doctrees/")]
kept = {f"{target.stem}/{name}": files[name] for name in names}
target.parent.mkdir(parents=True, exist_ok=True)
write_zip(target, kept)
sys.stdout.write(f"{len(kept)} files: {target}\n")
