/* Durations: what Go's own table says of them (time_test.go, parseDurationTests), as far as it is whole milliseconds. */
#include "unit.h"

#include "manifest/duration.h"

static void test_taken(void **state)
{
	static const struct {
		const char *text;
		int64_t     ms;
	} rows[] = {
		{ "5s", 5000 },
		{ "1478s", 1478000 },
		{ "5.0s", 5000 },
		{ "5.6s", 5600 },
		{ "5.s", 5000 },
		{ ".5s", 500 },
		{ "1.004s", 1004 },
		{ "1.0040s", 1004 },
		{ "100.00100s", 100001 },
		{ "13ms", 13 },
		{ "15m", 900000 },
		{ "16h", 57600000 },
		{ "3h30m", 12600000 },
		{ "10.5s4m", 250500 },
		{ "39h9m14.425s", 140954425 },
		{ "52763797000000ns", 52763797 },
		{ "11000us", 11 },
		{ "12000\xc2\xb5s", 12 },
		{ "12000\xce\xbcs", 12 },
		{ "0.100000000000000000000h", 360000 },
		{ "1ms", 1 },
		{ "0.5ms500us", 1 }, /* parts that are no whole milliseconds may add up to some */
		/* More than Go's type holds is told as the most of it, and then refused by the field's bounds. */
		{ "3000000h", INT64_MAX / 1000000 },
		{ "99999999999999999999h", INT64_MAX / 1000000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ms = -1;

		row_true(rows[i].text, duration_parse(str_c(rows[i].text), &ms), "it is a duration");
		row_int(rows[i].text, ms, rows[i].ms);
	}
}

static void test_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"3",
		"-",
		"s",
		".",
		"-.",
		".s",
		"+.s",
		"1d",
		"\x85\x85",
		"hello",
		"1 s",
		"1s ",
		" 1s",
		"1,5s",
		"1e3s",
		"5S",
		/* Istio: ValidateDuration takes none of these. */
		"0",
		"0s",
		"-5s",
		"500us",
		"1ns",
		"1.5ms",
		"1ms1us",
		"1.0000001s",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ms = -1;

		row_true(rows[i], !duration_parse(str_c(rows[i]), &ms), "it is refused");
		row_int(rows[i], ms, -1);
	}
}

/* protobuf's JSON: seconds, and a fraction without zeros behind it. */
static void test_written(void **state)
{
	static const struct {
		int64_t     ms;
		const char *text;
	} rows[] = { { 1, "0.001s" },      { 10, "0.01s" },        { 500, "0.5s" },
		     { 1000, "1s" },       { 90000, "90s" },       { 1010, "1.01s" },
		     { 3600000, "3600s" }, { 100001, "100.001s" }, { INT64_MAX / 1000000, "9223372036.854s" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str text = duration_seconds_text(arena_of(state), rows[i].ms);
		int64_t    back = -1;

		row_text(rows[i].text, text, rows[i].text);
		row_true(rows[i].text, duration_parse(text, &back), "it is read back");
		row_int(rows[i].text, back, rows[i].ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { UNIT_TEST(test_taken), UNIT_TEST(test_refused), UNIT_TEST(test_written) };

	return cmocka_run_group_tests_name("duration", tests, NULL, NULL);
}
