#!/usr/bin/env python3
"""Completion scripts in the real shells: bash and fish are asked, zsh gets keys on a terminal."""

import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402

SHELLS = ("bash", "zsh", "fish")

# (what is typed before the key, some of what is offered, some of what is not)
SCENES = [
    ("callout serve --max-", {"--max-connections", "--max-dump-bytes"}, {"--listen"}),
    ("callout serve --mesh-file m", {"m.yaml"}, {"a.wasm"}),
    ("callout serve --log-format ", {"auto", "text", "json"}, {"m.yaml"}),
    ("callout serve ", {"token"}, {"generate"}),
    ("callout ", {"generate", "clusters", "check", "inspect", "explain", "schema", "completion", "version"}, {"--filename", "m.yaml"}),
    ("callout gen", {"generate"}, {"check"}),
    ("callout check --", {"--filename", "--mesh-file", "--report", "--help"}, {"--output", "--templates-x"}),
    ("callout version --", {"--help", "--output"}, {"--filename"}),
    ("callout version -o ", {"text", "json"}, {"yaml"}),
    ("callout generate -o ", {"yaml", "json", "dir="}, {"table"}),
    ("callout clusters -o ", {"table", "json", "snippet"}, {"yaml"}),
    ("callout check --report ", {"text", "json", "sarif", "sarif=", "junit", "gitlab", "checkstyle", "github"}, {"yaml"}),
    ("callout check --color ", {"auto", "never", "always"}, {"m.yaml"}),
    ("callout check --istio-version 1.3", {"1.30", "1.31", "1.32"}, {"1.27"}),
    ("callout check -f ", {"m.yaml"}, {"generate"}),
    ("callout check --mesh-file m", {"m.yaml"}, {"a.wasm"}),
    ("callout inspect ", {"a.wasm"}, {"generate"}),
    ("callout completion ", {"bash", "zsh", "fish"}, {"m.yaml"}),
    ("callout schema ", {"FilterManifest", "Mesh"}, {"m.yaml"}),
    ("callout explain CO020", {"CO0201", "CO0204"}, {"CO0101"}),
    ("callout explain spec.upstreams.t", {"spec.upstreams.tls", "spec.upstreams.timeout"}, {"spec.target"}),
    ("callout explain mesh.spec.pol", {"mesh.spec.policy"}, {"spec.upstreams.tls"}),
]

BASH = r"""
source "$1"
line=$2
# As readline breaks it, at blanks and at =.
COMP_WORDS=() word=
for ((i = 0; i < ${#line}; i++)); do
  c=${line:i:1}
  case $c in
    ' ') [[ -z $word ]] || COMP_WORDS+=("$word"); word= ;;
    '=') [[ -z $word ]] || COMP_WORDS+=("$word"); COMP_WORDS+=('='); word= ;;
    *) word+=$c ;;
  esac
done
COMP_WORDS+=("$word")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
fallback=yes
compopt() { [[ $* != '+o default' ]] || fallback=no; }
_callout
# What -o default does.
if ((${#COMPREPLY[@]} == 0)) && [[ $fallback == yes ]]; then compgen -f -- "$word"; fi
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"""


def bash(script, line, where):
    result = subprocess.run(["bash", "--norc", "-c", BASH, "-", script, line], cwd=where, capture_output=True, env=harness.environment())
    return set(result.stdout.decode().split("\n")) - {""}, result.stderr


def fish(script, line, where):
    result = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C'{line}'"], cwd=where, capture_output=True,
                            env=harness.environment(HOME=str(where), TERM="dumb"))
    return {offer.split("\t")[0] for offer in result.stdout.decode().splitlines()}, result.stderr


class Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, args, where, **env):
        self.leader, follower = pty.openpty()
        self.process = subprocess.Popen(args, cwd=where, stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
                                        env=harness.environment(HOME=str(where), TERM="dumb", COLUMNS="300", LINES="500", **env))
        os.close(follower)
        self.text = ""

    def type(self, keys):
        os.write(self.leader, keys.encode())

    def until(self, mark, patience=60):
        """What comes up to the mark; patience bounds a loop that would never end."""
        ends = time.monotonic() + patience
        while mark not in self.text and time.monotonic() < ends:
            if select.select([self.leader], [], [], 1)[0]:
                try:
                    self.text += os.read(self.leader, 65536).decode(errors="replace")
                except OSError:
                    break
        before, _, self.text = self.text.partition(mark)
        return before

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.leader)


