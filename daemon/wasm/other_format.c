#include "wasm/other_format.h"

#include "wasm/host_log.h"

#define BYTES(literal) STR_INIT(literal)
#define CORRUPTED      HOST_LOG_CORRUPTED
#define UNPACK_IMAGE   "unpack it into a directory of its own (tar -x -C DIR) and inspect DIR"
#define BUILD_WASIP1                                                                                                   \
	"build for WASI preview 1: --target wasm32-wasip1 (Rust), GOOS=wasip1 (Go), -target=wasip1 (TinyGo)"

/* In this order; the last ones are found by what they lack. */
static const struct other_format formats[] = {
	{ 0, BYTES("\0asm\x0d\0\1\0"), false, true, NULL, "a WebAssembly component (WASI preview 2)", BUILD_WASIP1 },
	{ 6, BYTES("\1\0"), false, true, NULL, "a WebAssembly component (WASI preview 2)", BUILD_WASIP1 },
	{ 0, BYTES("\x1f\x8b"), false, false, CORRUPTED, "gzip",
	  "unpack it (gunzip) and inspect what is in it, as istio-agent does with what it fetches by http or https" },
	{ 0, BYTES("oci-layout\0"), false, false, CORRUPTED, "an image in a tar archive", UNPACK_IMAGE },
	{ 0, BYTES("index.json\0"), false, false, CORRUPTED, "an image in a tar archive", UNPACK_IMAGE },
	{ 0, BYTES("blobs/"), false, false, CORRUPTED, "an image in a tar archive", UNPACK_IMAGE },
	{ 257, BYTES("ustar"), false, false, CORRUPTED, "a tar archive",
	  "take the module out of it (tar -x) and inspect that; istio-agent takes the first file of what it fetches by http or "
	  "https, and plugin.wasm from an image" },
	{ 0, BYTES("PK\3\4"), false, false, CORRUPTED, "a zip archive", "unpack it and inspect the module in it" },
	{ 0, BYTES("\x28\xb5\x2f\xfd"), false, false, CORRUPTED, "zstd",
	  "unpack it (zstd -d) and inspect what is in it" },
	{ 0, BYTES("\xfd\x37zXZ"), false, false, CORRUPTED, "xz", "unpack it (unxz) and inspect what is in it" },
	{ 0, BYTES("BZh"), false, false, CORRUPTED, "bzip2", "unpack it (bunzip2) and inspect what is in it" },
	{ 0, BYTES("AGFzbQ"), false, false, CORRUPTED, "a module in base64", "decode it (base64 -d) and inspect that" },
	{ 0, BYTES("\xef\xbb\xbf"), false, false, CORRUPTED, "a text, or a file that an editor has saved as one",
	  "fetch or build the file again, and do not open it as text" },
	{ 0, BYTES("\xff\xfe"), false, false, CORRUPTED, "a text in UTF-16, as PowerShell's > writes it",
	  "write it as bytes: with -OutFile, or with > of another shell" },
	{ 0, BYTES("\xfe\xff"), false, false, CORRUPTED, "a text in UTF-16",
	  "fetch or build the file again, and do not open it as text" },
	{ 0, BYTES("H4sI"), false, false, CORRUPTED, "gzip in base64",
	  "decode and unpack it (base64 -d | gunzip) and inspect that" },
	{ 0, BYTES("data:"), true, false, CORRUPTED, "a data URL",
	  "decode what stands behind its comma (base64 -d) and inspect that" },
	{ 0, BYTES("0061736d"), true, false, CORRUPTED, "a module in hexadecimal digits",
	  "make bytes of it (xxd -r -p) and inspect that" },
	{ 0, BYTES("00000000:"), false, false, CORRUPTED, "a dump in hexadecimal digits",
	  "make bytes of it (xxd -r) and inspect that" },
	{ 0, BYTES("HTTP/"), false, false, CORRUPTED, "an answer of HTTP with its headers",
	  "keep the body alone (curl without -i)" },
	{ 0, BYTES("\x04\x22\x4d\x18"), false, false, CORRUPTED, "lz4",
	  "unpack it (lz4 -d) and inspect what is in it" },
	{ 0, BYTES("\0aot"), false, false, CORRUPTED, "a module that was compiled for WAMR",
	  "inspect the module that it was compiled from: Envoy's V8 compiles itself" },
	{ 0, BYTES("apiVersion:"), true, false, CORRUPTED, "a YAML document",
	  "give a manifest with -f, and the module as the argument" },
	{ 0, BYTES("---\n"), true, false, CORRUPTED, "a YAML document",
	  "give a manifest with -f, and the module as the argument" },
	{ 0, BYTES("not found"), true, false, CORRUPTED, "an error of HTTP in plain text",
	  "the address gave an error instead of the file" },
	{ 0, BYTES("unauthorized"), true, false, CORRUPTED, "an error of HTTP in plain text",
	  "the address wants credentials" },
	{ 0, BYTES("<!--"), true, false, CORRUPTED, "an HTML or XML document",
	  "the address gave a web page (a login or an error) instead of the file" },
	{ 0, BYTES("404"), false, false, CORRUPTED, "an error of HTTP in plain text",
	  "the address gave an error instead of the file" },
	{ 0,
	  BYTES("\x7f"
	        "ELF"),
	  false, false, CORRUPTED, "a native program (ELF)", "build for WebAssembly instead" },
	{ 0, BYTES("\xcf\xfa\xed\xfe"), false, false, CORRUPTED, "a native program (Mach-O)",
	  "build for WebAssembly instead" },
	{ 0, BYTES("MZ"), false, false, CORRUPTED, "a native program (Windows)", "build for WebAssembly instead" },
	{ 0, BYTES("BC\xc0\xde"), false, false, CORRUPTED, "LLVM bitcode",
	  "link it: it is an object file, not a module" },
	{ 0, BYTES("!<arch>"), false, false, CORRUPTED, "an archive of object files",
	  "link it: it is a library, not a module" },
	{ 0, BYTES("version https://git-lfs"), false, false, CORRUPTED, "a Git LFS pointer",
	  "fetch the file itself: git lfs pull" },
	{ 0, BYTES("<!doctype html"), true, false, CORRUPTED, "an HTML page",
	  "the address gave a web page (a login or an error) instead of the file" },
	{ 0, BYTES("<html"), true, false, CORRUPTED, "an HTML page",
	  "the address gave a web page (a login or an error) instead of the file" },
	{ 0, BYTES("<?xml"), true, false, CORRUPTED, "an XML document",
	  "the address gave an error in XML instead of the file" },
	{ 0, BYTES("{"), true, false, CORRUPTED, "a JSON document",
	  "the address gave an error or an image manifest instead of the module" },
	{ 0, BYTES("(module"), true, false, CORRUPTED, "WebAssembly text", "compile it first: wat2wasm" },
	{ 0, BYTES(";;"), true, false, CORRUPTED, "WebAssembly text", "compile it first: wat2wasm" },
	{ 0, BYTES("(;"), true, false, CORRUPTED, "WebAssembly text", "compile it first: wat2wasm" },
	{ 0, BYTES("(component"), true, true, CORRUPTED, "a WebAssembly component in text form", BUILD_WASIP1 },
};

