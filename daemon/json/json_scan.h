/* json_scan.h - reads JSON of any size in constant memory, at a large part of the speed of reading memory.
 *
 * A scanner is pulled: the caller walks into the objects and arrays that it wants and has all else skipped, which costs
 * next to nothing. The input flows through blocks that are used again and again; nothing of it is kept, so a text is
 * valid only until the next call on the scanner. Offsets are of 64 bits and count (inflated) bytes from 0.
 *
 *	struct json_scan *s = json_scan_new(arena, NULL);
 *	json_scan_open(s, &input, 0);
 *	if (json_scan_enter_object(s))
 *		while (json_scan_next_wanted(s, &keys, &id))
 *			switch (id) {
 *			case KEY_NAME: json_scan_string(s, buf, sizeof buf, &text); break;
 *			…
 *			}
 *	if (!json_scan_finish(s))
 *		… json_scan_error(s) …
 *
 * A value that is not read is skipped by the next call that moves on: json_scan_next_*, json_scan_leave and
 * json_scan_finish. Every read function returns false when the value is of another kind (which is then skipped whole) or
 * when the scan has failed. A failure is sticky: from then on every call returns false, loops end by themselves, and the
 * one question at the end is what json_scan_finish answers. Until it has answered true, nothing that was read is worth
 * more than the bytes before it: a truncated dump looks fine up to its last byte.
 *
 * What is refused everywhere, even in values that are skipped: a document that ends early or goes on after its
 * end, brackets that do not balance by number and kind, control characters (NUL among them) in and outside of strings,
 * escapes that are none, bytes that are not UTF-8 (RFC 3629) or, outside of strings, not ASCII, a backslash outside of a
 * string, nesting beyond LIMIT_SCAN_DEPTH. What a container skipped as a whole may hide, unless JSON_SCAN_STRICT is given:
 * commas, colons and values that are missing, too many or in the wrong place; words and numbers that are none; keys that
 * are no strings; "{ ]" against "[ }" where the numbers of both kinds agree; halves of surrogate pairs. What is walked or
 * read is always checked in full. With JSON_SCAN_STRICT all of RFC 8259 is checked everywhere, halves of surrogate pairs
 * are refused too, at about half the speed. Duplicate keys are not looked for (the caller sees both).
 * A byte order mark of UTF-8 at the very beginning is passed over.
 *
 * Where a text is invalid in two places, which error is reported does not depend on how the input was cut into reads and
 * blocks, nor on the processor: the first that the walk comes to.
 */
#ifndef CALLOUT_JSON_JSON_SCAN_H
#define CALLOUT_JSON_JSON_SCAN_H

#include "json/json_input.h"

struct json_scan;

