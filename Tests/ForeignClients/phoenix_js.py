"""Where phoenix.js comes from."""

import glob
import json
import os
import shutil
import subprocess
import sys
import zipfile

# A LiveView in Python, whose script has phoenix.js in it, as it was published, without the class Presence.
BUNDLE = "pyview-web==0.9.0"
SCRIPT = "pyview/static/assets/app.js"
LOCK = "pyview/assets/package-lock.json"
EXPORTS = "export { Socket, Channel, LongPoll, serializer_default as Serializer };\n"


def provide(directory):
    """Puts phoenix.mjs into a directory, and returns its version.

    It is that of the npm package "phoenix" that PHOENIX_JS names, unpacked; or of a package of PyPI that carries it.
    """
    target = os.path.join(directory, "phoenix.mjs")
    package = os.environ.get("PHOENIX_JS")
    if package:
        shutil.copy(os.path.join(package, "priv/static/phoenix.mjs"), target)
        with open(os.path.join(package, "package.json")) as file:
            return json.load(file)["version"]
    script, version = bundled()
    with open(target, "w") as file:
        file.write(script + EXPORTS)
    return version


def bundled():
    name, version = BUNDLE.split("==")
    work = os.environ["ZZZ_CLIENTS_WORK"]
    pattern = os.path.join(work, f"{name.replace('-', '_')}-{version}-*.whl")
    if not glob.glob(pattern):
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest",
             work, BUNDLE], check=True)
    with zipfile.ZipFile(glob.glob(pattern)[0]) as wheel:
        script = wheel.read(SCRIPT).decode()
        lock = json.loads(wheel.read(LOCK))
    # Each module of the bundle begins with its name.
    start = script.index("// node_modules/phoenix/priv/static/phoenix.mjs")
    end = script.index("// node_modules/", start + 1)
    return script[start:end], lock["packages"]["node_modules/phoenix"]["version"]
