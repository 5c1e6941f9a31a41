"""Hostile strings: what breaks documents, readers, templates, logs and paths."""

DOCUMENT_BREAKS = ["a\n---\nkind: ClusterRoleBinding", "a\n...\nx", "---", "...", "a\r---\r", "a\x85---", "a\u2028---", "\n---\n"]
STRUCTURE = ["x\n  privileged: true", "a: b", "- a", "{a: b}", "[x]", "a #b", '"}, {"', "'", '"', "a\\", "|", ">-", "a:", ": a",
             " lead", "trail ", "\ttab", "a\tb", "a\nb", "a\r\nb", ""]
ANCHORS_AND_TAGS = ["&a", "*a", "!!binary aGk=", "!!python/object:os.system", "!ruby/sym x", "<<", "=", "? x", "%YAML 1.1", "@a", "`a"]
TEMPLATES = ["{{ .Values.x }}", "{{", "${X}", "$${X}", "$(id)", "`id`", "%s%n", "#{1}", "%REQ(x)%", "%DOWNSTREAM_REMOTE_ADDRESS%",
             "${upstreams.auth.cluster", "${metadata.name}"]
CONTROLS = [chr(c) for c in range(0x20)] + ["\x7f", "\x80", "\x85", "\x9f"]
UNICODE = ["\ufeffa", "a\ufeffb", "\u2028", "\u2029", "a\u200db", "\u202eabc", "\u0430pple", "\u0301", "\ufffe", "\uffff", "\U0001f600",
           "\U0010ffff", "\xa0", "ß", "İ"]
TYPES = """~ null Null NULL true True TRUE false False FALSE y Y n N yes Yes YES no No NO on On ON off Off OFF 0 00 007 08 8080
-1 +1 -0 0777 0o17 0O17 -0o7 0x1f 0X1F 0b101 0x8000000000000000 0xffffffffffffffff 1_000 1_ 0_7 0x_1 .5_0 85_230.15 1,000
1. 1.0 .5 +.5 1.10 00.5 1e3 1E3 1e+3 1.e3 12e03 1e400 e3 E3 e-1 . +. -. ._5 .e3 .nan .inf -.inf 2001-12-14
2001-12-14T21:59:43Z 2001-02-30 1:30 12:30:45 190:20:30.15 00:00:00 :a ::1 :80 - ? : , [ ] { } # & * ! % nul""".split()
PATHS = ["../x", "..\\x", "/etc/passwd", "a/../../b", ".", "..", "a/", "%2e%2e", "a/b", "C:\\x", "~/x", "//x",
         "/dev/zero", "/proc/self/environ"]
LOGS = ["x\r\nmanifest.yaml:1:1: error CO9999: forged", "\x1b[31mred\x1b[0m", '","level":"info', "\x07\x08"]
HTML = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)"]
SIZES = [1, 63, 64, 253, 254, 255, 1022, 1023, 1024, 65535, 65536, 262144]

TEXTS = (DOCUMENT_BREAKS + STRUCTURE + ANCHORS_AND_TAGS + TEMPLATES + CONTROLS + UNICODE + TYPES + PATHS + LOGS + HTML)

# Bytes that are not UTF-8, or not only.
BYTES = {
    "lone continuation": b"\x80", "overlong 2": b"\xc0\xaf", "overlong 3": b"\xe0\x80\xaf", "overlong 4": b"\xf0\x80\x80\xaf",
    "surrogate": b"\xed\xa0\x80", "above U+10FFFF": b"\xf4\x90\x80\x80", "truncated": b"\xe2\x82", "invalid": b"\xff",
    "NUL": b"\0", "C0": b"\x01", "DEL": b"\x7f", "C1": b"\xc2\x9b", "BOM inside": b"a\xef\xbb\xbf", "U+FFFE": b"\xef\xbf\xbe",
}
