#include "serve/process/clock.h"

#include <time.h>

#include "base/arena.h"

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
struct str http_date(struct arena *arena, int64_t unix_ms)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t                   seconds = (time_t)(unix_ms / 1000);
	struct tm                tm;

	if (!gmtime_r(&seconds, &tm))
		return STR("");
	return str_fmt(arena, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	               tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
