/* fields.h - documents described by tables, decoded by one function.
 *
 * A table has one row per field. Decoding with its findings, defaults, bounds, the JSON Schema (manifest/schema),
 * `callout explain spec…` and filter-manifest(5) all come from these rows, so that each fact about a field is written
 * once.
 */
#ifndef CALLOUT_MANIFEST_FIELDS_H
#define CALLOUT_MANIFEST_FIELDS_H

#include "manifest/strings.h"
#include "manifest/text_format.h"

enum field_type {
	FIELD_STRING,     /* struct str; p == NULL: absent */
	FIELD_BOOL,       /* enum tri */
	FIELD_INT,        /* int64_t; INT_ABSENT */
	FIELD_DURATION,   /* struct duration */
	FIELD_ENUM,       /* unsigned: 0 absent, else 1 + index of the word */
	FIELD_OBJECT,     /* pointer to the object's struct; NULL: absent */
	FIELD_OBJECTS,    /* struct objects: a list of them */
	FIELD_STRINGS,    /* struct strings */
	FIELD_WORDS,      /* struct strings, each one of the words */
	FIELD_STRING_MAP, /* const struct node *, a map of strings; NULL: absent */
	FIELD_TREE,       /* const struct node *, a map of anything; NULL: absent */
	FIELD_FIXED,      /* a string that must be the only word (apiVersion, kind); nothing is stored */
};

enum tri { TRI_ABSENT, TRI_NO, TRI_YES };

#define INT_ABSENT INT64_MIN

struct duration {
	int64_t    ms;   /* 0: absent, since the least duration is 1 ms */
	struct str text; /* as written */
};

struct objects {
	const struct node *node;  /* the list; NULL: absent */
	void              *items; /* array of the object's struct */
	size_t             n;
};

enum field_flag {
	FIELD_REQUIRED = 1,
	FIELD_ALWAYS = 2,    /* an absent object is decoded as an empty one, so that its defaults apply */
	FIELD_DEFAULTED = 4, /* default_text is put in when the field is absent */
	FIELD_REPEATS = 8,   /* a list may hold the same text twice */
};

/* Words that users are likely to try, with a finding of their own that explains what to write instead. */
struct refusal {
	enum diag_code     code;
	const char *const *words; /* ends with NULL; of null_refusal: none */
	const char        *help;  /* NULL: none */
};

struct object;

struct field {
	const char           *name;
	enum field_type       type;
	size_t                offset; /* in the object's struct, of the member of the type above */
	unsigned              flags;  /* of field_flag */
	const char           *default_text;
	const char           *doc; /* for explain and the manual */
	int64_t               min; /* of the number; of the bytes of a string or the items of a list */
	int64_t               max;
	enum text_format      format;
	const char *const    *words; /* of FIELD_ENUM, FIELD_WORDS and FIELD_FIXED; ends with NULL */
	const struct refusal *refusal;
	const struct refusal *null_refusal; /* of FIELD_OBJECT: of a key without a value, where that is ambiguous */
	const struct object  *object;       /* of FIELD_OBJECT and FIELD_OBJECTS */
	const char           *example;
	const char           *merge_key; /* of FIELD_OBJECTS: the field by which kustomize tells its items apart */
};

/* The most fields that one object may have; each table asserts with FIELDS_FIT that it keeps to it. */
enum { OBJECT_FIELDS_MAX = 64 };
#define FIELDS_FIT(table)                                                                                              \
	_Static_assert(sizeof(table) / sizeof((table)[0]) <= OBJECT_FIELDS_MAX, "an object of too many fields")

struct object {
	const char         *name;
	const char         *doc;
	size_t              size; /* of the struct, whose first member is `const struct node *node` */
	const struct field *fields;
	size_t              n_fields;
	const char *const  *one_of;       /* these fields exclude each other; ends with NULL */
	bool                one_required; /* and one of them must be there */
};

/* Fills *ret, a zeroed struct of the object. False: errors were added, and *ret holds what could be read. */
bool fields_decode(struct arena *, const struct object *, const struct node *, void *ret, struct diags *);

/* The row of a field, or NULL. */
const struct field *object_field(const struct object *, struct str name);
/* The name of the field that was most likely meant; absent when none is near. */
struct str object_nearest_field(const struct object *, struct str name);

/* The word that a FIELD_ENUM holds. */
static inline struct str field_word(const char *const *words, unsigned value)
{
	return value ? str_c(words[value - 1]) : STR_ABSENT;
}
/* The other way round: 1 + the index of the text among the words, or 0. */
unsigned field_word_number(const char *const *words, struct str text);

/* "A, B, C" */
struct str words_text(struct arena *, const char *const *words);

#endif
