#include "serve/process/clock.h"

#include <time.h>

#include "base/arena.h"
#include "base/ascii.h"

int64_t clock_unix_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct str time_text(struct arena *arena, int64_t unix_ms)
{
	time_t    seconds = (time_t)(unix_ms / 1000);
	struct tm tm;
	char      text[40];

	if (!gmtime_r(&seconds, &tm))
		return STR("");
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	return str_fmt(arena, "%s.%03dZ", text, (int)(unix_ms % 1000));
}

/* RFC 9110 5.6.7; the names are not those of a locale. */
static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const months[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

struct str http_date(struct arena *arena, int64_t unix_ms)
{
	time_t    seconds = (time_t)(unix_ms / 1000);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm))
		return STR("");
	return str_fmt(arena, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	               tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* The forms, letter by letter: D, M, Y, h, m and s stand for parts of the date, N for a month's name, ? for the letters of a
 * day's name, and everything else for itself. The second is of RFC 850, which has long names of days and short years; the
 * third is what asctime() prints. */
static const char *const forms[] = { "???, DD NNN YYYY hh:mm:ss GMT", "*, DD-NNN-YY hh:mm:ss GMT",
	                             "??? NNN DD hh:mm:ss YYYY", NULL };

static int month_of(struct str name)
{
	for (int i = 0; i < 12; i++)
		if (str_is(name, months[i]))
			return i;
	return -1;
}

/* One letter of a form, and of the date. False: they do not fit. */
static bool take(char want, char c, struct tm *tm)
{
	int *part = want == 'D'   ? &tm->tm_mday
	            : want == 'Y' ? &tm->tm_year
	            : want == 'h' ? &tm->tm_hour
	            : want == 'm' ? &tm->tm_min
	            : want == 's' ? &tm->tm_sec
	                          : NULL;

	if (!part)
		return want == '?' || want == 'N' ? ascii_is_letter(c) : want == c;
	if (want == 'D' && c == ' ' && *part == 0)
		return true; /* asctime() pads with a blank */
	*part = *part * 10 + (c - '0');
	return ascii_is_digit(c);
}

static bool read_form(const char *form, struct str s, struct tm *ret)
{
	size_t at = 0, month = 0;

	*ret = (struct tm){ 0 };
	if (*form == '*') {
		while (at < s.n && ascii_is_letter(s.p[at]))
			at++;
		form++;
	}
	for (; *form; form++, at++) {
		if (at == s.n || !take(*form, s.p[at], ret))
			return false;
		if (form[0] == 'N' && form[1] != 'N')
			month = at + 1;
	}
	ret->tm_mon = month_of(str_slice(s, month - 3, month));
	return at == s.n && ret->tm_mon >= 0;
}

/* Of a year of two digits: the one that is not more than 50 years ahead. */
static int year_of(int two_digits)
{
	time_t    now = time(NULL);
	struct tm tm;
	int       year = two_digits + 2000;

	return gmtime_r(&now, &tm) && year > tm.tm_year + 1900 + 50 ? year - 100 : year;
}

bool http_date_read(struct str s, int64_t *ret_unix_ms)
{
	struct tm tm;
	size_t    i = 0;
	int       day;

	while (forms[i] && !read_form(forms[i], s, &tm))
		i++;
	if (!forms[i] || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	tm.tm_year = (i == 1 ? year_of(tm.tm_year) : tm.tm_year) - 1900;
	if (tm.tm_sec == 60)
		tm.tm_sec = 59; /* a leap second, which Unix time does not have */
	day = tm.tm_mday;
	*ret_unix_ms = (int64_t)timegm(&tm) * 1000;
	return tm.tm_mday == day; /* timegm takes the 31st of June for the 1st of July */
}
