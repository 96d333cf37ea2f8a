/* SPDX-License-Identifier: MIT */
#include "arch/options.h"

#include "arch/number.h"
#include "arch/print.h"
#include "arch/string.h"

#define KNOWN_WORDS                                                                         \
	"tests=GLOB[,..] skip=GLOB[,..] units=real|model|all topo=TOPOLOGY "                \
	"vcmd=auto|draft|3.3 known=PROFILE agent=KIND|all seed=NUMBER serial=HEXPORT list " \
	"verbose trace bench mixed defects reset x2apic page save fuzz=CASES|SECONDSs "     \
	"replay=CASE|WORDS "                                                                \
	"shadow"

/* A word with a value; returns what is wrong with the value, NULL if nothing. */
struct valued_word {
	const char *name;
	const char *(*take)(struct options *options, const char *value);
};

struct flag_word {
	const char *name;
	size_t offset;
};

static const struct flag_word flag_words[] = {
	{ "list", offsetof(struct options, list) },
	{ "verbose", offsetof(struct options, verbose) },
	{ "trace", offsetof(struct options, trace) },
	{ "bench", offsetof(struct options, bench) },
	{ "mixed", offsetof(struct options, mixed) },
	{ "defects", offsetof(struct options, defects) },
	{ "reset", offsetof(struct options, reset) },
	{ "x2apic", offsetof(struct options, x2apic) },
	{ "shadow", offsetof(struct options, shadow) },
	{ "page", offsetof(struct options, page) },
	{ "save", offsetof(struct options, save) },
};

static const char *take_tests(struct options *options, const char *value)
{
	options->tests = value;
	return *value ? NULL : "a comma list of test names, * and ? allowed";
}

static const char *take_skip(struct options *options, const char *value)
{
	options->skip = value;
	return *value ? NULL : "a comma list of test names, * and ? allowed";
}

static const char *take_topo(struct options *options, const char *value)
{
	options->topo = value;
	return *value ? NULL : "a topology, for example sm+vcs,legacy";
}

static const char *take_known(struct options *options, const char *value)
{
	options->known = value;
	return *value ? NULL : "the name of a profile, or none";
}

static const char *take_agent(struct options *options, const char *value)
{
	options->agent = value;
	return *value ? NULL : "a kind of device that does DMA, or all";
}

/* Position of `value` among `names`, or -1. */
static int choice(const char *value, const char *const *names, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		if (!strcmp(value, names[i]))
			return i;
	}
	return -1;
}

static const char *take_units(struct options *options, const char *value)
{
	static const char *const names[] = { "all", "real", "model" };
	const int i = choice(value, names, 3);

	if (i < 0)
		return "real, model or all";
	options->units = (enum options_units)i;
	return NULL;
}

static const char *take_vcmd(struct options *options, const char *value)
{
	static const char *const names[] = { "auto", "draft", "3.3" };
	const int i = choice(value, names, 3);

	if (i < 0)
		return "auto, draft or 3.3";
	options->vcmd = (enum options_vcmd)i;
	return NULL;
}

/* Reads all of `text` in base 10, or 16 after 0x or if `base` says so. */
static bool number(const char *text, unsigned base, uint64_t most, uint64_t *value)
{
	return number_take(&text, base, most, value) && !*text;
}

static const char *take_seed(struct options *options, const char *value)
{
	uint64_t seed;

	if (!number(value, 10, UINT64_MAX, &seed))
		return "a number of at most 64 bits, 0x for hexadecimal";
	options->seed = seed;
	options->has_seed = true;
	return NULL;
}

#define CASES_MAX 100000000u

static const char *take_fuzz(struct options *options, const char *value)
{
	uint64_t count;
	bool is_time;

	if (!number_take(&value, 10, CASES_MAX, &count) || !count || (*value && strcmp(value, "s")))
		return "how many cases each fuzz test makes, 1 to 100000000, or how many seconds: "
		       "20s";
	is_time = *value;
	options->fuzz_count = is_time ? 0 : (unsigned int)count;
	options->fuzz_seconds = is_time ? (unsigned int)count : 0;
	return NULL;
}

static const char replay_wanted[] = "the number of a case, or its words as a run printed them";

static const char *take_replay(struct options *options, const char *value)
{
	uint64_t number_of_case;

	options->has_replay = true;
	options->replay_words = *value < '0' || *value > '9' ? value : NULL;
	if (options->replay_words)
		return *value ? NULL : replay_wanted;
	if (!number(value, 10, CASES_MAX, &number_of_case))
		return replay_wanted;
	options->replay = (unsigned int)number_of_case;
	return NULL;
}

static const char *take_serial(struct options *options, const char *value)
{
	uint64_t port;

	if (!number(value, 16, 0xfff8, &port) || !port)
		return "an I/O port in hexadecimal, for example 3f8";
	options->serial_port = (uint16_t)port;
	return NULL;
}