static const struct other_format empty = { .kind = "empty", .fix = "build it again: the file has no bytes" };
static const struct other_format short_header = { .log = HOST_LOG_NO_ABI,
	                                          .kind = "too short for a module (8 bytes are the header)",
	                                          .fix = "build or fetch it again: it was cut" };
static const struct other_format other_version = { .kind = "a module of an unknown version of WebAssembly",
	                                           .fix = "build it with a released toolchain: Envoy takes version 1" };
static const struct other_format unknown = { .log = CORRUPTED,
	                                     .kind = "of an unknown format",
	                                     .fix = "a module begins with the bytes 00 61 73 6d (\\0asm)" };

static struct str without_blanks(struct str s)
{
	while (s.n && (*s.p == ' ' || *s.p == '\t' || *s.p == '\r' || *s.p == '\n'))
		s = str_slice(s, 1, s.n);
	return s;
}

static bool begins(const struct other_format *f, struct str head)
{
	struct str part;

	if (f->any_case)
		return str_eq_nocase(str_slice(without_blanks(head), 0, f->magic.n), f->magic);
	part = str_slice(head, f->offset, f->offset + f->magic.n);
	return str_eq(part, f->magic);
}

const struct other_format *other_format_of(struct str head)
{
	bool wasm = str_has_prefix(head, STR("\0asm"));

	if (head.n == 0)
		return &empty;
	if (wasm && head.n >= 8 && str_eq(str_slice(head, 4, 8), STR("\1\0\0\0")))
		return NULL;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if ((wasm || !formats[i].component || formats[i].any_case) && begins(&formats[i], head))
			return &formats[i];
	if (head.n < 8)
		return &short_header;
	return wasm ? &other_version : &unknown;
}
