"""What a script needs beside Python itself: one line for who lacks it, instead of a traceback."""
import importlib.util
import sys


def need(**packages):
    """Ends the script unless every module can be imported; each comes with what brings it: `need(numpy="python3-numpy")`."""
    for module, package in packages.items():
        if importlib.util.find_spec(module) is None:
            sys.exit(
                f"{sys.argv[0]}: {sys.executable} lacks the module {module}, which comes with {package}. Debian's packages belong to "
                "/usr/bin/python3: run `make test-deps`, then the script with that.")