static const struct valued_word valued_words[] = {
	{ "tests=", take_tests },   { "skip=", take_skip },	{ "units=", take_units },
	{ "topo=", take_topo },	    { "vcmd=", take_vcmd },	{ "known=", take_known },
	{ "seed=", take_seed },	    { "serial=", take_serial }, { "fuzz=", take_fuzz },
	{ "replay=", take_replay }, { "agent=", take_agent },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool take_flag(struct options *options, const char *word)
{
	size_t i;

	for (i = 0; i < COUNT(flag_words); i++) {
		if (strcmp(word, flag_words[i].name))
			continue;
		*(bool *)((char *)options + flag_words[i].offset) = true;
		return true;
	}
	return false;
}

/* Returns false and fills `error` if the word is no good. */
static bool take_word(struct options *options, const char *word, char *error, size_t error_bytes)
{
	const char *wrong;
	size_t i;

	if (take_flag(options, word))
		return true;
	for (i = 0; i < COUNT(valued_words); i++) {
		const size_t bytes = strlen(valued_words[i].name);

		if (strncmp(word, valued_words[i].name, bytes))
			continue;
		wrong = valued_words[i].take(options, word + bytes);
		if (wrong)
			print_to(error, error_bytes, "bad value in option '%s': wanted %s", word,
				 wrong);
		return !wrong;
	}
	print_to(error, error_bytes, "unknown option '%s'; known are: %s", word, KNOWN_WORDS);
	return false;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char *skip_spaces(char *at)
{
	while (is_space(*at))
		at++;
	return at;
}

bool options_parse(const char *line, struct options *options, char *error, size_t error_bytes)
{
	const size_t bytes = strlen(line);
	bool good = true;
	char *at, *word;

	*options = (struct options){ .tests = "*", .skip = "", .topo = "" };
	if (error_bytes)
		*error = '\0';
	if (bytes >= sizeof(options->words)) {
		print_to(error, error_bytes, "the command line has %zu characters, %zu are allowed",
			 bytes, sizeof(options->words) - 1);
		return false;
	}
	memcpy(options->words, line, bytes + 1);
	for (at = skip_spaces(options->words); *at; at = skip_spaces(at)) {
		for (word = at; *at && !is_space(*at); at++)
			;
		if (*at)
			*at++ = '\0';
		/* The first mistake is the one to report; the rest may follow from it. */
		if (!take_word(options, word, good ? error : NULL, good ? error_bytes : 0))
			good = false;
	}
	return good;
}

/* A file in 16-bit characters has zeros: they must not end the words. */
static bool is_blank(char c)
{
	return !c || is_space(c);
}

static bool is_option_line(const char *line, size_t bytes)
{
	if (!bytes || *line == '#')
		return false;
	return bytes < 5 || strncmp(line, "known", 5) || (bytes > 5 && !is_space(line[5]));
}

/* A line that grows, and counts on when its room is used up. */
struct joined {
	char *out;
	size_t room;
	size_t used;
};

static void add_character(struct joined *joined, char c)
{
	if (joined->used < joined->room)
		joined->out[joined->used] = is_blank(c) ? ' ' : c;
	joined->used++;
}

/* Adds the words of a line, a space between them and those before. */
static void add_words(struct joined *joined, const char *line, size_t bytes)
{
	size_t i;

	while (bytes && is_blank(line[bytes - 1]))
		bytes--;
	if (bytes && joined->used)
		add_character(joined, ' ');
	for (i = 0; i < bytes; i++)
		add_character(joined, line[i]);
}

static void add_option_lines(struct joined *joined, const char *text, size_t bytes)
{
	size_t at = 0, end;

	while (at < bytes) {
		while (at < bytes && is_space(text[at]))
			at++;
		for (end = at; end < bytes && text[end] != '\n'; end++)
			;
		if (is_option_line(text + at, end - at))
			add_words(joined, text + at, end - at);
		at = end;
	}
}

size_t options_join(const char *text, size_t bytes, const char *line, char *out, size_t out_bytes)
{
	struct joined joined = { .out = out, .room = out_bytes };
	size_t end;

	add_option_lines(&joined, text, bytes);
	line = line + strspn(line, " \t\r\n");
	add_words(&joined, line, strlen(line));
	if (!out_bytes)
		return joined.used;
	for (end = joined.used; end >= out_bytes || (end < joined.used && out[end] != ' '); end--) {
		if (!end)
			break;
	}
	out[end] = '\0';
	return joined.used;
}

/* Of a `*` only the last one seen need ever be stretched. */
static bool match(const char *pattern, size_t pattern_bytes, const char *text)
{
	const char *end = pattern + pattern_bytes, *star = NULL, *star_text = NULL;

	while (*text) {
		if (pattern < end && *pattern == '*') {
			star = pattern++;
			star_text = text;
		} else if (pattern < end && (*pattern == '?' || *pattern == *text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++star_text;
		} else {
			return false;
		}
	}
	while (pattern < end && *pattern == '*')
		pattern++;
	return pattern == end;
}

bool glob_match(const char *pattern, const char *text)
{
	return match(pattern, strlen(pattern), text);
}

bool glob_list_match(const char *list, const char *text)
{
	while (*list) {
		const size_t bytes = strcspn(list, ",");

		if (bytes && match(list, bytes, text))
			return true;
		list += bytes;
		if (*list)
			list++;
	}
	return false;
}
