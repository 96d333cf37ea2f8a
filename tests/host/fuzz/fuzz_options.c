/* SPDX-License-Identifier: MIT */
/*
 * The option parser, the options file and the globs on arbitrary text: no read or write past the
 * end, every string that is handed out lies where it should, and a refusal always says why.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "arch/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* A copy that ends where its text ends. */
static char *copy_text(const uint8_t *data, size_t bytes)
{
	char *text = malloc(bytes + 1);

	memcpy(text, data, bytes);
	text[bytes] = '\0';
	return text;
}

static void check_string(const struct options *options, const char *text, const char *standard)
{
	const char *end = options->words + sizeof(options->words);

	if (text == NULL || strcmp(text, standard) == 0)
		return;
	assert(text >= options->words && text < end && memchr(text, 0, (size_t)(end - text)));
	assert(strcspn(text, " \t\r\n") == strlen(text));
}

static void try_line(const uint8_t *data, size_t bytes, size_t error_bytes)
{
	static struct options options;
	char *line = copy_text(data, bytes);
	char *error = malloc(error_bytes ? error_bytes : 1);
	bool good;

	error[0] = 'x';
	good = options_parse(line, &options, error, error_bytes);
	if (error_bytes) {
		assert(memchr(error, 0, error_bytes));
		assert(good == !error[0] || error_bytes == 1);
	}
	free(line); /* what was parsed must not point into it */
	free(error);
	check_string(&options, options.tests, "*");
	check_string(&options, options.skip, "");
	check_string(&options, options.topo, "");
	check_string(&options, options.known, "");
	assert(options.units <= UNITS_MODEL && options.vcmd <= VCMD_33);
	assert(options.has_seed || options.seed == 0);
}

static void try_file(const uint8_t *data, size_t bytes, size_t room)
{
	const size_t half = bytes / 2;
	char *text = malloc(half ? half : 1);
	char *line = copy_text(data + half, bytes - half);
	char *words = malloc(room ? room : 1);
	size_t length;

	memcpy(text, data, half);
	length = options_join(text, half, line, words, room);
	if (room)
		assert(memchr(words, 0, room));
	assert(length <= bytes + 1);
	assert(!room || length < room || strlen(words) < length);
	free(text);
	free(line);
	free(words);
}

/* The meaning of a glob, said as simply as can be: exponential, so for short texts only. */
static bool slow_match(const char *pattern, const char *text)
{
	if (*pattern == '\0')
		return *text == '\0';
	if (*pattern == '*')
		return slow_match(pattern + 1, text) || (*text && slow_match(pattern, text + 1));
	return *text && (*pattern == '?' || *pattern == *text) && slow_match(pattern + 1, text + 1);
}

static void try_glob(const uint8_t *data, size_t bytes)
{
	size_t half = bytes / 2 < 12 ? bytes / 2 : 12;
	char *pattern = copy_text(data, half);
	char *text = copy_text(data + half, half);

	assert(glob_match(pattern, text) == slow_match(pattern, text));
	if (!strchr(pattern, ','))
		assert(glob_list_match(pattern, text) == (*pattern && slow_match(pattern, text)));
	else
		glob_list_match(pattern, text);
	free(pattern);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	size_t room;

	if (bytes < 2)
		return 0;
	room = data[1];
	data += 2;
	bytes -= 2;
	if (data[-2] % 3 == 0)
		try_line(data, bytes, room);
	else if (data[-2] % 3 == 1)
		try_file(data, bytes, room);
	else
		try_glob(data, bytes);
	return 0;
}