ZSH_SETUP = r"""
PS1= RPS1= ; unsetopt zle_bracketed_paste prompt_cr prompt_sp; autoload -U compinit; compinit -D -u
stty -echo
source "$SCRIPT"
zstyle ':completion:*' list-grouped false
# Each word that is offered goes to a file instead of the screen.
compadd() {
  if [[ ${@[(I)-(O|A|D)]} -gt 0 || "$*" == *" -O "* || "$*" == *" -D "* || "$*" == *" -A "* ]]; then builtin compadd "$@"; return; fi
  local -a offered
  builtin compadd -O offered "$@"
  (( ${#offered} )) && print -rl -- "${offered[@]}" >> offers
  builtin compadd "$@"
}
finished() { print -r -- "FINI""SHED" ; BUFFER= ; zle redisplay }
zle -N finished
bindkey '^X' finished
bindkey '^I' list-choices
print -r -- "REA""DY"
"""


def zsh_offers(script, where):
    """A function that types a line and the key, as a person would."""
    terminal = Terminal(["zsh", "-f", "-i"], where, SCRIPT=str(script))
    (where / "setup.zsh").write_text(ZSH_SETUP)
    terminal.type("source ./setup.zsh\n")
    terminal.until("READY")

    def offers(_, line, where):
        (where / "offers").unlink(missing_ok=True)
        terminal.type(line + "\t\x18")
        said = terminal.until("FINISHED")
        path = where / "offers"
        return set(path.read_text().split("\n")) - {""} if path.exists() else set(), said
    return offers, terminal


def folder(where):
    (where / "m.yaml").write_text("apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {name: a}\nspec:\n"
                                  "  upstreams: [{name: b, host: b.example.com}]\n")
    (where / "a.wasm").write_bytes(b"\0asm\1\0\0\0")
    (where / "modules").mkdir()


def printed(tally, where):
    """The scripts, and that each shell can read them."""
    scripts = {}
    for shell in SHELLS:
        result = harness.run(["completion", shell])
        tally.equal((result.returncode, result.stderr), (0, b""), f"{shell}: is printed")
        scripts[shell] = where / f"callout.{shell}"
        scripts[shell].write_bytes(result.stdout)
        read = subprocess.run([shell, "-n", scripts[shell]], capture_output=True)
        tally.equal((read.returncode, read.stderr), (0, b""), f"{shell}: -n finds nothing")
    checked = subprocess.run(["shellcheck", scripts["bash"]], capture_output=True)
    tally.check(checked.returncode == 0, "shellcheck finds nothing in bash's", checked.stdout)
    for args, code in ((["completion"], 2), (["completion", "tcsh"], 2), (["completion", "bash", "zsh"], 2)):
        tally.equal(harness.run(args).returncode, code, f"{args}: exit code")
    return scripts


def whole(tally, scripts):
    """Each command and option of the help is in each script."""
    commands = re.findall(r"^  (\S+) +\S", harness.run(["--help"]).stdout.decode().split("Commands:")[1], re.M)
    for command in commands:
        options = re.findall(r"--([a-z0-9-]+)",
                             "".join(re.findall(r"^  (.{,30})",
                                                harness.run([command, "--help"]).stdout.decode().split("Options:")[1],
                                                re.M)))
        tally.check(len(options) > (25 if command == "serve" else 0), f"{command}: its options are found in the help", str(options))
        for shell, path in scripts.items():
            text = path.read_text()
            tally.check(re.search(rf"\b{command}\b", text), f"{shell}: knows {command}")
            for option in options:
                spelled = f"-l {option} " if shell == "fish" else f"--{option}"
                tally.check(spelled in text, f"{shell}: knows {command} --{option}")