enum json_kind {
	JSON_FAILED, /* see json_scan_error; 0 */
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

enum json_fault {
	JSON_OK,
	JSON_EMPTY,      /* nothing, or nothing but white space */
	JSON_TRUNCATED,  /* the input ends before the document does */
	JSON_UNBALANCED, /* a bracket that closes nothing, or one of the other kind */
	JSON_TRAILING,   /* something stands behind the document: another one, or rubbish */
	JSON_CONTROL,    /* a control character in a string, or outside where it is not white space */
	JSON_NUL,        /* the same for NUL */
	JSON_ESCAPE,     /* a backslash sequence that is none, or half a surrogate pair */
	JSON_UTF8,       /* bytes that are not UTF-8 */
	JSON_DEPTH,      /* more than LIMIT_SCAN_DEPTH levels */
	JSON_SYNTAX,     /* what is expected is something else: see `expected` */
	JSON_TOO_LARGE,  /* more bytes than the options allow */
	JSON_READ,       /* the input could not be read: see `error_number` */
	JSON_GZIP,       /* the gzip stream is damaged or ends early */
};

struct json_error {
	enum json_fault fault;
	uint64_t        offset;       /* of the first byte that is wrong, or of the end of the input */
	uint64_t        line;         /* from 1 */
	uint64_t        column;       /* code points, from 1 */
	const char     *expected;     /* JSON_SYNTAX: "a value", "':'" …; never NULL */
	unsigned char   found;        /* JSON_SYNTAX, JSON_TRAILING, JSON_UNBALANCED: the byte at offset */
	int             error_number; /* JSON_READ: errno */
	char            near[64];     /* the text around offset, printable ASCII, for a message */
};

struct json_scan_options {
	size_t block_bytes; /* 0: the measured best; else at least 64 (tests cut at every byte) */
	unsigned
		threads; /* 0: two for large regular files where there are two processors; 1: one; 2: two for every regular file */
	uint64_t max_bytes; /* of (inflated) input; 0: no cap */
	int      kernel;    /* enum json_kernel; 0: the best that this processor has */
};

enum json_kernel { JSON_KERNEL_BEST, JSON_KERNEL_PORTABLE, JSON_KERNEL_SSE2, JSON_KERNEL_AVX2, JSON_KERNEL_AVX512 };
bool json_kernel_available(enum json_kernel);

/* A scanner for any number of inputs, one after the other: its buffers (under 3 MB) are used again. options may be NULL.
 * It lives in the arena and is released with it; one thread at a time uses it. */
struct json_scan *json_scan_new(struct arena *, const struct json_scan_options *);

enum json_scan_flags {
	JSON_SCAN_STRICT = 1, /* check the grammar also of what is skipped */
};

/* Begins a document. The input must outlive the scan, which ends with json_scan_finish, a failure, the next
 * json_scan_open or the arena: from then on nothing is read from it. Whatever an earlier scan left is forgotten. */
void json_scan_open(struct json_scan *, const struct json_input *, unsigned flags);

/* Of the documents that are opened from now on: as max_bytes of the options, but that 0 allows nothing. */
void json_scan_cap(struct json_scan *, uint64_t bytes);

/* ---- looking ---- */

/* The kind of the value that comes next, which is not consumed. JSON_FAILED: the scan failed, or there is none here
 * (before json_scan_next_*). */
enum json_kind json_scan_kind(struct json_scan *);

/* The offset of the value that comes next, or when there is none, of the last one read. */
uint64_t json_scan_offset(struct json_scan *);

struct json_place {
	uint64_t offset;
	uint64_t line;   /* from 1 */
	uint64_t column; /* code points, from 1 */
};
/* The same with line and column. It costs counting the lines since the last such question, at some gigabytes a second. */
struct json_place json_scan_place(struct json_scan *);

/* ---- walking ---- */

/* Steps into the value. False: it is of another kind (skipped), or failure. */
bool json_scan_enter_object(struct json_scan *);
bool json_scan_enter_array(struct json_scan *);

/* The next member of the object entered last; its value comes next. *key is decoded and valid until the next call; past
 * LIMIT_SCAN_KEY bytes it is cut. False: the object's end, which is passed and left, or failure. */
bool json_scan_next_key(struct json_scan *, struct str *key);

/* Keys that are wanted, each with the caller's number for it; several spellings may share one. */
struct json_key {
	struct str name; /* at most LIMIT_SCAN_KEY bytes, not empty */
	int        id;
};
struct json_keys {
	const struct json_key *keys;
	size_t                 n;
	uint64_t               lengths; /* made by json_keys_prepare: which lengths occur */
};
/* To be called once, before use; a table that is never changed can then be used by several threads. */
void json_keys_prepare(struct json_keys *);

/* The next member whose key is wanted; all others are skipped. *id is its number, its value comes next. False: the
 * object's end, which is passed and left, or failure. */
bool json_scan_next_wanted(struct json_scan *, const struct json_keys *, int *id);

/* Looks ahead in the object that comes next, without entering it, for the first member of this key, written without escapes,
 * that is a string without escapes: for lists of which few elements are wanted, and their name tells which. False: there is
 * none, or it is not in the block at hand (which is made to begin with the object, where that helps): then the object is to be
 * read as any other, for nothing has moved. *value is valid until the next call. After true, json_scan_skip_peeked skips the
 * object as any value that nobody wants, so that what such a value may hide, its other members may hide. */
bool json_scan_peek_string(struct json_scan *, struct str key, struct str *value);
bool json_scan_skip_peeked(struct json_scan *);

/* The next element of the array entered last. False: its end, which is passed and left, or failure. */
bool json_scan_next_item(struct json_scan *);

/* Skips the value that comes next, whole. */
bool json_scan_skip(struct json_scan *);

/* Leaves the object or array entered last, skipping what is left of it. */
bool json_scan_leave(struct json_scan *);

/* How many objects and arrays are entered. With json_scan_leave_to a caller gets back to where it was. */
unsigned json_scan_level(const struct json_scan *);
bool     json_scan_leave_to(struct json_scan *, unsigned level);

/* ---- reading ---- */

struct json_text {
	struct str text;
	bool       cut; /* it is longer than the caller's cap, and the rest is passed over */
};

/* A string, decoded. It stays in the scanner's block where it can, else it is put together in buf, and past cap bytes cut
 * at a character's border (cap >= 4). Valid until the next call on the scanner. */
bool json_scan_string(struct json_scan *, char *buf, size_t cap, struct json_text *);
/* The same, always copied to buf, and without the copy's NUL: for texts that are kept. */
bool json_scan_string_copy(struct json_scan *, char *buf, size_t cap, struct json_text *);

/* Is the next value a string, and this one? Read either way. */
bool json_scan_string_is(struct json_scan *, struct str);

/* A number's own text, as it stands. cap >= 1; longer is cut. */
bool json_scan_number(struct json_scan *, char *buf, size_t cap, struct json_text *);
/* A whole number from 0 to max, as a number or (protobuf's 64-bit numbers) as a string of digits. False also when it is
 * another number. 1.0 and 1e3 count as whole. */
bool json_scan_uint(struct json_scan *, uint64_t max, uint64_t *ret);
bool json_scan_bool(struct json_scan *, bool *ret);
bool json_scan_null(struct json_scan *);

/* The bytes of the next value whatever it is, as they stand; checked as JSON_SCAN_STRICT would. Past cap bytes cut. */
bool json_scan_raw(struct json_scan *, char *buf, size_t cap, struct json_text *);

/* ---- the end ---- */

/* Skips what is left and checks that the document ends as it must and nothing stands behind it. True: the whole input
 * was one JSON value. False: json_scan_error tells why not. */
bool json_scan_finish(struct json_scan *);

/* For inputs that are allowed to have several documents, one behind the other: instead of json_scan_finish, passes what is left of this one.
 * True: an object or array stands behind it, and comes next. False: anything else does, or the scan failed; json_scan_finish tells which. */
bool json_scan_next_document(struct json_scan *);

/* Never NULL; fault is JSON_OK as long as nothing is wrong. Valid until the scanner is opened again. */
const struct json_error *json_scan_error(const struct json_scan *);
/* "is cut off", "has something behind its end" …: for a message that begins with the input's name. */
const char *json_fault_text(enum json_fault);

/* Bytes read so far (inflated), for progress and statistics. May be asked from another thread: approximate. */
uint64_t json_scan_bytes(const struct json_scan *);

#endif
