/* SPDX-License-Identifier: MIT */
/* The words of the command line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of all words together, with the zero after them, whatever the boot route. run.sh reads this line. */
#define OPTIONS_LINE_BYTES 4096

enum options_units { UNITS_ALL, UNITS_REAL, UNITS_MODEL };
enum options_vcmd { VCMD_AUTO, VCMD_DRAFT, VCMD_33 };

struct options {
	const char *tests; /* comma list of globs; "*" if not given */
	const char *skip;  /* the same; "" if not given */
	const char *topo;  /* "" if not given */
	const char *agent; /* the kind of device that does DMA; NULL if not given */
	const char *known; /* name of a profile; NULL if not given, so that the kernel may choose */
	enum options_units units;
	enum options_vcmd vcmd;
	bool list, verbose, trace, bench, mixed, defects, reset, x2apic, shadow, page, save;
	unsigned int fuzz_count;   /* 0 if not given */
	unsigned int fuzz_seconds; /* 0 if not given; the machine's own, for each fuzz test */
	bool has_replay;
	unsigned int replay;	  /* number of the one case to make */
	const char *replay_words; /* or the case itself; NULL if not given so */
	bool has_seed;
	uint64_t seed;
	uint16_t serial_port;		/* 0 if not given */
	char words[OPTIONS_LINE_BYTES]; /* what the strings above point into */
};

/*
 * Reads the words of `line`; of a word given twice the last one counts. Returns false if any word is
 * unknown or has a bad value: `error` then names it and what would be right, and `options` holds
 * what could be read.
 */
bool options_parse(const char *line, struct options *options, char *error, size_t error_bytes);

/*
 * Joins the words of a text file and those of a command line, in this order, so that the latter win. Of the
 * file it takes every line except empty ones, comments (#) and lines that start with the word "known"
 * (deviations, see the kernel's documents). Returns the number of characters the words take; more than
 * `out_bytes` - 1 means that some were left out: `out` then ends with a whole word.
 */
size_t options_join(const char *text, size_t bytes, const char *line, char *out, size_t out_bytes);

/* `*` stands for any text, `?` for any character; the whole of `text` must match. */
bool glob_match(const char *pattern, const char *text);

/* Does any pattern of a comma list match? An empty list matches nothing. */
bool glob_list_match(const char *list, const char *text);