def daemon(tally, scripts):
    """What takes a value there takes one here, and no other is offered."""
    text = harness.run(["serve", "--help"]).stdout.decode()
    values = {name: bool(value) for name, value in re.findall(r"^  --([a-z-]+)( \S+)?$", text, re.M)}
    offered = {}
    for line in scripts["fish"].read_text().splitlines():
        if m := re.match(r"complete -c callout -n '__fish_seen_subcommand_from serve'.* -l (\S+)( -[rx])?", line):
            offered[m.group(1)] = bool(m.group(2))
    tally.equal(offered, values, "the options that are offered are the daemon's")


def outputs(tally, scripts, where):
    """What is offered behind -o is what the command takes."""
    for command in re.findall(r"^    ([a-z-]+)\)$", scripts["bash"].read_text(), re.M):
        usage = harness.run([command, "--help"]).stdout.decode()
        if "-o, --output" not in usage:
            continue
        offered, _ = bash(scripts["bash"], f"callout {command} -o ", where)
        tally.check(offered, f"{command} -o: something is offered")
        for word in offered:
            value = word + "out" if word.endswith("=") else word
            operand = ["a.wasm"] if "FILE.wasm" in usage else []
            result = harness.run([command, "-f", "m.yaml", "-o", value, *operand], cwd=where)
            tally.check(b"-o does not know" not in result.stderr, f"{command} -o {value} is taken", result.stderr)
        result = harness.run([command, "-f", "m.yaml", "-o", "nonsense"], cwd=where)
        tally.check(result.returncode == 2, f"{command} -o nonsense is refused", result.stderr)


def check_scenes(tally, shell, ask, script, where):
    for line, some, others in SCENES:
        got, said = ask(script, line, where)
        tally.check(some <= got and not others & got, f"{shell}: {line!r}: {sorted(some - got)} missing, {sorted(others & got)} too many",
                    f"offered: {sorted(got)[:30]}\nsaid: {said}")


def scenes(tally, scripts, where):
    for shell, ask in (("bash", bash), ("fish", fish)):
        check_scenes(tally, shell, ask, scripts[shell], where)


def scenes_of_zsh(tally, scripts, where):
    """It completes on a terminal only."""
    zsh, terminal = zsh_offers(scripts["zsh"], where)
    try:
        check_scenes(tally, "zsh", zsh, scripts["zsh"], where)
    finally:
        terminal.close()


def equals_signs(tally, scripts, where):
    """--option=value, which bash breaks apart."""
    for line, some in (("callout check --color=al", {"always"}), ("callout generate --output=", {"yaml", "json"}),
                       ("callout check --report sarif=m.", {"m.yaml"}), ("callout check --mesh-file=m.", {"m.yaml"}),
                       ("callout generate -o dir=mo", {"modules"})):
        got, _ = bash(scripts["bash"], line, where)
        tally.check(some <= got, f"bash: {line!r}", f"offered: {sorted(got)}")
    got, _ = fish(scripts["fish"], "callout check --color=al", where)
    tally.check(any("always" in g for g in got), "fish: --color=al", str(got))


def interactive(tally, scripts, where):
    """A real readline: the key writes the word out."""
    terminal = Terminal(["bash", "--norc", "-i"], where)
    try:
        terminal.type(f"PS1=; bind 'set enable-bracketed-paste off'; source {scripts['bash']}; stty -echo; callout() {{ echo \"CALLED $*.\"; }}; echo REA''DY\n")
        terminal.until("READY\r\n")
        terminal.type("callout gen\t-o js\t--mesh-fi\tm.y\t\n")
        terminal.until("CALLED ")
        tally.equal(terminal.until("."), "generate -o json --mesh-file m", "bash: keys on a terminal")
    finally:
        terminal.close()


def main():
    tally = harness.Tally("completion")
    with tempfile.TemporaryDirectory() as temp:
        where = pathlib.Path(temp)
        folder(where)
        scripts = printed(tally, where)
        whole(tally, scripts)
        daemon(tally, scripts)
        outputs(tally, scripts, where)
        scenes(tally, scripts, where)
        equals_signs(tally, scripts, where)
        if harness.has_terminals():
            scenes_of_zsh(tally, scripts, where)
            interactive(tally, scripts, where)
        else:
            print("SKIPPED completion: zsh, and keys on a terminal: the system gives no terminal (is /dev/pts mounted?)")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
