/* The scanner on gzip: as one stream however it arrives, in several members, cut off and damaged at every byte. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "pieces.h"
#include "scan_events.h"

struct fixture {
	struct arena     *arena;
	struct json_scan *scan;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->arena = arena_new(1024 * MIB);
	assert_non_null(f->arena);
	f->scan = json_scan_new(f->arena, NULL);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	free(f);
	return 0;
}

static void add_gzip(struct buf *to, struct str text)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_true(buf_reserve(to, deflateBound(&z, text.n)));
	z.next_in = (Bytef *)(uintptr_t)text.p;
	z.avail_in = (uInt)text.n;
	z.next_out = (Bytef *)to->p + to->n;
	z.avail_out = (uInt)(to->cap - to->n);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	to->n += z.total_out;
	deflateEnd(&z);
}

/* An array of so many strings. */
static struct str array_of(struct arena *arena, unsigned n)
{
	struct buf b;

	buf_init(&b, arena, 256 * MIB);
	for (unsigned i = 0; i < n; i++)
		buf_fmt(&b, "%c\"outbound|%u||%08x.example.com\"\n", i ? ',' : '[', i, i * 2654435761U);
	buf_lit(&b, "]\n");
	return buf_str(&b);
}

static enum json_fault fault_of(struct json_scan *s, struct str bytes)
{
	struct json_input in;

	json_input_bytes(&in, bytes);
	json_scan_open(s, &in, 0);
	json_scan_finish(s);
	return json_scan_error(s)->fault;
}

static void members_are_one_stream(void **state)
{
	struct fixture   *f = *state;
	struct str        text = array_of(f->arena, 50000), item;
	struct buf        gzip, name;
	struct json_input in;
	struct json_text  read;
	char              copy[64];
	unsigned          n = 0;

	buf_init(&gzip, f->arena, 16 * MIB);
	buf_init(&name, f->arena, 64);
	add_gzip(&gzip, str_slice(text, 0, 12345));
	add_gzip(&gzip, STR(""));
	add_gzip(&gzip, str_slice(text, 12345, text.n));
	buf_fill(&gzip, '\0', 700); /* as tapes do */
	json_input_bytes(&in, buf_str(&gzip));
	json_scan_open(f->scan, &in, JSON_SCAN_STRICT);
	assert_true(json_scan_enter_array(f->scan));
	for (; json_scan_next_item(f->scan); n++) {
		buf_clear(&name);
		buf_fmt(&name, "outbound|%u||%08x.example.com", n, n * 2654435761U);
		item = buf_str(&name);
		assert_true(json_scan_string(f->scan, copy, sizeof(copy), &read) && str_eq(read.text, item));
	}
	assert_true(json_scan_finish(f->scan));
	assert_int_equal(n, 50000);
	assert_int_equal(json_scan_bytes(f->scan), text.n);
}

static void arrives_in_any_pieces(void **state)
{
	struct fixture   *f = *state;
	struct buf        gzip;
	struct json_input in;

	buf_init(&gzip, f->arena, 16 * MIB);
	add_gzip(&gzip, array_of(f->arena, 300));
	for (size_t each = 1; each < 40; each++) {
		struct pieces d = { buf_str(&gzip), 0, each };

		json_input_callback(&in, pieces_read, &d);
		json_scan_open(f->scan, &in, 0);
		assert_true(json_scan_finish(f->scan));
	}
}

static void a_file_of_any_size(void **state)
{
	static const unsigned sizes[] = { 1, 100, 5000, 200000 };
	struct fixture       *f = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (unsigned threads = 1; threads <= 2; threads++) {
			struct json_scan_options o = { .threads = threads };
			struct json_scan        *s = json_scan_new(f->arena, &o);
			struct json_input        in;
			struct buf               gzip;
			FILE                    *file = tmpfile();

			assert_non_null(file);
			buf_init(&gzip, f->arena, 64 * MIB);
			add_gzip(&gzip, array_of(f->arena, sizes[i]));
			assert_int_equal(fwrite(gzip.p, 1, gzip.n, file), gzip.n);
			assert_int_equal(fflush(file), 0);
			assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
			json_input_fd(&in, fileno(file));
			json_scan_open(s, &in, 0);
			assert_true(json_scan_finish(s));
			fclose(file);
		}
}

/* A member cut off anywhere is damaged gzip, behind its first two bytes, which tell what it is. */
static void cut_off_anywhere(void **state)
{
	struct fixture *f = *state;
	struct buf      gzip;

	buf_init(&gzip, f->arena, 16 * MIB);
	add_gzip(&gzip, array_of(f->arena, 30));
	for (size_t n = 2; n < gzip.n; n++)
		assert_int_equal(fault_of(f->scan, str_of(gzip.p, n)), JSON_GZIP);
	assert_int_equal(fault_of(f->scan, str_of(gzip.p, gzip.n)), JSON_OK);
	assert_int_equal(fault_of(f->scan, str_of(gzip.p, 1)), JSON_CONTROL);
}

/* The check sum covers all behind the header, but for the bits that fill up the last byte of the compressed data. */
static void damaged_anywhere(void **state)
{
	struct fixture *f = *state;
	struct buf      gzip;
	unsigned        unseen = 0;

	buf_init(&gzip, f->arena, 16 * MIB);
	add_gzip(&gzip, array_of(f->arena, 30));
	for (size_t at = 10; at < gzip.n; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			gzip.p[at] = (char)(gzip.p[at] ^ 1 << bit);
			unseen += fault_of(f->scan, buf_str(&gzip)) == JSON_OK;
			gzip.p[at] = (char)(gzip.p[at] ^ 1 << bit);
		}
	assert_in_range(unseen, 0, 7);
	buf_char(&gzip, 'x');
	assert_int_equal(fault_of(f->scan, buf_str(&gzip)), JSON_GZIP);
}

/* The cap counts what comes out: a bomb ends where it says. */
static void a_bomb_is_capped(void **state)
{
	struct fixture          *f = *state;
	struct json_scan_options o = { .max_bytes = 10 * MIB };
	struct json_scan        *s = json_scan_new(f->arena, &o);
	struct buf               gzip, spaces;

	buf_init(&gzip, f->arena, 128 * MIB);
	buf_init(&spaces, f->arena, 128 * MIB);
	buf_fill(&spaces, ' ', 100 * MIB);
	add_gzip(&gzip, buf_str(&spaces));
	assert_true(gzip.n < 200 * KIB);
	assert_int_equal(fault_of(s, buf_str(&gzip)), JSON_TOO_LARGE);
	assert_int_equal(json_scan_error(s)->offset, 10 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(members_are_one_stream, setup, teardown),
		cmocka_unit_test_setup_teardown(arrives_in_any_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_of_any_size, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_off_anywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_anywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(a_bomb_is_capped, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
